// child_end.hpp: what a supervised actor tells its supervisor when one of its lives is over.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lifecycle/restart_rule.hpp"
#include "moonwright/error.hpp"
#include "moonwright/value.hpp"
#include "runtime/message.hpp"

namespace moonwright::actors {

/// The end of one incarnation.
struct ChildEnd {
  std::uint64_t child = 0;  ///< its number at the supervisor
  std::uint32_t incarnation = 0;
  bool final = false;  ///< otherwise the actor waits to be restarted or released
  std::string reason;
  Error error;
  std::string message_name;  ///< of the message that was being handled; empty: none
  std::uint64_t memory_bytes = 0;
  std::size_t mailbox_messages = 0;
};

/// As the payload of `child_ended`. Long texts are cut.
[[nodiscard]] Values encode_end(ChildEnd end);
/// The inverse. Requires: encode_end() made it.
[[nodiscard]] ChildEnd decode_end(const Values& values);

/// What kind of end a reason is: "normal"; "stopped" and "shutdown", also followed by a colon and
/// more, are ends in order; everything else is a failure.
[[nodiscard]] lifecycle::EndKind end_kind_of(std::string_view reason) noexcept;

}  // namespace moonwright::actors
