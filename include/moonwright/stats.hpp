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

/// What one incarnation of an actor has done: it begins anew with each restart and each recycling.
struct LifeStats {
  std::chrono::nanoseconds age{0};  ///< since its chunk began
  std::uint64_t uses = 0;           ///< messages that were given to handlers
  /// Handlers that failed, by an error or by a limit. What the sender did wrong does not count:
  /// messages that no handler takes or that cannot be decoded, `invalid_argument`.
  std::uint64_t errors = 0;
  std::uint64_t limit_hits = 0;  ///< handlers, timers and the like that a limit ended
  /// How long a handler has the worker until it ends or first waits. Estimated: the clock is read
  /// for the first few messages, for one of 64 later, and for those that take milliseconds.
  std::chrono::nanoseconds average_run_time{0};
  /// What 19 of 20 do not exceed: a power of two, at most twice too large; 0: not known.
  std::chrono::nanoseconds p95_run_time{0};

  friend bool operator==(const LifeStats&, const LifeStats&) = default;
};

/// What an actor uses and has used. As seen from another thread: as of the end of its last turn.
/// `memory`, `cpu_time`, `instructions` and `warnings` are of its present state; what follows them
/// is of the actor, over all restarts, as far as `life` does not say otherwise.
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
  /// How long the mailbox has not been empty; 0 if it is. No message in it has waited for longer.
  std::chrono::nanoseconds mailbox_age{0};

  std::chrono::system_clock::time_point created{};
  /// When a message was last given to a handler, within a few milliseconds; `created` if none was.
  std::chrono::system_clock::time_point last_used{};
  std::uint64_t uses = 0;                ///< see LifeStats
  std::uint64_t errors = 0;              ///< the same
  std::uint64_t limit_hits = 0;          ///< the same
  std::chrono::nanoseconds run_time{0};  ///< of all handlers, timers and forks; estimated
  std::uint32_t restarts = 0;            ///< by its supervisor, after an end
  std::uint32_t recycles = 0;            ///< fresh states that were no restarts
  std::uint32_t incarnation = 1;
  std::uint32_t generation = 1;  ///< of its script
  bool passive = false;          ///< it has given its state back until its next message
  LifeStats life{};

  friend bool operator==(const ActorStats&, const ActorStats&) = default;
};

/// What a full collection did.
struct CollectionResult {
  std::uint64_t before_bytes = 0;
  std::uint64_t after_bytes = 0;

  friend bool operator==(const CollectionResult&, const CollectionResult&) = default;
};

}  // namespace moonwright
