// command_exec.hpp: `moonwright exec -e CODE`.
#pragma once

#include "cli/options.hpp"

namespace moonwright::cli {

/// Returns the exit code.
[[nodiscard]] int command_exec(const ExecOptions& options);

}  // namespace moonwright::cli
