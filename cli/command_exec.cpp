// command_exec.cpp: text as the first actor, confined.
#include "cli/command_exec.hpp"

#include <utility>

#include "cli/program.hpp"

namespace moonwright::cli {

int command_exec(const ExecOptions& options) {
  Program program;
  program.runtime = runtime_options(options.common);
  program.first.script = Script::text(options.code, "exec");
  program.first.args = to_values(options.args);
  program.first.sandbox = Sandbox::restricted;
  program.first.chunk_return = ChunkReturn::values;
  program.title = "run the text";
  program.actor = "exec";
  program.json = options.common.json;
  program.print_values = true;
  return run_program(std::move(program));
}

}  // namespace moonwright::cli
