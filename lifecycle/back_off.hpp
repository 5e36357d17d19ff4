// back_off.hpp: how long to wait before a child is restarted. Pure: no clock, no generator.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

#include "lifecycle/instant.hpp"
#include "moonwright/supervision.hpp"

namespace moonwright::lifecycle {

/// What is remembered of one child's restarts. The first after a time of calm happens at once; each
/// further one waits longer.
struct RestartStreak {
  std::uint32_t length = 0;  ///< restarts in a row
  std::chrono::milliseconds last_wait{0};

  /// Whether a life of `lived` ends the row: ten times the first wait, or as long as the last.
  [[nodiscard]] bool is_calm(const BackOff& options, Instant::duration lived) const noexcept {
    return lived >= std::max(10 * options.first, last_wait);
  }

  /// Counts one more restart after a life of `lived`, and answers how long to wait for it.
  /// @param chance 0..1, from a generator: where in its range of jitter the wait is.
  [[nodiscard]] std::chrono::milliseconds next(const BackOff& options, Instant::duration lived,
                                               double chance) noexcept {
    if (is_calm(options, lived)) *this = {};
    if (length++ == 0 || options.first.count() == 0) return last_wait = {};
    // Beyond 64 doublings nothing grows any more.
    const double steps = std::min<double>(length - 2, 64);
    const double grown =
        static_cast<double>(options.first.count()) * std::pow(options.factor, steps);
    const double most = static_cast<double>(options.most.count());
    const double wait = std::min(grown, most) * (1 + options.jitter * (2 * chance - 1));
    last_wait = std::chrono::milliseconds(std::llround(wait));
    return last_wait;
  }
};

}  // namespace moonwright::lifecycle
