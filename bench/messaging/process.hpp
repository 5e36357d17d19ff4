// process.hpp: measurements in processes of their own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "messaging/figures.hpp"

namespace moonwright::bench {

/// Runs `measure` in a child process, so that what one leaves behind in memory or in caches of the
/// allocator is not the next one's. Nothing if the child failed; it has said why.
/// Requires: this process has no other thread.
[[nodiscard]] std::optional<Figures> run_isolated(const std::function<Figures()>& measure);

/// Runs a program, found in PATH, that prints a key and a number a line. Nothing if it failed.
[[nodiscard]] std::optional<Figures> run_program(const std::vector<std::string>& command);

}  // namespace moonwright::bench
