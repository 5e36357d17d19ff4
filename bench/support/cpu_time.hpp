// cpu_time.hpp: the processor time of this process.
#pragma once

#include <ctime>

namespace moonwright::bench {

/// What all its threads have used together, in seconds.
[[nodiscard]] inline double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace moonwright::bench
