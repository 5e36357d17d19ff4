// program.hpp: a Lua program run to its end, with the slices of its actors as long as one wants.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "moonwright/options.hpp"

namespace moonwright::preempt {

/// How the scripts are interrupted.
struct Mode {
  std::string_view name;
  void (*set)(RuntimeOptions& options);
};

/// The first interrupts nothing; the others must not make a difference.
[[nodiscard]] std::span<const Mode> modes();

/// Runs the program as `moonwright run` does, but prints how it ended, too. Returns its exit code.
[[nodiscard]] int run_program(const std::string& path, const Mode& mode);

}  // namespace moonwright::preempt
