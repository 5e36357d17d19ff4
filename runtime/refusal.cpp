// refusal.cpp: the texts of refused messages.
#include "runtime/refusal.hpp"

#include <algorithm>
#include <utility>

#include "moonwright/bytes.hpp"

namespace moonwright::runtime {

namespace {

constexpr std::size_t kKeyBytesMax = 40;
// A path of 64 fields would bury the reason: of a longer one both ends are shown.
constexpr std::size_t kPathHeadBytes = 120;
constexpr std::size_t kPathTailBytes = 80;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_identifier(std::string_view key) {
  return !key.empty() && is_letter(key.front()) &&
         std::all_of(key.begin(), key.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

// Printable ASCII on one line, whatever the key is made of.
std::string quoted(std::string_view key) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "[\"";
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += {'\\', c};
    } else if (byte >= 0x20 && byte < 0x7f) {
      text += c;
    } else {
      text += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 0xf]};
    }
  }
  return text;
}

}  // namespace

void Refusal::begin(ErrorCode code, std::string reason) {
  code_ = code;
  reason_ = std::move(reason);
  path_.clear();
}

void Refusal::too_deep(const MessageLimits& limits) {
  begin(ErrorCode::too_large, "message is nested deeper than " + std::to_string(limits.depth_max) +
                                  " tables (limits.message.depth_max)");
}

void Refusal::too_many_entries(const MessageLimits& limits) {
  begin(ErrorCode::too_large, "message has more than " + std::to_string(limits.entries_max) +
                                  " values (limits.message.entries_max)");
}

void Refusal::too_many_bytes(const MessageLimits& limits) {
  begin(ErrorCode::too_large,
        "message is larger than " + format_bytes(limits.bytes_max) + " (limits.message.bytes_max)");
}

void Refusal::in_field(std::string_view key) {
  const bool cut = key.size() > kKeyBytesMax;
  if (cut) key = key.substr(0, kKeyBytesMax);
  if (is_identifier(key)) {
    path_.insert(0, "." + std::string(key) + (cut ? "..." : ""));
  } else {
    path_.insert(0, quoted(key) + (cut ? "...\"]" : "\"]"));
  }
}

void Refusal::in_index(std::int64_t index) { path_.insert(0, "[" + std::to_string(index) + "]"); }

void Refusal::in_other(std::string_view key) { path_.insert(0, "[" + std::string(key) + "]"); }

Error Refusal::end(int argument) {
  if (path_.size() > kPathHeadBytes + kPathTailBytes) {
    path_.replace(kPathHeadBytes, path_.size() - kPathHeadBytes - kPathTailBytes, " ... ");
  }
  Error error{code_, "argument " + std::to_string(argument) + path_ + ": " + reason_, {}};
  *this = {};
  return error;
}

}  // namespace moonwright::runtime
