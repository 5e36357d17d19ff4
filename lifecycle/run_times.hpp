// run_times.hpp: how long pieces of work take, kept in a few numbers. Pure: no clock.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace moonwright::lifecycle {

/// A histogram by powers of two, and a total that is estimated from samples.
///
/// Reading the clock for each of millions of short pieces would cost more than some of them. So a
/// short one is timed once in a while and stands for the others, and a long one, which somebody has
/// noticed without a clock, counts for itself.
class RunTimes {
 public:
  using Duration = std::chrono::nanoseconds;

  /// A piece of work was short, and was timed or not.
  void add_short() noexcept { ++short_; }
  /// A short one, already counted, was timed; it stands for `weight` of them.
  void sample(Duration time, std::uint32_t weight) noexcept {
    sampled_time_ += time;
    ++samples_;
    put(time, weight);
  }
  /// A piece of work was long.
  void add_long(Duration time) noexcept {
    ++long_;
    long_time_ += time;
    put(time, 1);
  }
  /// Time that belongs to pieces which have been counted before.
  void add_time(Duration time) noexcept { long_time_ += time; }

  [[nodiscard]] std::uint64_t count() const noexcept { return short_ + long_; }
  [[nodiscard]] Duration total() const noexcept {
    if (samples_ == 0) return long_time_;
    const double mean = static_cast<double>(sampled_time_.count()) / static_cast<double>(samples_);
    return long_time_ + Duration(static_cast<Duration::rep>(mean * static_cast<double>(short_)));
  }
  /// 0 if there was none.
  [[nodiscard]] Duration average() const noexcept {
    const std::uint64_t all = count();
    return all == 0 ? Duration(0) : total() / static_cast<Duration::rep>(all);
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

  std::uint64_t short_ = 0;
  std::uint64_t long_ = 0;
  std::uint64_t samples_ = 0;
  Duration sampled_time_{0};
  Duration long_time_{0};
  std::array<std::uint32_t, kBuckets> buckets_{};
};

}  // namespace moonwright::lifecycle
