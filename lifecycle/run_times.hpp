// run_times.hpp: how long pieces of work take, kept in a few numbers. Pure: no clock.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace moonwright::lifecycle {

/// A histogram by powers of two, and means.
///
/// Reading the clock for each of millions of short pieces would cost more than some of them. So a
/// short one is timed once in a while and stands for the others, and a long one, which somebody has
/// noticed without a clock, counts for itself. Whoever counts all pieces can say what they took.
class RunTimes {
 public:
  using Duration = std::chrono::nanoseconds;

  /// A short piece was timed; it stands for `weight` of them.
  void sample(Duration time, std::uint32_t weight) noexcept {
    sampled_time_ += static_cast<double>(time.count()) * weight;
    sampled_ += weight;
    put(time, weight);
  }
  /// A piece was long.
  void add_long(Duration time) noexcept {
    ++long_count_;
    long_time_ += time;
    put(time, 1);
  }
  /// Time that belongs to pieces which have been counted before.
  void add_time(Duration time) noexcept { long_time_ += time; }

  /// Of a short piece; 0 before the first sample.
  [[nodiscard]] Duration mean_short() const noexcept {
    if (sampled_ == 0) return Duration(0);
    return Duration(static_cast<Duration::rep>(sampled_time_ / static_cast<double>(sampled_)));
  }
  [[nodiscard]] std::uint64_t long_count() const noexcept { return long_count_; }
  /// Of all long ones, and what was added besides.
  [[nodiscard]] Duration long_time() const noexcept { return long_time_; }
  /// What `count` pieces took in all, of which `long_count` were long.
  [[nodiscard]] static Duration total(std::uint64_t count, Duration mean_short,
                                      std::uint64_t long_count, Duration long_time) noexcept {
    const std::uint64_t short_count = count - std::min(count, long_count);
    return long_time + mean_short * static_cast<Duration::rep>(short_count);
  }

  /// A time that 19 of 20 pieces do not exceed, at most twice too large; 0 if there was none.
  [[nodiscard]] Duration p95() const noexcept {
    std::uint64_t all = 0;
    for (const std::uint32_t bucket : buckets_) all += bucket;
    if (all == 0) return Duration(0);
    const std::uint64_t rank = all - all / 20;
    std::uint64_t below = 0;
    std::size_t i = 0;
    while ((below += buckets_[i]) < rank) ++i;
    return Duration(Duration::rep{1} << (kFirstBits + i));
  }

 private:
  static constexpr std::size_t kFirstBits = 9;  ///< the first bucket ends at 512 ns
  static constexpr std::size_t kBuckets = 28;   ///< and the last one at 68 s, and has all above
  /// Where a bucket has so much, all of them are halved: what was long ago counts for less.
  static constexpr std::uint32_t kMost = 1u << 30;

  void put(Duration time, std::uint32_t weight) noexcept {
    const auto ns = static_cast<std::uint64_t>(std::max<Duration::rep>(time.count() - 1, 0));
    const auto bits = static_cast<std::size_t>(std::bit_width(ns));
    const std::size_t at = std::min(bits - std::min(bits, kFirstBits), kBuckets - 1);
    if ((buckets_[at] += weight) < kMost) return;
    for (std::uint32_t& bucket : buckets_) bucket /= 2;
  }

  double sampled_time_ = 0;
  std::uint64_t sampled_ = 0;
  std::uint64_t long_count_ = 0;
  Duration long_time_{0};
  std::array<std::uint32_t, kBuckets> buckets_{};
};

}  // namespace moonwright::lifecycle
