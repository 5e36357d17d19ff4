// memory_profile.hpp: how the memory of one actor went up and down over time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "moonwright/export.hpp"

namespace moonwright {

namespace runtime {
class MemorySampler;
}

/// One look at an actor.
struct MemorySample {
  std::chrono::nanoseconds at{0};  ///< since the profiler was made
  std::uint64_t used_bytes = 0;    ///< all live blocks of the state, to the byte
  double bytes_per_second = 0;     ///< growth since the sample before; negative where it shrank
  std::uint32_t stack_depth = 0;   ///< calls in progress, those of coroutines included; 0: none ran
  std::string label;               ///< who asked for it; empty: nobody, it was time for one

  friend bool operator==(const MemorySample&, const MemorySample&) = default;
};

/// What a MemoryProfiler has seen. The figures are those of all samples, also of those that had to
/// make room for later ones.
struct MemoryProfile {
  std::vector<MemorySample> samples;     ///< by time
  std::size_t samples_taken = 0;         ///< >= samples.size()
  std::chrono::nanoseconds duration{0};  ///< from the first sample to the last
  double average_bytes = 0;              ///< over time; over the samples if no time passed
  std::uint64_t peak_bytes = 0;
  double peak_bytes_per_second = 0;  ///< the fastest growth; 0 if there was none

  [[nodiscard]] bool empty() const noexcept { return samples_taken == 0; }
};

/// For people: duration, samples, average, peak and peak rate, then the labelled samples, a line
/// each. Of an empty profile it says that there are no samples. Thread: any.
[[nodiscard]] MOONWRIGHT_API std::string to_text(const MemoryProfile& profile);

/// For spreadsheets: a head, `time_ms,used_bytes,bytes_per_second,stack_depth,label`, and a line
/// for each sample. Labels are quoted where they have to be, and with a quote before what a
/// spreadsheet would take for a formula. Thread: any.
[[nodiscard]] MOONWRIGHT_API std::string to_csv(const MemoryProfile& profile);

/// A picture of used bytes over time with its labels: SVG in itself, no script, nothing from
/// elsewhere. Thread: any.
[[nodiscard]] MOONWRIGHT_API std::string to_svg(const MemoryProfile& profile,
                                                std::string_view title = "memory");

struct MemoryProfilerOptions {
  /// Kept samples; older ones go first. Milestones of an execution are kept besides. At least 1, at
  /// most 1,000,000: what is beyond is cut.
  std::size_t samples_max = 100;
  /// Between two samples that nobody has asked for. At least 1 ms, as nobody looks more often.
  std::chrono::nanoseconds interval_min{std::chrono::milliseconds(10)};
};

/// Samples the memory of one actor: see Runtime::profile_memory() and
/// ExecuteOptions::memory_profiler. A handle: copies are the same profiler.
///
/// The actor looks at itself, at the end of its turns and once a millisecond in long ones, and
/// takes a sample if the interval has passed. An idle actor takes none.
///
/// Thread: any. It may outlive the actor and the runtime.
class MOONWRIGHT_API MemoryProfiler {
 public:
  /// Labels are cut to so many bytes.
  static constexpr std::size_t kLabelBytesMax = 64;

  explicit MemoryProfiler(const MemoryProfilerOptions& options = {});

  /// Takes a sample with a label now, whatever the interval. Does not ask the actor: the bytes are
  /// those of the end of its last turn, or of its last look.
  void mark(std::string_view label);
  /// Takes no more samples. What there is stays.
  void stop() noexcept;
  [[nodiscard]] bool stopped() const noexcept;
  /// What there is so far.
  [[nodiscard]] MemoryProfile profile() const;

  /// The runtime's own.
  [[nodiscard]] runtime::MemorySampler& sampler() const noexcept { return *sampler_; }

 private:
  std::shared_ptr<runtime::MemorySampler> sampler_;
};

}  // namespace moonwright
