// limits.hpp: what one actor may use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace moonwright {

/// No limit of its own. The runtime's budget still holds.
inline constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

/// What one message may weigh. Checked where it is encoded, at the sender: `too_large`.
struct MessageLimits {
  std::uint32_t depth_max = 64;         ///< nested tables, 1..128
  std::uint32_t entries_max = 100'000;  ///< table entries and top-level values, all together
  std::uint32_t bytes_max = 1u << 20;   ///< encoded size, up to 1 GiB

  friend bool operator==(const MessageLimits&, const MessageLimits&) = default;
};

/// What one actor may use. A value type: copy it, change a field, pass it on.
struct Limits {
  /// Memory of the Lua state, in bytes. At the limit an allocation fails after one full collection.
  std::uint64_t memory_bytes_max = 50ull << 20;
  /// Handlers that wait at an await at the same time. At the bound user messages stay in the
  /// mailbox; replies and timers go on.
  std::uint32_t in_flight_max = 1'000;
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

}  // namespace moonwright
