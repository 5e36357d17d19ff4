// settings.hpp: what a program is run with, out of the command line, the file and the defaults.
#pragma once

#include <moonwright/options.hpp>
#include <moonwright/result.hpp>
#include <moonwright/supervision.hpp>
#include <vector>

#include "cli/options.hpp"

namespace moonwright::cli {

struct Settings {
  RuntimeOptions runtime;  ///< all but the script root and the output
  // Of the first actor:
  Limits limits;
  SandboxOptions sandbox;
  bool profile_memory = false;
  /// To be started beside it.
  std::vector<SupervisorSpec> supervisors;
};

/// What holds: the command line, or else the file that it names, or else what the command itself
/// has: `limits` and `sandbox` for the first actor, and the library's defaults for the others.
///
/// A profile replaces the defaults as a whole. It brings its own sandbox level, if the file gives
/// it one or if it is one of the three that have a name for it. Errors: those of read_config();
/// invalid_argument (no such profile; a child of a supervisor).
[[nodiscard]] Result<Settings> settle(const CommonOptions& options, const Limits& limits,
                                      Sandbox sandbox);

}  // namespace moonwright::cli
