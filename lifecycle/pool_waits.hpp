// pool_waits.hpp: how long requests have waited, in a few numbers. Pure: no clock.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace moonwright::lifecycle {

/// A histogram by powers of two: of what is long ago half is forgotten now and then.
class WaitTimes {
 public:
  using Duration = std::chrono::nanoseconds;

  void add(Duration time) noexcept {
    const auto ns = static_cast<std::uint64_t>(std::max<Duration::rep>(time.count(), 0));
    const auto at =
        std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(ns)), buckets_.size() - 1);
    ++buckets_[at];
    if (++count_ < kMost) return;
    count_ = 0;
    for (std::uint32_t& bucket : buckets_) count_ += bucket /= 2;
  }

  /// A time that this part of the waits, 0..1, did not exceed; at most twice too large, up to 275
  /// s, and 0 if there was none.
  [[nodiscard]] Duration percentile(double part) const noexcept {
    if (count_ == 0) return Duration(0);
    const double rank = std::max(1.0, part * static_cast<double>(count_));
    std::uint64_t below = 0;
    std::size_t at = 0;
    while (at + 1 < buckets_.size() && static_cast<double>(below += buckets_[at]) < rank) {
      ++at;
    }
    return Duration((Duration::rep{1} << at) - 1);
  }

 private:
  static constexpr std::uint64_t kMost = 1u << 20;
  std::array<std::uint32_t, 39> buckets_{};  ///< bucket n ends at 2^n - 1 ns
  std::uint64_t count_ = 0;
};

}  // namespace moonwright::lifecycle
