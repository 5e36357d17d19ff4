// checkpoint_path.cpp: see checkpoint_path.hpp.
#include "runtime/checkpoint_path.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string_view>
#include <utility>

namespace moonwright::runtime {

namespace {

constexpr std::size_t kKeyBytesMax = 40;
constexpr std::size_t kHeadBytesMax = 120;
constexpr std::size_t kTailBytesMax = 80;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_identifier(std::string_view key) {
  return !key.empty() && is_letter(key.front()) &&
         std::all_of(key.begin(), key.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

// Printable ASCII on one line, whatever it is made of.
std::string quoted(std::string_view key) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : key.substr(0, kKeyBytesMax)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += {'\\', c};
    } else if (byte >= 0x20 && byte < 0x7f) {
      text += c;
    } else {
      text += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 0xf]};
    }
  }
  return text + (key.size() > kKeyBytesMax ? "...\"" : "\"");
}

std::string step_text(const MoonwrightValue& key) {
  switch (key.kind) {
    case kMoonwrightString: {
      const std::string_view name(key.text, key.size);
      if (is_identifier(name) && name.size() <= kKeyBytesMax) return "." + std::string(name);
      return "[" + quoted(name) + "]";
    }
    case kMoonwrightInteger: return "[" + std::to_string(key.as.integer) + "]";
    case kMoonwrightFloat: {
      char text[40];
      std::snprintf(text, sizeof(text), "[%.14g]", key.as.real);
      return text;
    }
    case kMoonwrightTrue: return "[true]";
    case kMoonwrightFalse: return "[false]";
    case kMoonwrightTable: return "[table]";
    case kMoonwrightThread: return "[coroutine]";
    case kMoonwrightFunction:
    case kMoonwrightCFunction: return "[function]";
    default: return "[userdata]";
  }
}

}  // namespace

void CheckpointPath::begin(std::string root) {
  head_ = std::move(root);
  tail_.clear();
  is_cut_ = false;
}

void CheckpointPath::step(const MoonwrightValue& key) {
  const std::string text = step_text(key);
  add(head_.empty() && text.front() == '.' ? text.substr(1) : text);
}

void CheckpointPath::key() { add(" (the key)"); }

void CheckpointPath::metatable() { add(".<metatable>"); }

std::string CheckpointPath::text() && {
  if (head_.empty()) return "the globals";
  return std::move(head_) + (is_cut_ ? " ... " : "") + tail_;
}

void CheckpointPath::add(const std::string& text) {
  if (tail_.empty() && head_.size() + text.size() <= kHeadBytesMax) {
    head_ += text;
    return;
  }
  tail_ += text;
  if (tail_.size() <= kTailBytesMax) return;
  // Whole steps go, as far as they can be told apart.
  std::size_t from = tail_.find_first_of(".[", tail_.size() - kTailBytesMax);
  if (from == std::string::npos) from = tail_.size() - kTailBytesMax;
  tail_.erase(0, from);
  is_cut_ = true;
}

}  // namespace moonwright::runtime
