// memory_sampler.hpp: the inside of a MemoryProfiler: a ring of samples, and figures of all.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string_view>
#include <vector>

#include "moonwright/memory_profile.hpp"
#include "runtime/message.hpp"

namespace moonwright::runtime {

/// Milestones of a profiled execution: kept whatever the ring does.
inline constexpr std::string_view kInitial = "initial";
inline constexpr std::string_view kExecution = "execution";
inline constexpr std::string_view kAfterExecution = "after_execution";
inline constexpr std::string_view kAfterCollection = "after_gc";

/// Thread: any. note() and milestone() are the actor's.
class MemorySampler {
 public:
  /// @param began what the times of samples are counted from.
  MemorySampler(const MemoryProfilerOptions& options, Instant began);
  MemorySampler(const MemorySampler&) = delete;
  MemorySampler& operator=(const MemorySampler&) = delete;

  /// Whether note() would do anything. Costs next to nothing.
  [[nodiscard]] bool active() const noexcept { return !stopped_.load(std::memory_order_relaxed); }
  /// Whether a sample that nobody has asked for is due.
  [[nodiscard]] bool due(Instant now) const noexcept {
    return now.time_since_epoch().count() >= next_due_.load(std::memory_order_relaxed);
  }

  /// The actor uses so many bytes now. With a label, or if due(), that becomes a sample.
  void note(Instant now, std::uint64_t used_bytes, std::uint32_t stack_depth,
            std::string_view label = {});
  /// The same with one of the labels above, which must outlive this.
  void milestone(Instant now, std::uint64_t used_bytes, std::string_view label);
  /// A labelled sample of what was noted last.
  void mark(Instant now, std::string_view label);

  void stop() noexcept { stopped_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] MemoryProfile profile() const;

 private:
  static constexpr std::int64_t kAtOnce = std::numeric_limits<std::int64_t>::min();

  [[nodiscard]] MemorySample take(Instant now, std::uint64_t used_bytes, std::uint32_t stack_depth,
                                  std::string_view label);
  void keep(MemorySample sample);

  const std::size_t samples_max_;
  const std::chrono::nanoseconds interval_;
  const Instant began_;
  std::atomic<bool> stopped_{false};
  std::atomic<std::int64_t> next_due_{kAtOnce};

  mutable std::mutex mutex_;  ///< guards all that follows
  std::vector<MemorySample> milestones_;
  std::vector<MemorySample> ring_;
  std::size_t oldest_ = 0;  ///< in the ring, once it is full
  std::uint64_t last_bytes_ = 0;
  std::uint32_t last_depth_ = 0;

  // The figures.
  std::size_t taken_ = 0;
  Instant first_at_{};
  Instant last_at_{};
  std::uint64_t sampled_bytes_ = 0;  ///< by the last sample
  double byte_seconds_ = 0;          ///< bytes times the time that they were seen for
  double byte_samples_ = 0;          ///< the sum over the samples
  std::uint64_t peak_ = 0;
  double peak_rate_ = 0;
  Instant rate_at_{};  ///< growth is measured from here
  std::uint64_t rate_bytes_ = 0;
};

}  // namespace moonwright::runtime
