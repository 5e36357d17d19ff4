// json_writer.hpp: JSON, written from left to right.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "moonwright/result.hpp"
#include "moonwright/value.hpp"

namespace moonwright {

/// Appends to one string. Whoever uses it sees to it that what it begins is ended.
///
/// Thread: as std::string.
class JsonWriter {
 public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void null() { word("null"); }
  void boolean(bool value) { word(value ? "true" : "false"); }
  void integer(std::int64_t value) { word(std::to_string(value)); }
  void natural(std::uint64_t value) { word(std::to_string(value)); }
  /// Always recognisable as a float; NaN and the infinities are null.
  void number(double value);
  /// Bytes; what is not UTF-8 becomes U+FFFD.
  void string(std::string_view text);

  [[nodiscard]] std::size_t size() const noexcept { return text_.size(); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void open(char bracket);
  void close(char bracket);
  void word(std::string_view text);
  void separate();
  void quote(std::string_view text);

  std::string text_;
  bool first_ = true;  ///< nothing has come since the last bracket or key
};

/// Writes a list of values; answers what is wrong with them, or nothing.
[[nodiscard]] Result<void> write_values(JsonWriter& json, const Values& values);

}  // namespace moonwright
