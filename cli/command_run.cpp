// command_run.cpp: a file as the first actor, trusted.
#include "cli/command_run.hpp"

#include <utility>

#include "cli/program.hpp"
#include "cli/report.hpp"
#include "cli/script_file.hpp"
#include "cli/settings.hpp"

namespace moonwright::cli {
namespace {

/// Nothing limits the actor that is trusted with everything, unless the user says so.
Limits no_limits() {
  Limits limits;
  limits.memory_bytes_max = kUnlimited;
  return limits;
}

}  // namespace

int command_run(const RunOptions& options) {
  const bool json = options.common.json;
  Program program;
  program.title = "run '" + options.file + "'";
  if (const Result<void> readable = check_readable(options.file); !readable) {
    return refuse(outcome_of_failure(readable.error(), program.title), json);
  }
  Result<Settings> settings = settle(options.common, no_limits(), Sandbox::none);
  if (!settings) return refuse(outcome_of_bad_settings(settings.error()), json);
  program.runtime = std::move(settings->runtime);
  program.runtime.script_root = folder_of(options.file);
  program.script = Script::file(file_name_of(options.file));
  program.first.id = file_name_of(options.file);
  program.first.args = to_values(options.args);
  program.first.limits = settings->limits;
  program.first.sandbox = settings->sandbox;
  program.first.profile_memory = settings->profile_memory;
  program.first.chunk_return = ChunkReturn::exit_code;
  program.actor = file_name_of(options.file);
  program.json = json;
  program.cpu_profile = options.common.cpu_profile;
  program.memory_profile = options.common.memory_profile;
  return run_program(std::move(program));
}

}  // namespace moonwright::cli
