// command_tree.hpp: `moonwright tree`: what a program is at that runs.
#pragma once

#include "cli/options.hpp"

namespace moonwright::cli {

/// Returns the exit code.
[[nodiscard]] int command_tree(const TreeCommandOptions& options);

}  // namespace moonwright::cli
