// usage.hpp: what a script has used.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "moonwright/memory_tracker.hpp"
#include "moonwright/stats.hpp"

namespace moonwright::runtime {

class ActorScript;

/// What an actor had used when it ended.
struct Usage {
  ActorStats stats;
  std::chrono::nanoseconds duration{0};  ///< on the wall, from the start of its chunk
  std::optional<Result<MemoryDelta>> process_memory{};  ///< of an execution that tracks it
};

/// What one of so many collections has freed.
[[nodiscard]] constexpr std::uint64_t average_freed(std::uint64_t freed_bytes,
                                                    std::uint64_t collections) noexcept {
  return collections == 0 ? 0 : freed_bytes / collections;
}

/// What changes with every message, and a number that changes with everything else.
struct Glance {
  std::uint64_t used_bytes = 0;
  std::uint64_t peak_bytes = 0;
  std::uint64_t instructions = 0;
  std::chrono::nanoseconds cpu_time{0};
  std::uint64_t rest = 0;
};

/// The same as stats_of() for those who look after each message. Requires: it has a state.
/// Thread: the script's.
[[nodiscard]] Glance glance_at(const ActorScript& script) noexcept;

/// What `script` uses now; zeros if it has no state.
/// Thread: the script's.
[[nodiscard]] ActorStats stats_of(const ActorScript& script) noexcept;

/// Collects all garbage of `script`. Nothing runs in it meanwhile, except finalizers.
/// Thread: the script's, between two calls into it or out of one.
CollectionResult collect(ActorScript& script) noexcept;

/// The same, but no code runs, and nobody counts it. See State::collect_silently().
void collect_silently(ActorScript& script) noexcept;

}  // namespace moonwright::runtime
