// command_run.hpp: `moonwright run FILE`.
#pragma once

#include "cli/options.hpp"

namespace moonwright::cli {

/// Returns the exit code.
[[nodiscard]] int command_run(const RunOptions& options);

}  // namespace moonwright::cli
