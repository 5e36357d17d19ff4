// workloads.hpp: the programs that are measured, all of them Lua actors on two workers.
#pragma once

#include <span>
#include <string_view>

#include "support/figures.hpp"

namespace moonwright::bench {

struct Workload {
  std::string_view name;
  std::string_view text;
  /// Runs it once, in a runtime of its own that is never stopped: meant for a process of its own,
  /// which it ends with exit code 1 and a message if anything goes wrong.
  Figures (*run)();
};

[[nodiscard]] std::span<const Workload> workloads();

}  // namespace moonwright::bench
