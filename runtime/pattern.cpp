// pattern.cpp: the matcher. A pattern is read anew at each place where it is tried; what makes that
// cheap is that an item is read once for a whole run of characters, and that places which cannot
// begin a match are passed over without trying.
#include "runtime/pattern.hpp"

#include <algorithm>
#include <cstring>
#include <lua.hpp>

namespace moonwright::runtime {
namespace {

/// Bytes that are looked at between two payments.
constexpr std::ptrdiff_t kStride = 4096;

unsigned char byte_at(const char* at) noexcept { return static_cast<unsigned char>(*at); }

bool is_alphanumeric(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_repeat(char c) noexcept { return c == '*' || c == '+' || c == '-' || c == '?'; }

}  // namespace

Matcher::Matcher(lua_State* L, Toll& toll, std::string_view subject,
                 std::string_view pattern) noexcept
    : L_(L),
      toll_(toll),
      subject_(subject.data()),
      subject_end_(subject.data() + subject.size()),
      pattern_(pattern.data()),
      pattern_end_(pattern.data() + pattern.size()),
      left_(steps_max(subject.size() + pattern.size())) {}

void Matcher::settle() {
  left_ -= due_;
  toll_.pay(static_cast<std::size_t>(due_));
  due_ = 0;
  if (left_ < 0) luaL_error(L_, "pattern too complex");
}

// Searching -------------------------------------------------------------------------------------

const char* Matcher::attempt(const char* s) {
  depth_ = level_ = opened_ = 0;
  return match(s, pattern_);
}

Match Matcher::match_at(const char* from) {
  const char* end = attempt(from);
  settle();
  return end != nullptr ? Match{from, end} : Match{};
}

Match Matcher::search(const char* from, const char* not_ending_at) {
  const char* s = leading_known_ ? next_candidate(from) : from;
  for (;;) {
    const char* end = attempt(s);
    if (end != nullptr && end != not_ending_at) {
      settle();
      return {s, end};
    }
    if (s == subject_end_) break;
    // Only now is it worth knowing: many searches end where they begin.
    if (!leading_known_) read_leading();
    // A repetition at the front that failed here has tried all places that it would reach from
    // within the same run, too. Only what refers back to its text could tell them apart.
    const char* const run_end =
        end == nullptr && leading_.repeated ? run_of(leading_.single, s) : s;
    s = next_candidate(std::max(s + 1, run_end));
  }
  settle();
  return {};
}

/// Finds out what the pattern begins with, behind the beginnings of captures.
void Matcher::read_leading() {
  leading_known_ = true;
  leading_.required = leading_.repeated = false;
  const char* p = pattern_;
  for (int begun = 0; p != pattern_end_ && *p == '('; ++begun) {
    if (begun == kCapturesMax) return;
    p += p[1] == ')' ? 2 : 1;
  }
  if (p == pattern_end_ || *p == ')' || (*p == '$' && p + 1 == pattern_end_)) return;
  if (*p == '%') {
    if (p[1] == 'f' || (p[1] >= '0' && p[1] <= '9')) return;
    if (p[1] == 'b') {
      if (pattern_end_ - p < 4) return;
      leading_.required = true;
      leading_.single = {Single::Kind::byte, byte_at(p + 2), nullptr, p + 4};
      return;
    }
  }
  leading_.single = single_at(p);
  if (leading_.single.kind == Single::Kind::set) {
    leading_.members = *leading_.single.set;
    leading_.single.set = &leading_.members;
  }
  const char* const rest = leading_.single.rest;
  const char repeat = rest != pattern_end_ ? *rest : '\0';
  leading_.required =
      leading_.single.kind != Single::Kind::any && (!is_repeat(repeat) || repeat == '+');
  leading_.repeated = is_repeat(repeat) && repeat != '?' && !refers_back(rest);
}

/// Whether there may be a `%1` in the pattern from `p` on.
bool Matcher::refers_back(const char* p) const noexcept {
  for (; p != pattern_end_; ++p) {
    if (*p == '%' && p[1] >= '0' && p[1] <= '9') return true;
  }
  return false;
}

/// The first place from `s` on where a match may begin, or the end.
const char* Matcher::next_candidate(const char* s) {
  if (!leading_.required) return s;
  const Single single = leading_.single;
  while (s != subject_end_) {
    const char* const stop = s + std::min(subject_end_ - s, kStride);
    const char* at = s;
    if (single.kind == Single::Kind::byte) {
      const void* found = std::memchr(s, single.byte, static_cast<std::size_t>(stop - s));
      at = found != nullptr ? static_cast<const char*>(found) : stop;
      pay(static_cast<std::size_t>(at - s) / Toll::kBytesPerStep);
    } else {
      while (at != stop && !single.fits(byte_at(at))) ++at;
      pay(static_cast<std::size_t>(at - s));
    }
    if (at != stop) return at;
    s = at;
  }
  return s;
}

// Matching --------------------------------------------------------------------------------------

/// Where a match that begins at `s` of the pattern from `p` on ends; null if there is none.
const char* Matcher::match(const char* s, const char* p) {
  if (depth_ == kDepthMax) luaL_error(L_, "pattern too complex");
  ++depth_;
  const char* end = match_items(s, p);
  --depth_;
  return end;
}

const char* Matcher::match_items(const char* s, const char* p) {
  while (p != pattern_end_) {
    pay(1);
    switch (*p) {
      case '(':
        return p[1] == ')' ? open_capture(s, p + 2, kPosition) : open_capture(s, p + 1, kOpen);
      case ')': return close_capture(s, p + 1);
      case '$':
        if (p + 1 == pattern_end_) return s == subject_end_ ? s : nullptr;
        break;
      case '%':
        if (p[1] == 'b') {
          s = match_balanced(s, p + 2);
          if (s == nullptr) return nullptr;
          p += 4;
          continue;
        }
        if (p[1] == 'f') {
          if (p[2] != '[') luaL_error(L_, "missing '[' after '%%f' in pattern");
          const KnownSet& set = set_at(p + 2);
          const unsigned char before = s == subject_ ? 0 : byte_at(s - 1);
          const unsigned char behind = s == subject_end_ ? 0 : byte_at(s);
          if (set.members.has(before) || !set.members.has(behind)) return nullptr;
          p = set.rest;
          continue;
        }
        if (p[1] >= '0' && p[1] <= '9') {
          s = match_capture(s, p[1]);
          if (s == nullptr) return nullptr;
          p += 2;
          continue;
        }
        break;
      default: break;
    }
    const Single single = single_at(p);
    const bool fits = s != subject_end_ && single.fits(byte_at(s));
    const char repeat = single.rest != pattern_end_ ? *single.rest : '\0';
    if (!is_repeat(repeat)) {
      if (!fits) return nullptr;
      ++s;
      p = single.rest;
      continue;
    }
    const char* const rest = single.rest + 1;
    if (fits) {
      switch (repeat) {
        case '*': return repeat_most(single, s, s + 1, rest);
        case '+': return repeat_most(single, s + 1, s + 1, rest);
        case '-': return repeat_least(p, s, rest);
        default:
          if (const char* end = match(s + 1, rest)) return end;
      }
    } else if (repeat == '+') {
      return nullptr;
    }
    p = rest;  // without the item
  }
  return s;
}

/// As many characters as `single` fits from `s` on, then fewer and fewer, down to `first`, until
/// the rest of the pattern matches, too.
const char* Matcher::repeat_most(const Single& single, const char* first, const char* s,
                                 const char* rest) {
  const char* at = run_of(single, s);
  if (rest == pattern_end_) return at;
  const int required = required_byte(rest);
  for (;; --at) {
    if (required == kAnyByte || byte_at(at) == required) {
      if (const char* end = match(at, rest)) return end;
    }
    if (at == first) return nullptr;
    pay(1);
  }
}

/// As few characters as possible: none, then one more and one more as long as `item` fits.
const char* Matcher::repeat_least(const char* item, const char* s, const char* rest) {
  Single single = single_at(item);
  const int required = required_byte(rest);
  for (;; ++s) {
    if (required == kAnyByte || byte_at(s) == required) {
      if (const char* end = match(s, rest)) return end;
      single = single_at(item);  // its set may have had to go
    }
    if (s == subject_end_ || !single.fits(byte_at(s))) return nullptr;
    pay(1);
  }
}

/// The end of the run of characters from `s` on that `single` fits.
const char* Matcher::run_of(const Single& single, const char* s) {
  if (single.kind == Single::Kind::any) return subject_end_;
  while (s != subject_end_) {
    const char* const stop = s + std::min(subject_end_ - s, kStride);
    const char* at = s;
    while (at != stop && single.fits(byte_at(at))) ++at;
    pay(static_cast<std::size_t>(at - s));
    if (at != stop) return at;
    s = at;
  }
  return s;
}

/// The byte that whatever matches the pattern from `p` on begins with, if it is always the same.
/// Where matching would find a mistake in the pattern there is none: it has to find it.
int Matcher::required_byte(const char* p) const {
  int opened = opened_;
  int level = level_;
  for (; p != pattern_end_; ++p) {
    if (*p == '(') {
      ++opened;
      if (++level > kCapturesMax) return kAnyByte;
    } else if (*p == ')') {
      if (--opened < 0) return kAnyByte;
    } else {
      break;
    }
  }
  if (p == pattern_end_ || *p == '.' || *p == '[') return kAnyByte;
  if (*p == '$' && p + 1 == pattern_end_) return kAnyByte;
  if (*p == '%' && (++p == pattern_end_ || is_alphanumeric(*p))) return kAnyByte;
  const bool optional = p + 1 != pattern_end_ && is_repeat(p[1]) && p[1] != '+';
  return optional ? kAnyByte : byte_at(p);
}

// Captures --------------------------------------------------------------------------------------

const char* Matcher::open_capture(const char* s, const char* rest, std::ptrdiff_t size) {
  if (level_ == kCapturesMax) luaL_error(L_, "too many captures");
  const int opens = size == kOpen ? 1 : 0;
  captures_[level_] = {s, size};
  ++level_;
  opened_ += opens;
  const char* end = match(s, rest);
  if (end == nullptr) {
    --level_;
    opened_ -= opens;
  }
  return end;
}

const char* Matcher::close_capture(const char* s, const char* rest) {
  if (opened_ == 0) luaL_error(L_, "invalid pattern capture");
  int index = level_ - 1;
  while (captures_[index].size != kOpen) --index;
  captures_[index].size = s - captures_[index].begin;
  --opened_;
  const char* end = match(s, rest);
  if (end == nullptr) {
    captures_[index].size = kOpen;
    ++opened_;
  }
  return end;
}

/// What the capture that `digit` names has matched, once more.
const char* Matcher::match_capture(const char* s, char digit) {
  const int index = digit - '1';
  if (index < 0 || index >= level_ || captures_[index].size == kOpen) {
    luaL_error(L_, "invalid capture index %%%d", index + 1);
  }
  const auto [begin, size] = captures_[index];
  if (size == kPosition || size > subject_end_ - s) return nullptr;
  pay(static_cast<std::size_t>(size) / Toll::kBytesPerStep);
  return std::memcmp(begin, s, static_cast<std::size_t>(size)) == 0 ? s + size : nullptr;
}

Matcher::Capture Matcher::capture(int index, const Match& match) const {
  if (index >= level_) {
    if (index != 0) luaL_error(L_, "invalid capture index %%%d", index + 1);
    return {match.text()};
  }
  const auto [begin, size] = captures_[index];
  if (size == kOpen) luaL_error(L_, "unfinished capture");
  if (size == kPosition) return {{}, begin - subject_ + 1};
  return {{begin, static_cast<std::size_t>(size)}};
}

void Matcher::push_capture(int index, const Match& match) const {
  const Capture found = capture(index, match);
  if (found.position != 0) {
    lua_pushinteger(L_, found.position);
  } else {
    lua_pushlstring(L_, found.text.data(), found.text.size());
  }
}

int Matcher::push_captures(const Match& match) const {
  const int count = level_ == 0 && match ? 1 : level_;
  // A C function has this much stack without asking, whatever else it has pushed.
  if (count > LUA_MINSTACK / 2) luaL_checkstack(L_, count, "too many captures");
  for (int i = 0; i < count; ++i) push_capture(i, match);
  return count;
}

// Items -----------------------------------------------------------------------------------------

/// `%bxy`, whose two characters are at `p`: an x at `s` and all up to the y that closes it.
const char* Matcher::match_balanced(const char* s, const char* p) {
  if (pattern_end_ - p < 2) {
    luaL_error(L_, "malformed pattern (missing arguments to '%%b')");
  }
  if (s == subject_end_ || *s != p[0]) return nullptr;
  const char opens = p[0];
  const char closes = p[1];
  std::size_t depth = 1;
  for (++s; s != subject_end_;) {
    const char* const begin = s;
    const char* const stop = s + std::min(subject_end_ - s, kStride);
    for (; s != stop; ++s) {
      if (*s == closes) {
        if (--depth == 0) break;
      } else if (*s == opens) {
        ++depth;
      }
    }
    pay(static_cast<std::size_t>(s - begin));
    if (depth == 0) return s + 1;
  }
  return nullptr;
}

/// The single character that the pattern has at `p`, before any `*`, `+`, `-` or `?`.
Matcher::Single Matcher::single_at(const char* p) {
  switch (*p) {
    case '.': return {Single::Kind::any, 0, nullptr, p + 1};
    case '[': {
      const KnownSet& set = set_at(p);
      return {Single::Kind::set, 0, &set.members, set.rest};
    }
    case '%': {
      if (p + 1 == pattern_end_) luaL_error(L_, "malformed pattern (ends with '%%')");
      const ByteSet* found = class_of(p[1]);
      const auto kind = found != nullptr ? Single::Kind::set : Single::Kind::byte;
      return {kind, byte_at(p + 1), found, p + 2};
    }
    default: return {Single::Kind::byte, byte_at(p), nullptr, p + 1};
  }
}

/// The set in brackets at `p`. Valid until another one is asked for.
const Matcher::KnownSet& Matcher::set_at(const char* p) {
  const unsigned known = std::min<unsigned>(sets_made_, kSetsKept);
  for (unsigned i = 0; i < known; ++i) {
    if (sets_[i].begin == p) return sets_[i];
  }
  KnownSet& set = sets_[sets_made_ % kSetsKept];
  set.begin = nullptr;
  set.members = {};
  set.rest = read_set(p, set.members);
  set.begin = p;
  ++sets_made_;
  pay(static_cast<std::size_t>(set.rest - p));
  return set;
}

/// Reads the set in brackets at `p` into `members` and returns what is behind it.
const char* Matcher::read_set(const char* p, ByteSet& members) const {
  const auto check = [this](const char* at) {
    if (at == pattern_end_) luaL_error(L_, "malformed pattern (missing ']')");
  };
  const bool inverted = p[1] == '^';
  const char* const first = p + (inverted ? 2 : 1);
  // A bracket that comes first, or after a %, does not close the set.
  const char* close = first;
  do {
    check(close);
    if (*close++ == '%' && close != pattern_end_) ++close;
    check(close);
  } while (*close != ']');

  for (const char* at = first; at < close;) {
    if (*at == '%') {
      const ByteSet* found = class_of(at[1]);
      if (found != nullptr) {
        members.add_all(*found);
      } else {
        members.add(byte_at(at + 1));
      }
      at += 2;
    } else if (close - at > 2 && at[1] == '-') {
      members.add_range(byte_at(at), byte_at(at + 2));
      at += 3;
    } else {
      members.add(byte_at(at++));
    }
  }
  if (inverted) members.invert();
  return close + 1;
}

}  // namespace moonwright::runtime
