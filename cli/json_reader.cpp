// json_reader.cpp: a descent, a function for each kind of value.
#include "cli/json_reader.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace moonwright::cli {
namespace {

constexpr int kDepthMax = 200;

class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : text_(text) {}

  Result<Value> read() {
    auto value = read_value(0);
    skip_space();
    if (value && at_ == text_.size()) return std::move(*value);
    return fail(ErrorCode::corrupt, "no JSON at byte " + std::to_string(at_));
  }

 private:
  std::optional<Value> read_value(int depth) {
    skip_space();
    if (at_ == text_.size() || depth > kDepthMax) return {};
    switch (text_[at_]) {
      case '{': return read_object(depth);
      case '[': return read_list(depth);
      case '"': {
        auto text = read_text();
        return text ? std::optional<Value>(std::move(*text)) : std::nullopt;
      }
      case 't': return take("true") ? std::optional<Value>(true) : std::nullopt;
      case 'f': return take("false") ? std::optional<Value>(false) : std::nullopt;
      case 'n': return take("null") ? std::optional<Value>(Value()) : std::nullopt;
      default: return read_number();
    }
  }

  std::optional<Value> read_object(int depth) {
    Table table;
    ++at_;
    if (takes('}')) return table;
    do {
      skip_space();
      auto key = read_text();
      if (!key || !takes(':')) return {};
      auto value = read_value(depth + 1);
      if (!value) return {};
      table.set(std::move(*key), std::move(*value));
    } while (takes(','));
    if (!takes('}')) return {};
    return table;
  }

  std::optional<Value> read_list(int depth) {
    Values elements;
    ++at_;
    if (takes(']')) return Table{};
    do {
      auto value = read_value(depth + 1);
      if (!value) return {};
      elements.push_back(std::move(*value));
    } while (takes(','));
    if (!takes(']')) return {};
    return Table::list(std::move(elements));
  }

  std::optional<Value> read_number() {
    const char* const begin = text_.data() + at_;
    const char* const end = text_.data() + text_.size();
    std::int64_t integer = 0;
    const auto whole = std::from_chars(begin, end, integer);
    const bool goes_on =
        whole.ptr != end && (*whole.ptr == '.' || *whole.ptr == 'e' || *whole.ptr == 'E');
    if (whole.ec == std::errc() && !goes_on) {
      at_ += static_cast<std::size_t>(whole.ptr - begin);
      return Value(integer);
    }
    double number = 0;
    const auto any = std::from_chars(begin, end, number);
    if (any.ec != std::errc()) return {};
    at_ += static_cast<std::size_t>(any.ptr - begin);
    return Value(number);
  }

  std::optional<std::string> read_text() {
    if (at_ == text_.size() || text_[at_] != '"') return {};
    std::string text;
    for (++at_; at_ < text_.size(); ++at_) {
      const char letter = text_[at_];
      if (letter == '"') {
        ++at_;
        return text;
      }
      if (letter != '\\') {
        text += letter;
      } else if (++at_ == text_.size() || !read_escape(text)) {
        return {};
      }
    }
    return {};
  }

  bool read_escape(std::string& text) {
    switch (text_[at_]) {
      case 'n': text += '\n'; return true;
      case 't': text += '\t'; return true;
      case 'r': text += '\r'; return true;
      case 'b': text += '\b'; return true;
      case 'f': text += '\f'; return true;
      case '"':
      case '\\':
      case '/': text += text_[at_]; return true;
      case 'u': return read_code_point(text);
      default: return false;
    }
  }

  bool read_hex(std::uint32_t& code) {
    if (text_.size() - at_ < 5) return false;
    const char* const begin = text_.data() + at_ + 1;
    const auto read = std::from_chars(begin, begin + 4, code, 16);
    at_ += 4;
    return read.ec == std::errc() && read.ptr == begin + 4;
  }

  bool read_code_point(std::string& text) {
    std::uint32_t code = 0;
    if (!read_hex(code)) return false;
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_ + 1).starts_with("\\u")) {
      at_ += 2;
      std::uint32_t low = 0;
      if (!read_hex(low) || low < 0xDC00 || low > 0xDFFF) return false;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(code, text);
    return true;
  }

  static void append_utf8(std::uint32_t code, std::string& text) {
    const auto continued = [&text, code](int shift) {
      text += static_cast<char>(0x80 | ((code >> shift) & 0x3F));
    };
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += static_cast<char>(0xC0 | (code >> 6));
      continued(0);
    } else if (code < 0x10000) {
      text += static_cast<char>(0xE0 | (code >> 12));
      continued(6);
      continued(0);
    } else {
      text += static_cast<char>(0xF0 | (code >> 18));
      continued(12);
      continued(6);
      continued(0);
    }
  }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool takes(char letter) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Value> read_json(std::string_view text) { return Reader(text).read(); }

}  // namespace moonwright::cli
