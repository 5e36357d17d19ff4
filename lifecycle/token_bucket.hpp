// token_bucket.hpp: how fast something may go on, with room for bursts. Pure: no clock, no lock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace moonwright::lifecycle {

/// A bucket of tokens that fills up at a steady rate. What happens takes tokens out; it may take
/// more than there are, and then the bucket is empty for longer.
///
/// The whole state is one number, the time at which the bucket will be full again (as in the
/// generic cell rate algorithm of ATM), so whoever shares a bucket between threads keeps an atomic
/// integer.
///
/// Thread: a value; the state is the caller's.
class TokenBucket {
 public:
  /// Nanoseconds since whatever epoch the caller has.
  using Time = std::int64_t;

  /// @param token_time how long a token takes to come, in nanoseconds; >= 0, and 0 is no bound.
  /// @param burst how many tokens there are at most.
  constexpr TokenBucket(double token_time, double burst) noexcept
      : token_time_(token_time), depth_(static_cast<Time>(token_time * burst)) {}

  /// The state after `tokens` have been taken at `now`. At most twice empty: whoever has taken a
  /// thousand times too much is not made to wait for a thousand times as long.
  [[nodiscard]] constexpr Time take(Time full_at, Time now, double tokens) const noexcept {
    const Time begin = std::max(full_at, now);
    const Time most = now + 2 * depth_;
    const double cost = tokens * token_time_;
    if (cost >= static_cast<double>(most - std::min(begin, most))) return std::max(begin, most);
    return begin + static_cast<Time>(cost);
  }

  [[nodiscard]] constexpr bool empty(Time full_at, Time now) const noexcept {
    return token_time_ > 0 && full_at - now > depth_;
  }

 private:
  double token_time_;
  Time depth_;  ///< how long an empty bucket takes to be full
};

}  // namespace moonwright::lifecycle
