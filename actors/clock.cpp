// clock.cpp: the system's clocks.
#include "actors/clock.hpp"

#include <ctime>

namespace moonwright::actors {

Instant SystemClock::now() const noexcept { return std::chrono::steady_clock::now(); }

Instant SystemClock::coarse_now() const noexcept {
#ifdef CLOCK_MONOTONIC_COARSE
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return Instant(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
#else
  return now();
#endif
}

}  // namespace moonwright::actors
