// error.hpp: what can go wrong, as codes to branch on and text to read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "moonwright/export.hpp"

namespace moonwright {

/// The kinds of failure that a caller may want to tell apart. The same names, as strings, are the
/// `code` of an error in Lua. Values are part of the message format: append, never renumber.
enum class ErrorCode : std::uint8_t {
  error = 0,             ///< a script raised an error of its own
  error_in_handler = 1,  ///< a message handler failed while it handled an error (LUA_ERRERR)
  timeout = 2,           ///< a deadline passed before the answer came
  cancelled = 3,         ///< somebody who may do so gave the work up; a promise was dropped
  dead = 4,              ///< the actor has ended, or ended before it answered
  killed = 5,            ///< the actor was killed before it answered
  stopped = 6,           ///< the actor or the runtime is stopping and takes no new work
  overload = 7,          ///< a bound was reached: mailbox, requests in flight, timers, children
  no_handler = 8,        ///< the actor has no handler of that name
  deadlock = 9,          ///< waiting would wait for itself
  denied = 10,           ///< the caller's sandbox does not allow this
  too_large = 11,        ///< a message or a result is over its cap
  memory_limit = 12,     ///< the state reached its memory limit
  instruction_limit = 13,
  cpu_limit = 14,
  quota_denied = 15,      ///< the runtime's memory budget has nothing left to lease
  invalid_argument = 16,  ///< the call itself is wrong
  syntax_error = 17,      ///< the script does not compile
  not_found = 18,         ///< no such file, actor or name
  already_exists = 19,    ///< the name is taken
  corrupt = 20,           ///< stored or received bytes are not what they claim to be
  incompatible = 21,      ///< stored bytes are of a version or a script that does not fit
  io = 22,                ///< the operating system refused; the message has its reason
  unsupported = 23,       ///< a value or an operation that cannot be carried
};

/// The code's name, for example "no_handler".
/// Thread: any. Returns a view of static storage.
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(ErrorCode code) noexcept;

/// The inverse of to_string(); nothing if `name` is no code.
[[nodiscard]] MOONWRIGHT_API std::optional<ErrorCode> parse_error_code(
    std::string_view name) noexcept;

/// A failure: a code for programs, a text and a Lua traceback for people.
struct Error {
  ErrorCode code = ErrorCode::error;
  std::string message;    ///< one line; names what, where and, if possible, what to do
  std::string traceback;  ///< of the script that failed; empty where no script was involved

  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace moonwright
