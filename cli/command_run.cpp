// command_run.cpp: a file as the first actor, trusted.
#include "cli/command_run.hpp"

#include <utility>

#include "cli/output.hpp"
#include "cli/program.hpp"
#include "cli/report.hpp"
#include "cli/script_file.hpp"

namespace moonwright::cli {
namespace {

/// Says so in both languages and does not bother to start a runtime.
int refuse(Outcome outcome, bool json) {
  complain(outcome.complaint);
  outcome.error->message = outcome.complaint;
  if (!json) return outcome.exit_code;
  const Result<std::string> object = outcome_as_json(outcome);
  const int printed = object ? print_and_flush(*object) : kExitFailed;
  return outcome.exit_code != kExitDone ? outcome.exit_code : printed;
}

}  // namespace

int command_run(const RunOptions& options) {
  Program program;
  program.title = "run '" + options.file + "'";
  if (const Result<void> readable = check_readable(options.file); !readable) {
    return refuse(outcome_of_failure(readable.error(), program.title), options.common.json);
  }
  program.runtime = runtime_options(options.common);
  program.runtime.script_root = folder_of(options.file);
  program.first.script = Script::file(file_name_of(options.file));
  program.first.args = to_values(options.args);
  program.first.sandbox = Sandbox::none;
  // Nothing limits the actor that is trusted with everything, unless the user says so.
  program.first.limits = program.runtime.default_limits;
  if (!options.common.memory_bytes_max) program.first.limits->memory_bytes_max = kUnlimited;
  program.first.chunk_return = ChunkReturn::exit_code;
  program.actor = file_name_of(options.file);
  program.json = options.common.json;
  return run_program(std::move(program));
}

}  // namespace moonwright::cli
