// refusal.hpp: why a message was not encoded, with the path to the place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "moonwright/error.hpp"
#include "moonwright/limits.hpp"

namespace moonwright::runtime {

/// Collects an Error such as `argument 2.items[3].on_click: a function cannot be sent (...)`.
///
/// It begins with the reason, where the encoder stopped, and goes on with one step of the path for
/// each table on the way out, when their keys are still at hand. So the path costs nothing until
/// there is something to refuse.
///
/// Everything here may throw std::bad_alloc.
class Refusal {
 public:
  /// The reason, in one line that says what to do about it.
  void begin(ErrorCode code, std::string reason);
  void too_deep(const MessageLimits& limits);
  void too_many_entries(const MessageLimits& limits);
  void too_many_bytes(const MessageLimits& limits);

  /// A step of the path, from the inside out: the entry under a string key, ...
  void in_field(std::string_view key);
  /// ... under an integer key, ...
  void in_index(std::int64_t index);
  /// ... under any other key, such as `true` or `table`.
  void in_other(std::string_view key);

  /// Ends the path with the number of the argument, from 1, and hands the Error over.
  [[nodiscard]] Error end(int argument);

 private:
  ErrorCode code_ = ErrorCode::error;
  std::string reason_;
  std::string path_;
};

}  // namespace moonwright::runtime
