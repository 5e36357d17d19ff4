// program.hpp: a runtime and its first actor, from start to exit code.
#pragma once

#include <moonwright/execution.hpp>
#include <moonwright/options.hpp>
#include <moonwright/supervision.hpp>
#include <string>
#include <vector>

namespace moonwright::cli {

struct Program {
  RuntimeOptions runtime;  ///< `output` is ours
  Script script;           ///< of the first actor
  ExecuteOptions first;    ///< the first actor; `capture` is ours
  /// Started before the first actor. When one of them gives up, the program ends and has failed.
  std::vector<SupervisorSpec> supervisors;
  bool watches_supervisors = false;  ///< the first actor gets them as its arguments
  std::string title;   ///< what failed if the first actor cannot be started: "run 'main.lua'"
  std::string actor;   ///< the first actor's name in messages
  bool json = false;   ///< standard output holds one JSON object
  bool watch = false;  ///< scripts that change on disk are reloaded
  bool print_values = false;   ///< what the chunk returned is printed
  std::string cpu_profile;     ///< see CommonOptions
  std::string memory_profile;  ///< the same
};

/// Runs a program until its first actor ends, a signal stops it, or nobody takes its output any
/// more; then stops all its actors in order, reports, and returns the exit code.
///
/// Does not return if an actor could not be ended: it leaves the process, so that nothing hangs.
///
/// Thread: main. Catches signals meanwhile.
[[nodiscard]] int run_program(Program program);

}  // namespace moonwright::cli
