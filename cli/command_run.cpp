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

/// The first actor of a program that has none of its own: it lasts as long as the supervisors, and
/// fails with them.
constexpr const char* kWatcher = R"(
local actor = require "actor"
local left = select("#", ...)
for _, supervisor in ipairs{ ... } do actor.monitor(supervisor) end
return {
  on_down = function(_, reason, info)
    if info.message then actor.exit("a supervisor gave up: " .. reason) end
    left = left - 1
    if left == 0 then actor.exit() end
  end,
}
)";

}  // namespace

int command_run(const RunOptions& options) {
  const bool json = options.common.json;
  const bool has_file = !options.file.empty();
  const std::string& file = has_file ? options.file : options.common.config;
  Program program;
  program.title = "run '" + file + "'";
  if (has_file) {
    if (const Result<void> readable = check_readable(file); !readable) {
      return refuse(outcome_of_failure(readable.error(), program.title), json);
    }
  }
  Result<Settings> settings = settle(options.common, no_limits(), Sandbox::none);
  if (!settings) return refuse(outcome_of_bad_settings(settings.error()), json);
  if (!has_file && settings->supervisors.empty()) {
    return refuse(
        outcome_of_bad_settings(
            {ErrorCode::invalid_argument, "'run' needs a FILE, or [[supervisors]] in " + file, {}}),
        json);
  }
  program.runtime = std::move(settings->runtime);
  program.runtime.script_root = folder_of(file);
  program.runtime.control_socket = options.control_socket;
  program.script =
      has_file ? Script::file(file_name_of(file)) : Script::text(kWatcher, "supervisors");
  program.supervisors = std::move(settings->supervisors);
  program.watches_supervisors = !has_file;
  program.first.id = file_name_of(file);
  program.first.args = to_values(options.args);
  program.first.limits = has_file ? settings->limits : no_limits();
  program.first.sandbox = has_file ? settings->sandbox : SandboxOptions(Sandbox::none);
  program.first.profile_memory = settings->profile_memory;
  program.first.chunk_return = ChunkReturn::exit_code;
  program.actor = has_file ? file_name_of(file) : "supervisors";
  program.json = json;
  program.watch = options.watch;
  program.cpu_profile = options.common.cpu_profile;
  program.memory_profile = options.common.memory_profile;
  return run_program(std::move(program));
}

}  // namespace moonwright::cli
