// workloads.hpp: what is measured beside the speed of programs: ends, sharing, slices, turnover.
#pragma once

#include <chrono>
#include <span>
#include <string_view>

#include "state/results.hpp"
#include "support/figures.hpp"

namespace moonwright::bench {

struct Workload {
  std::string_view name;
  std::string_view text;
  /// Runs it once, in a runtime of its own that is never stopped: meant for a process of its own,
  /// which it ends with exit code 1 and a message if anything goes wrong.
  Figures (*run)(const Effort& effort);
  /// After this time it counts as hung: where an endless loop is not ended, nothing else ends it.
  std::chrono::seconds patience;
};

[[nodiscard]] std::span<const Workload> workloads();

/// How long after its timeout an endless loop ends, and when its worker serves the next actor.
Figures kill(const Effort& effort);
/// 100 endless loops and an echo actor on two workers.
Figures loops(const Effort& effort);
/// 10 endless loops and two pairs that call each other without a pause.
Figures pairs(const Effort& effort);
/// An actor with 100 endless children, and a neighbour that works as hard, on two workers.
Figures family(const Effort& effort);
/// What the end of a slice costs.
Figures slices(const Effort& effort);
/// An actor that makes a future after the other, with one collector after the other.
Figures heaps(const Effort& effort);
/// Actors that start, run a small script and end.
Figures turnover(const Effort& effort);

}  // namespace moonwright::bench
