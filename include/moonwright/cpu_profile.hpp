// cpu_profile.hpp: which functions of the scripts the time goes into.
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
class StackTree;
}

/// What a CpuProfiler has seen.
struct CpuProfile {
  struct Stack {
    /// The actor first, then from its outermost call to the innermost: "name file:line", where the
    /// line is that of the function; "name [C]" for C functions, and "[C]" at the end for one that
    /// had returned by the time it was looked at. Instead of an actor: "[runtime]".
    std::vector<std::string> frames;
    std::uint64_t samples = 0;
  };

  std::vector<Stack> stacks;  ///< each once, those with the same beginning together
  std::uint64_t samples = 0;  ///< of all stacks: about a millisecond of one thread's time each
  std::chrono::nanoseconds duration{0};  ///< since the profiler was made, or until it was stopped

  [[nodiscard]] bool empty() const noexcept { return samples == 0; }
};

/// A line for each stack, `frame;frame;frame count`: what flame-graph tools read. Empty for an
/// empty profile. Thread: any.
[[nodiscard]] MOONWRIGHT_API std::string to_folded(const CpuProfile& profile);

/// A flame graph: a box for each function, as wide as its share of the samples, on that of its
/// caller; pointing at it shows its figures. SVG in itself, no script, nothing from elsewhere.
/// Thread: any.
[[nodiscard]] MOONWRIGHT_API std::string to_svg(const CpuProfile& profile,
                                                std::string_view title = "processor time");

/// Looks once a millisecond at what the threads that run scripts are doing: see
/// Runtime::profile_cpu() and ExecuteOptions::cpu_profiler. A handle: copies are the same profiler.
///
/// A thread looks at itself at the next instruction of its script, or where a library function that
/// takes long would look at its limits, too; so C functions are charged for the time they take, but
/// short ones only as "[C]". What is seen is kept as a tree of calls, bounded in size; what finds
/// no place any more is counted as "[other]".
///
/// Thread: any. It may outlive the runtime.
class MOONWRIGHT_API CpuProfiler {
 public:
  /// Of a deeper stack only so many innermost calls are seen, under "[...]".
  static constexpr std::size_t kFramesMax = 128;

  CpuProfiler();

  /// Looks no more. What there is stays.
  void stop() noexcept;
  [[nodiscard]] bool stopped() const noexcept;
  /// What there is so far.
  [[nodiscard]] CpuProfile profile() const;

  /// The runtime's own.
  [[nodiscard]] runtime::StackTree& tree() const noexcept { return *tree_; }

 private:
  std::shared_ptr<runtime::StackTree> tree_;
};

}  // namespace moonwright
