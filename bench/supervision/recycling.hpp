// recycling.hpp: whether fresh states in place lose anything, and what they cost, under load.
#pragma once

#include <chrono>

#include "support/figures.hpp"

namespace moonwright::bench {

/// `count` supervised actors answer requests for `time`, 10,000 of them open at a time, while all
/// of them are recycled again and again: "recycled_per_s", "answered_per_s", and
/// "answered_against_calm", the rate as a part of that without recycling, measured in turn. Ends
/// the program if a request is lost or fails.
[[nodiscard]] Figures run_recycling(int count, std::chrono::seconds time);

}  // namespace moonwright::bench
