// limits.hpp: what one actor may use.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "moonwright/export.hpp"
#include "moonwright/result.hpp"

namespace moonwright {

/// No limit of its own. The runtime's budget still holds.
inline constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
/// The same for times.
inline constexpr std::chrono::nanoseconds kNoTimeLimit = std::chrono::nanoseconds::max();

/// What one message may weigh. Checked where it is encoded, at the sender: `too_large`.
struct MessageLimits {
  std::uint32_t depth_max = 64;         ///< nested tables, 1..128
  std::uint32_t entries_max = 100'000;  ///< table entries and top-level values, all together
  std::uint32_t bytes_max = 1u << 20;   ///< encoded size, up to 1 GiB

  friend bool operator==(const MessageLimits&, const MessageLimits&) = default;
};

/// What becomes of an actor that hit a limit.
enum class OnLimit : std::uint8_t {
  end_actor,      ///< it ends with the limit's name as its reason
  abort_message,  ///< only the message is given up, and the actor goes on with the next one
};

/// Bounds on stack and depth for small actors. Figures: docs/limits.md.
enum class MemoryClass : std::uint8_t {
  none,      ///< Lua's own bounds
  minimal,   ///< 128 stack slots at the start, 1,024 at most, 64 nested calls through C
  standard,  ///< 1,024, 65,536, 128
  large,     ///< 4,096, 1,000,000, 256
};

/// How the garbage collector of a state works. See the Lua 5.4 manual, section 2.5, also for the
/// ranges: 1..1000 each, minor 1..100.
struct CollectorOptions {
  enum class Mode : std::uint8_t { incremental, generational };
  Mode mode = Mode::incremental;
  /// Not Lua's own 200, which lets the heap of an actor grow for ever: its futures, timers and
  /// references have finalizers and outlive a collection, so that "twice what was alive" always
  /// counts the last garbage too. Over 3 million requests: 5.8 MiB at most with 200, 28 KiB with
  /// 150, at the same speed.
  std::uint16_t pause_percent = 150;  ///< incremental: when a cycle begins, of what was alive
  std::uint16_t step_percent = 100;   ///< incremental: speed relative to allocation
  std::uint16_t minor_percent = 20;   ///< generational: growth before a young collection
  std::uint16_t major_percent = 100;  ///< generational: growth before a full collection

  friend bool operator==(const CollectorOptions&, const CollectorOptions&) = default;
};

/// What one actor may use. A value type: copy it, change a field, pass it on.
///
/// `instructions_max` and `cpu_time_max` cover one run of a handler, timer or hook; for the chunk
/// and for forks, one stretch from a wake-up to the next. `timeout` covers a message handler with
/// its awaits; the chunk and forks only where it is set for the execution as a whole.
struct Limits {
  /// Memory of the Lua state, in bytes. At the limit an allocation fails after one full collection.
  std::uint64_t memory_bytes_max = 50ull << 20;
  /// VM instructions, 1 or more; kUnlimited: not counted. Exact below 5 million; from there on, the
  /// first slice of each stretch is not counted.
  std::uint64_t instructions_max = kUnlimited;
  /// Time on a processor, more than 0.
  std::chrono::nanoseconds cpu_time_max = kNoTimeLimit;
  /// Time on the wall, awaits included, more than 0.
  std::chrono::nanoseconds timeout = kNoTimeLimit;
  /// VM instructions between two looks at the limits, where instructions are counted: 1..1,000,000.
  std::uint32_t check_interval = 1'000;
  /// The fraction of a limit at which onMemoryWarning() and onResourceWarning() are called: above 0
  /// and at most 1, which warns of nothing.
  double warning_threshold = 0.8;
  /// The fraction of the memory limit above which collections are forced: above 0 and at most 1,
  /// which forces none.
  double collect_threshold = 0.7;
  /// The least time between two forced collections, up to an hour.
  std::chrono::milliseconds collect_interval{100};
  CollectorOptions collector{};
  MemoryClass memory_class = MemoryClass::none;
  OnLimit on_limit = OnLimit::end_actor;
  /// What cancelled work may take to clean up before it is killed, up to an hour.
  std::chrono::milliseconds cancel_grace{100};
  /// Handlers that wait at an await at the same time. At the bound user messages stay in the
  /// mailbox; replies and timers go on.
  std::uint32_t in_flight_max = 1'000;
  /// Live actors that descend from it, if it is below sandbox level `none`: children, their
  /// children and so on, detached ones too. A spawn beyond it fails as `overload`.
  std::uint32_t actors_max = 100;
  MessageLimits message{};

  friend bool operator==(const Limits&, const Limits&) = default;
};

/// The bounds of one mailbox. Only user messages count: replies, timers, stops, kills and the
/// notices of monitors always get through.
struct MailboxLimits {
  std::uint32_t messages_max = 100'000;  ///< 1..8,000,000
  std::uint64_t bytes_max = 8u << 20;    ///< encoded bytes with headers, 1 KiB..512 GiB

  friend bool operator==(const MailboxLimits&, const MailboxLimits&) = default;
};

/// Whether every number is in its range. Thread: any.
/// Errors: invalid_argument (which one, and what is allowed).
[[nodiscard]] MOONWRIGHT_API Result<void> check(const Limits& limits);

/// "end_actor", "abort_message".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(OnLimit value) noexcept;
/// "none", "minimal", "standard", "large".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(MemoryClass value) noexcept;
/// "incremental", "generational".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(CollectorOptions::Mode value) noexcept;
/// The inverses. Errors: invalid_argument; the message lists the names.
[[nodiscard]] MOONWRIGHT_API Result<OnLimit> parse_on_limit(std::string_view name);
[[nodiscard]] MOONWRIGHT_API Result<MemoryClass> parse_memory_class(std::string_view name);
[[nodiscard]] MOONWRIGHT_API Result<CollectorOptions::Mode> parse_collector_mode(
    std::string_view name);

}  // namespace moonwright
