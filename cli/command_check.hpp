// command_check.hpp: `moonwright check FILE...`.
#pragma once

#include "cli/options.hpp"

namespace moonwright::cli {

/// Looks at every file, whatever is wrong with those before it. Returns the exit code.
[[nodiscard]] int command_check(const CheckOptions& options);

}  // namespace moonwright::cli
