// quota.hpp: what the memory budget costs, and whether it holds.
#pragma once

#include <chrono>

#include "support/figures.hpp"

namespace moonwright::bench {

/// Processor time with a budget to that without any, as ratios of medians of `runs` runs in turn:
/// "lease_cost_calls", "lease_cost_flood", "lease_cost_garbage".
[[nodiscard]] Figures run_lease_cost(int runs);

/// `actors` actors that grow and shrink at random for `time`, under a budget that is too small for
/// all of them. Ends the process with an error if the budget is ever exceeded by what was granted
/// or by what was taken from the system, or if anything is left at the end.
[[nodiscard]] Figures run_random_growth(int actors, std::chrono::seconds time);

}  // namespace moonwright::bench
