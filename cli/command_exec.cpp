// command_exec.cpp: text as the first actor, confined.
#include "cli/command_exec.hpp"

#include <moonwright/profiles.hpp>
#include <utility>

#include "cli/program.hpp"
#include "cli/report.hpp"
#include "cli/settings.hpp"

namespace moonwright::cli {

int command_exec(const ExecOptions& options) {
  Result<Settings> settings = settle(options.common, profiles::normal(), Sandbox::restricted);
  if (!settings) return refuse(outcome_of_bad_settings(settings.error()), options.common.json);
  if (!settings->supervisors.empty()) {
    const Error error{ErrorCode::invalid_argument,
                      options.common.config + ": supervisors are for 'run', not for 'exec'",
                      {}};
    return refuse(outcome_of_bad_settings(error), options.common.json);
  }
  Program program;
  program.runtime = std::move(settings->runtime);
  program.script = Script::text(options.code, "exec");
  program.first.id = "exec";
  program.first.args = to_values(options.args);
  program.first.limits = settings->limits;
  program.first.sandbox = settings->sandbox;
  program.first.profile_memory = settings->profile_memory;
  program.first.chunk_return = ChunkReturn::values;
  program.title = "run the text";
  program.actor = "exec";
  program.json = options.common.json;
  program.print_values = true;
  program.cpu_profile = options.common.cpu_profile;
  program.memory_profile = options.common.memory_profile;
  return run_program(std::move(program));
}

}  // namespace moonwright::cli
