// render.cpp: a walk over a value, with an allowance.
#include "cli/render.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <moonwright/bytes.hpp>
#include <moonwright/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

namespace moonwright::cli {
namespace {

/// What may still be written out.
class Allowance {
 public:
  /// Charges one node and the bytes it carries. After the first refusal all is refused, so that a
  /// walk through an endless tree ends.
  [[nodiscard]] bool take(std::size_t bytes) noexcept {
    constexpr std::size_t kNodeBytes = 16;
    const std::size_t cost = bytes + kNodeBytes;
    left_ = cost > left_ ? 0 : left_ - cost;
    return left_ > 0;
  }
  [[nodiscard]] bool exhausted() const noexcept { return left_ == 0; }

 private:
  std::size_t left_ = kWrittenBytesMax;
};

tl::unexpected<Error> refuse() {
  return fail(ErrorCode::too_large,
              "the values take more than " + format_bytes(kWrittenBytesMax) + " when written out");
}

/// As Lua's tostring(): 14 digits, and always recognisable as a float.
std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.14g", number);
  std::string result = text.data();
  if (result.find_first_not_of("-0123456789") == std::string::npos) result += ".0";
  return result;
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      result += '\\';
      result += character;
    } else if (character == '\n') {
      result += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\%03u", static_cast<unsigned>(byte));
      result += escape.data();
    } else {
      result += character;
    }
  }
  return result + '"';
}

bool is_identifier(std::string_view text) {
  static constexpr std::array<std::string_view, 22> kReserved{
      "and",      "break",  "do",   "else", "elseif", "end",  "false", "for",
      "function", "goto",   "if",   "in",   "local",  "nil",  "not",   "or",
      "repeat",   "return", "then", "true", "until",  "while"};
  const auto letter = [](char c) {
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_';
  };
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  return !text.empty() && letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || digit(c); }) &&
         std::find(kReserved.begin(), kReserved.end(), text) == kReserved.end();
}

/// A value that is no table, as it looks outside and inside of one.
std::string scalar_text(const Value& value) {
  if (value.is_nil()) return "nil";
  if (value.is_boolean()) return value.as_boolean() ? "true" : "false";
  if (value.is_integer()) return std::to_string(value.as_integer());
  if (value.is_float()) return float_text(value.as_float());
  if (value.is_ref()) return "actor " + std::to_string(value.as_ref().id());
  return std::string(value.as_string());
}

void append_nested(const Value& value, std::string& out, Allowance& allowance);

std::string key_text(const Value& key, Allowance& allowance) {
  if (key.is_string() && is_identifier(key.as_string())) return std::string(key.as_string());
  std::string text = "[";
  append_nested(key, text, allowance);
  return text + ']';
}

void append_table(const Table& table, std::string& out, Allowance& allowance) {
  const char* separator = "";
  out += '{';
  for (const Value& element : table.elements()) {
    if (allowance.exhausted()) return;
    out += separator;
    separator = ", ";
    append_nested(element, out, allowance);
  }
  std::vector<std::pair<std::string, const Value*>> fields;
  for (const auto& [key, value] : table.fields()) {
    if (allowance.exhausted()) return;
    fields.emplace_back(key_text(key, allowance), &value);
  }
  std::sort(fields.begin(), fields.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [key, value] : fields) {
    if (allowance.exhausted()) return;
    out += separator + key + " = ";
    separator = ", ";
    append_nested(*value, out, allowance);
  }
  out += '}';
}

void append_nested(const Value& value, std::string& out, Allowance& allowance) {
  if (!allowance.take(value.as_string().size())) return;
  if (value.is_table()) {
    append_table(value.as_table(), out, allowance);
  } else {
    out += value.is_string() ? quoted(value.as_string()) : scalar_text(value);
  }
}

}  // namespace

Result<std::string> values_as_text(const Values& values) {
  Allowance allowance;
  std::string text;
  for (const Value& value : values) {
    if (value.is_string()) {
      if (allowance.take(value.as_string().size())) text += value.as_string();
    } else {
      append_nested(value, text, allowance);
    }
    if (allowance.exhausted()) return refuse();
    text += '\n';
  }
  return text;
}

}  // namespace moonwright::cli
