// json.cpp: see json.hpp and json_writer.hpp.
#include "moonwright/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "moonwright/bytes.hpp"
#include "runtime/api/json_writer.hpp"

namespace moonwright {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kHexDigits = "0123456789abcdef";

/// Tables inside tables that are written; what came out of a script has at most 128.
constexpr int kDepthMax = 200;

// The length of the UTF-8 sequence at the start of `text`; 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u;
  };
  const auto continues = [&byte](std::size_t at) { return (byte(at) & 0xC0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  // Neither longer than necessary, nor a surrogate, nor beyond the last character.
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool valid = (first != 0xE0 || byte(1) >= 0xA0) && (first != 0xED || byte(1) <= 0x9F);
    return valid && continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool valid = (first != 0xF0 || byte(1) >= 0x90) && (first != 0xF4 || byte(1) <= 0x8F);
    return valid && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

std::string number_text(double value) {
  std::array<char, 40> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  std::string result(text.data(), error == std::errc() ? end : text.data());
  if (result.find_first_not_of("-0123456789") == std::string::npos) result += ".0";
  return result;
}

/// What may still be written, by all that write together.
class Allowance {
 public:
  /// Charges one value and the bytes it carries. After the first refusal all is refused, so that
  /// the walk through a tree that does not end is over soon.
  [[nodiscard]] bool take(std::size_t bytes) noexcept {
    constexpr std::size_t kValueBytes = 16;
    const std::size_t cost = bytes + kValueBytes;
    left_ = cost > left_ ? 0 : left_ - cost;
    return left_ > 0;
  }
  void exhaust() noexcept { left_ = 0; }
  [[nodiscard]] bool exhausted() const noexcept { return left_ == 0; }

 private:
  std::size_t left_ = kWrittenBytesMax;
};

class ValueWriter {
 public:
  ValueWriter(JsonWriter& json, Allowance& allowance) noexcept
      : json_(json), allowance_(allowance) {}

  /// False once there is too much of it.
  [[nodiscard]] bool write(const Value& value, int depth = 0) {
    if (depth > kDepthMax) allowance_.exhaust();
    if (!allowance_.take(value.as_string().size())) return false;
    if (value.is_table()) {
      write_table(value.as_table(), depth);
    } else {
      write_leaf(value);
    }
    return !allowance_.exhausted();
  }

 private:
  struct Entry {
    std::string name;
    bool is_string;
    const Value* value;
  };

  void write_leaf(const Value& value) {
    if (value.is_boolean()) return json_.boolean(value.as_boolean());
    if (value.is_integer()) return json_.integer(value.as_integer());
    if (value.is_float()) return json_.number(value.as_float());
    if (value.is_string()) return json_.string(value.as_string());
    if (!value.is_ref()) return json_.null();
    json_.begin_object();
    json_.key("actor");
    json_.natural(value.as_ref().id());
    json_.end_object();
  }

  void write_table(const Table& table, int depth) {
    if (!table.fields().empty()) return write_object(table, depth);
    json_.begin_array();
    for (const Value& element : table.elements()) {
      if (!write(element, depth + 1)) return;
    }
    json_.end_array();
  }

  void write_object(const Table& table, int depth) {
    std::vector<Entry> entries;
    std::int64_t index = 0;
    for (const Value& element : table.elements()) {
      if (!allowance_.take(0)) return;
      entries.push_back({std::to_string(++index), false, &element});
    }
    for (const auto& [key, value] : table.fields()) {
      std::string name = key_text(key, depth);
      // What a table is written as grows by its quotes with every level that it is a key in.
      if (!allowance_.take(name.size())) return;
      entries.push_back({std::move(name), key.is_string(), &value});
    }
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return a.name != b.name ? a.name < b.name : a.is_string > b.is_string;
    });
    json_.begin_object();
    const std::string* previous = nullptr;
    for (const Entry& entry : entries) {
      if (previous != nullptr && *previous == entry.name) continue;
      previous = &entry.name;
      json_.key(entry.name);
      if (!write(*entry.value, depth + 1)) return;
    }
    json_.end_object();
  }

  std::string key_text(const Value& key, int depth) {
    if (key.is_string()) return std::string(key.as_string());
    if (key.is_boolean()) return key.as_boolean() ? "true" : "false";
    if (key.is_integer()) return std::to_string(key.as_integer());
    if (key.is_float()) {
      const double number = key.as_float();
      return std::isinf(number) ? (number > 0 ? "inf" : "-inf") : number_text(number);
    }
    JsonWriter text;
    static_cast<void>(ValueWriter(text, allowance_).write(key, depth + 1));
    return text.take();
  }

  JsonWriter& json_;
  Allowance& allowance_;
};

}  // namespace

void JsonWriter::separate() {
  if (!first_) text_ += ',';
  first_ = false;
}

void JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  first_ = true;
}

void JsonWriter::close(char bracket) {
  text_ += bracket;
  first_ = false;
}

void JsonWriter::key(std::string_view name) {
  separate();
  quote(name);
  text_ += ':';
  first_ = true;
}

void JsonWriter::word(std::string_view text) {
  separate();
  text_ += text;
}

void JsonWriter::number(double value) { std::isfinite(value) ? word(number_text(value)) : null(); }

void JsonWriter::string(std::string_view text) {
  separate();
  quote(text);
}

void JsonWriter::quote(std::string_view text) {
  text_ += '"';
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const auto letter = static_cast<unsigned char>(text.front());
    if (length == 0) {
      text_ += kReplacement;
    } else if (letter == '"' || letter == '\\') {
      text_ += '\\';
      text_ += text.front();
    } else if (letter == '\n') {
      text_ += "\\n";
    } else if (letter == '\t') {
      text_ += "\\t";
    } else if (letter < 0x20 || letter == 0x7f) {
      text_ += "\\u00";
      text_ += kHexDigits[letter >> 4];
      text_ += kHexDigits[letter & 15];
    } else {
      text_ += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  text_ += '"';
}

Result<void> write_values(JsonWriter& json, const Values& values) {
  Allowance allowance;
  ValueWriter writer(json, allowance);
  json.begin_array();
  for (const Value& value : values) {
    if (writer.write(value)) continue;
    return fail(ErrorCode::too_large, "the values take more than " +
                                          format_bytes(kWrittenBytesMax) + " when written out");
  }
  json.end_array();
  return {};
}

Result<std::string> to_json(const Values& values) {
  JsonWriter json;
  if (auto written = write_values(json, values); !written) return fail(std::move(written.error()));
  return json.take();
}

}  // namespace moonwright
