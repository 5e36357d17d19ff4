// recycle_pace.hpp: how many of a group may be recycled at once. Pure: no clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "lifecycle/instant.hpp"

namespace moonwright::lifecycle {

/// A group whose members all grow old together must not stand still together: at most one in ten,
/// and at least one, drains at a time.
class RecyclePace {
 public:
  /// After it was recycled, or could not be, a member is left alone for so many times its
  /// `check_every`.
  static constexpr int kRestChecks = 10;

  [[nodiscard]] static constexpr std::size_t most_at_once(std::size_t group) noexcept {
    return std::max<std::size_t>(1, group / 10);
  }
  [[nodiscard]] static constexpr Instant rests_until(Instant now,
                                                     std::chrono::milliseconds check_every) {
    return now + kRestChecks * check_every;
  }

  /// Whether one more of a group of so many may begin; counts it if so.
  [[nodiscard]] constexpr bool begin(std::size_t group) noexcept {
    if (draining_ >= most_at_once(group)) return false;
    ++draining_;
    return true;
  }
  /// One that has begun is done, or has ended otherwise.
  constexpr void end() noexcept { --draining_; }
  [[nodiscard]] constexpr std::size_t draining() const noexcept { return draining_; }

 private:
  std::size_t draining_ = 0;
};

}  // namespace moonwright::lifecycle
