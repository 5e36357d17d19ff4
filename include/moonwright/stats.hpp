// stats.hpp: what an actor uses, as numbers to look at.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace moonwright {

/// The memory of one Lua state. Counters are since the actor began.
struct MemoryStats {
  std::uint64_t used_bytes = 0;             ///< all live blocks
  std::uint64_t peak_bytes = 0;             ///< the most there ever were
  std::uint64_t limit_bytes = 0;            ///< kUnlimited if there is none
  std::uint64_t forced_collections = 0;     ///< near the limit, or by Runtime::collect()
  std::uint64_t freed_bytes = 0;            ///< by all of those
  std::uint64_t average_freed_bytes = 0;    ///< by one of them
  std::uint64_t violations = 0;             ///< allocations that the limit did not allow
  std::uint64_t emergency_collections = 0;  ///< that Lua made because of a violation

  friend bool operator==(const MemoryStats&, const MemoryStats&) = default;
};

/// What an actor uses and has used. As seen from another thread: as of the end of its last turn.
struct ActorStats {
  MemoryStats memory{};
  /// Measured for executions, for actors with `on_exit`, and where it is limited; 0 elsewhere.
  std::chrono::nanoseconds cpu_time{0};
  /// VM instructions; 0 where they are not counted.
  std::uint64_t instructions = 0;
  /// Whether `instructions` are all there were. See Limits::instructions_max.
  bool instructions_exact = false;
  std::uint32_t warnings = 0;  ///< calls of onMemoryWarning() and onResourceWarning()
  std::size_t mailbox_messages = 0;

  friend bool operator==(const ActorStats&, const ActorStats&) = default;
};

/// What a full collection did.
struct CollectionResult {
  std::uint64_t before_bytes = 0;
  std::uint64_t after_bytes = 0;

  friend bool operator==(const CollectionResult&, const CollectionResult&) = default;
};

}  // namespace moonwright
