// memory_sampler.cpp: see memory_sampler.hpp.
#include "runtime/memory_sampler.hpp"

#include <algorithm>
#include <utility>

namespace moonwright::runtime {
namespace {

constexpr std::size_t kSamplesMax = 1'000'000;
constexpr std::chrono::nanoseconds kIntervalMin = std::chrono::milliseconds(1);

double seconds(std::chrono::nanoseconds time) noexcept {
  return std::chrono::duration<double>(time).count();
}

double difference(std::uint64_t after, std::uint64_t before) noexcept {
  return static_cast<double>(after) - static_cast<double>(before);
}

bool earlier(const MemorySample& a, const MemorySample& b) noexcept { return a.at < b.at; }

}  // namespace

MemorySampler::MemorySampler(const MemoryProfilerOptions& options, Instant began)
    : samples_max_(std::clamp<std::size_t>(options.samples_max, 1, kSamplesMax)),
      interval_(std::max(options.interval_min, kIntervalMin)),
      began_(began) {}

void MemorySampler::note(Instant now, std::uint64_t used_bytes, std::uint32_t stack_depth,
                         std::string_view label) {
  if (!active()) return;
  const bool is_due = due(now);
  const std::lock_guard lock(mutex_);
  last_bytes_ = used_bytes;
  last_depth_ = stack_depth;
  if (is_due || !label.empty()) keep(take(now, used_bytes, stack_depth, label));
}

void MemorySampler::milestone(Instant now, std::uint64_t used_bytes, std::string_view label) {
  if (!active()) return;
  const std::lock_guard lock(mutex_);
  last_bytes_ = used_bytes;
  last_depth_ = 0;
  milestones_.push_back(take(now, used_bytes, 0, label));
}

void MemorySampler::mark(Instant now, std::string_view label) {
  if (!active()) return;
  const std::lock_guard lock(mutex_);
  keep(take(now, last_bytes_, last_depth_, label));
}

/// Requires: the lock.
MemorySample MemorySampler::take(Instant now, std::uint64_t used_bytes, std::uint32_t stack_depth,
                                 std::string_view label) {
  if (taken_ == 0) {
    first_at_ = last_at_ = rate_at_ = now;
    rate_bytes_ = used_bytes;
  }
  // Marks come from other threads: their clock may have been read before that of the last sample.
  now = std::max(now, last_at_);
  MemorySample sample;
  sample.at = now - began_;
  sample.used_bytes = used_bytes;
  sample.stack_depth = stack_depth;
  sample.label = label.substr(0, MemoryProfiler::kLabelBytesMax);
  // Two samples in a row would make a few bytes look like gigabytes a second.
  const std::chrono::nanoseconds passed = now - rate_at_;
  const double growth = difference(used_bytes, rate_bytes_);
  sample.bytes_per_second = growth / seconds(std::max(passed, kIntervalMin));
  if (passed >= kIntervalMin) {
    rate_at_ = now;
    rate_bytes_ = used_bytes;
  }
  byte_seconds_ += (static_cast<double>(sampled_bytes_) + static_cast<double>(used_bytes)) / 2 *
                   seconds(now - last_at_);
  byte_samples_ += static_cast<double>(used_bytes);
  peak_ = std::max(peak_, used_bytes);
  peak_rate_ = std::max(peak_rate_, sample.bytes_per_second);
  sampled_bytes_ = used_bytes;
  last_at_ = now;
  ++taken_;
  next_due_.store((now + interval_).time_since_epoch().count(), std::memory_order_relaxed);
  return sample;
}

/// Requires: the lock.
void MemorySampler::keep(MemorySample sample) {
  if (ring_.size() < samples_max_) {
    ring_.push_back(std::move(sample));
    return;
  }
  ring_[oldest_] = std::move(sample);
  oldest_ = (oldest_ + 1) % samples_max_;
}

MemoryProfile MemorySampler::profile() const {
  const std::lock_guard lock(mutex_);
  MemoryProfile profile;
  profile.samples.reserve(ring_.size() + milestones_.size());
  for (std::size_t i = 0; i < ring_.size(); ++i) {
    profile.samples.push_back(ring_[(oldest_ + i) % ring_.size()]);
  }
  const auto middle = static_cast<std::ptrdiff_t>(profile.samples.size());
  profile.samples.insert(profile.samples.end(), milestones_.begin(), milestones_.end());
  std::inplace_merge(profile.samples.begin(), profile.samples.begin() + middle,
                     profile.samples.end(), earlier);
  profile.samples_taken = taken_;
  if (taken_ == 0) return profile;
  profile.duration = last_at_ - first_at_;
  profile.average_bytes = profile.duration.count() > 0
                              ? byte_seconds_ / seconds(profile.duration)
                              : byte_samples_ / static_cast<double>(taken_);
  profile.peak_bytes = peak_;
  profile.peak_bytes_per_second = peak_rate_;
  return profile;
}

}  // namespace moonwright::runtime
