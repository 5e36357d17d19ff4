// process.hpp: measurements in processes of their own.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "moonwright/result.hpp"
#include "support/figures.hpp"

namespace moonwright::bench {

/// After this time a measurement counts as hung, unless it has a shorter one of its own.
inline constexpr std::chrono::seconds kPatience{300};

/// Runs `measure` in a child process, so that what one leaves behind in memory or in caches of the
/// allocator is not the next one's.
/// Errors: io (the child failed; it has said why on standard error), timeout (it was killed).
/// Requires: this process has no other thread.
[[nodiscard]] Result<Figures> run_isolated(const std::function<Figures()>& measure,
                                           std::chrono::seconds patience = kPatience);

/// Runs a program, found in PATH, that prints a key and a number a line. Errors: as run_isolated().
[[nodiscard]] Result<Figures> run_program(const std::vector<std::string>& command,
                                          std::chrono::seconds patience = kPatience);

}  // namespace moonwright::bench
