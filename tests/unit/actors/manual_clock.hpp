// manual_clock.hpp: a clock that stands still until a test moves it.
#pragma once

#include <atomic>
#include <chrono>

#include "actors/clock.hpp"

namespace moonwright::actors {

/// Thread: any.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override { return now_.load(); }
  [[nodiscard]] Instant coarse_now() const noexcept override { return now(); }

  void set(Instant now) noexcept { now_.store(now); }
  void advance(std::chrono::nanoseconds time) noexcept { set(now() + time); }

 private:
  // Not the beginning of time, so that subtracting is safe.
  std::atomic<Instant> now_{Instant(std::chrono::hours(1))};
};

}  // namespace moonwright::actors
