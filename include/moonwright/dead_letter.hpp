// dead_letter.hpp: messages that nobody will handle any more.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "moonwright/actor_ref.hpp"
#include "moonwright/error.hpp"
#include "moonwright/export.hpp"
#include "moonwright/value.hpp"

namespace moonwright {

/// What became of a message that was not handled to its end.
enum class DeadLetterKind : std::uint8_t {
  crashed,   ///< its handler failed, and the actor with it
  failed,    ///< its handler failed; nobody waits for an answer
  unread,    ///< a one-way message that was in the mailbox when its actor ended
  overload,  ///< its receiver had no memory to decode it, or to wake for it
};
inline constexpr std::size_t kDeadLetterKinds = 4;

/// "crashed", "failed", "unread", "overload".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(DeadLetterKind value) noexcept;

struct DeadLetter {
  DeadLetterKind kind = DeadLetterKind::failed;
  std::chrono::system_clock::time_point time{};
  ActorRef receiver{};
  std::string receiver_name{};
  std::uint32_t incarnation = 0;
  ActorRef sender{};           ///< empty, or the runtime's own port, if no actor sent it
  std::string message_name{};  ///< cut after 200 bytes
  std::size_t size_bytes = 0;  ///< encoded, with the name
  /// What came with the name. Nothing if it was more than 4 KiB, or if C++ has no such value (a
  /// table that contains itself).
  std::optional<Values> args{};
  Error error{};  ///< why
};

/// How many there have been of each kind, by its number.
using DeadLetterCounts = std::array<std::uint64_t, kDeadLetterKinds>;

}  // namespace moonwright
