// cpu_profilers.hpp: who wants to know what the scripts of a runtime are doing.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "moonwright/cpu_profile.hpp"
#include "runtime/stack_walk.hpp"

namespace moonwright::actors {

/// Thread: any. While there is nobody, each function is one look at a number.
class CpuProfilers {
 public:
  /// For the profilers of all actors.
  static constexpr std::uint64_t kEverybody = 0;

  /// From now on `profiler` sees the actor with that number, until it is stopped.
  void add(const CpuProfiler& profiler, std::uint64_t actor);
  /// The actor has ended: nobody waits for its samples.
  void forget(std::uint64_t actor) noexcept;
  /// Whether anybody is left who has not been stopped. Lets go of those who were.
  [[nodiscard]] bool any() noexcept;

  /// What the actor of that number and name is doing. On its thread, in a hook.
  void take(std::uint64_t actor, std::string_view name, const runtime::CpuSample& sample);
  /// So many samples found a thread in a turn, but in no script.
  void take_outside(std::uint64_t samples);

 private:
  struct Entry {
    CpuProfiler profiler;
    std::uint64_t actor;
  };

  [[nodiscard]] bool empty() const noexcept { return count_.load(std::memory_order_relaxed) == 0; }

  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  std::vector<Entry> entries_;  ///< under mutex_
};

}  // namespace moonwright::actors
