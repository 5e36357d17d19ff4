// comparison.hpp: the same work with something and without it.
#pragma once

#include <functional>

namespace moonwright::bench {

/// Processor time of one run, in seconds: medians.
struct Comparison {
  double with = 0;
  double without = 0;

  [[nodiscard]] double ratio() const noexcept { return with / without; }
};

/// Runs each once for nothing, and then `runs` times in turns, so that whatever else the machine
/// does falls on both. Requires: runs > 0.
[[nodiscard]] Comparison compare(int runs, const std::function<void()>& with,
                                 const std::function<void()>& without);

}  // namespace moonwright::bench
