// restart_window.hpp: how many restarts there have been lately. Pure: no clock.
#pragma once

#include <cstddef>
#include <vector>

#include "lifecycle/instant.hpp"
#include "moonwright/supervision.hpp"

namespace moonwright::lifecycle {

/// A sliding window: OTP's `intensity` and `period`. Keeps as many times as it allows restarts.
class RestartWindow {
 public:
  explicit RestartWindow(const Intensity& intensity) noexcept : intensity_(intensity) {}

  /// Counts a restart; false if it is one more than is bearable.
  /// Requires: `now` is not before that of the last call.
  [[nodiscard]] bool record(Instant now) {
    if (intensity_.restarts == Intensity::kUnlimited) return true;
    while (oldest_ < times_.size() && now - times_[oldest_] > intensity_.period) ++oldest_;
    if (count() >= intensity_.restarts) return false;
    // What is over is erased once it is the larger half.
    if (oldest_ * 2 > times_.size()) {
      times_.erase(times_.begin(), times_.begin() + static_cast<std::ptrdiff_t>(oldest_));
      oldest_ = 0;
    }
    times_.push_back(now);
    return true;
  }
  /// Those that were counted lately, as of the last record(); 0 where nothing is counted.
  [[nodiscard]] std::size_t count() const noexcept { return times_.size() - oldest_; }
  [[nodiscard]] const Intensity& intensity() const noexcept { return intensity_; }

 private:
  Intensity intensity_;
  std::vector<Instant> times_;  ///< the oldest first
  std::size_t oldest_ = 0;      ///< of those in the window
};

}  // namespace moonwright::lifecycle
