// string_library.cpp: searching, replacing and repeating.
#include "runtime/string_library.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <lua.hpp>
#include <new>
#include <string_view>
#include <type_traits>

#include "runtime/pattern.hpp"
#include "runtime/string_arguments.hpp"
#include "runtime/string_buffer.hpp"
#include "runtime/string_format.hpp"
#include "runtime/string_pack.hpp"
#include "runtime/string_slices.hpp"
#include "runtime/toll.hpp"

namespace moonwright::runtime {
namespace {

/// What calling a replacement function or looking into a replacement table counts as.
constexpr std::size_t kStepsPerReplacement = 8;

/// The optional argument "init" as an offset; it may be beyond the end of a string of `size` bytes.
std::size_t offset_of_init(lua_State* L, int index, std::size_t size) {
  const lua_Integer init = luaL_optinteger(L, index, 1);
  if (init > 0) return static_cast<std::size_t>(init) - 1;
  if (init == 0 || init < -static_cast<lua_Integer>(size)) return 0;
  return size - static_cast<std::size_t>(-init);
}

/// Removes the anchor from the front of `pattern`, if there is one.
bool take_anchor(std::string_view& pattern) {
  const bool anchored = !pattern.empty() && pattern.front() == '^';
  if (anchored) pattern.remove_prefix(1);
  return anchored;
}

// find and match --------------------------------------------------------------------------------

constexpr ByteSet make_specials() {
  ByteSet set{};
  for (const char c : std::string_view("^$*+?.([%-")) set.add(static_cast<unsigned char>(c));
  return set;
}

/// Whether `pattern` says more than itself.
bool has_specials(std::string_view pattern, Toll& toll) {
  static constexpr ByteSet kSpecials = make_specials();
  toll.pay_bytes(pattern.size());
  return std::any_of(pattern.begin(), pattern.end(),
                     [](char c) { return kSpecials.has(static_cast<unsigned char>(c)); });
}

/// The first place of `wanted` in `text`, or null, in a time that is linear whatever they are. One
/// block after the other, so that it can pay; blocks overlap by less than a quarter.
const char* find_linearly(std::string_view text, std::string_view wanted, Toll& toll) {
  constexpr std::size_t kBytesPerStep = 4;  // where the strings are made to deceive it
  const std::size_t block = std::max(std::size_t{32} << 10, 4 * wanted.size());
  while (text.size() >= wanted.size()) {
    const std::size_t size = std::min(text.size(), block);
    const void* found = ::memmem(text.data(), size, wanted.data(), wanted.size());
    toll.pay(1 + size / kBytesPerStep);
    if (found != nullptr) return static_cast<const char*>(found);
    if (size == text.size()) break;
    text.remove_prefix(size - wanted.size() + 1);
  }
  return nullptr;
}

/// The same, by looking for the first byte alone, which in most texts is rare and is found at the
/// speed of memory. Where it deceives too often the linear search takes over.
const char* find_plain(std::string_view text, std::string_view wanted, Toll& toll) {
  constexpr int kTries = 16;
  constexpr std::size_t kSizeMax = 256;  // for the comparisons not to count
  if (wanted.empty()) return text.data();
  if (wanted.size() > kSizeMax) return find_linearly(text, wanted, toll);
  for (int tries = 0; tries < kTries;) {
    if (text.size() < wanted.size()) return nullptr;
    const std::size_t block = std::min(text.size() - wanted.size() + 1, std::size_t{256} << 10);
    const void* found = std::memchr(text.data(), wanted.front(), block);
    if (found == nullptr) {
      toll.pay_bytes(block);
      text.remove_prefix(block);
      continue;
    }
    const auto* at = static_cast<const char*>(found);
    toll.pay_bytes(static_cast<std::size_t>(at - text.data()));
    if (std::memcmp(at, wanted.data(), wanted.size()) == 0) return at;
    text.remove_prefix(static_cast<std::size_t>(at - text.data()) + 1);
    ++tries;
  }
  return find_linearly(text, wanted, toll);
}

int push_plain(lua_State* L, std::string_view subject, std::string_view wanted, std::size_t from,
               Toll& toll) {
  const char* found = find_plain(subject.substr(from), wanted, toll);
  toll.settle();
  if (found == nullptr) {
    lua_pushnil(L);
    return 1;
  }
  const lua_Integer offset = found - subject.data();
  lua_pushinteger(L, offset + 1);
  lua_pushinteger(L, offset + static_cast<lua_Integer>(wanted.size()));
  return 2;
}

/// The first match of the arguments, {} if there is none.
Match first_match(Matcher& matcher, const char* from, bool anchored) {
  return anchored ? matcher.match_at(from) : matcher.search(from, nullptr);
}

int find(lua_State* L) {
  const std::string_view subject = check_string(L, 1);
  std::string_view pattern = check_string(L, 2);
  const std::size_t from = offset_of_init(L, 3, subject.size());
  if (from > subject.size()) {
    lua_pushnil(L);
    return 1;
  }
  Toll toll(L);
  if (lua_toboolean(L, 4) != 0 || !has_specials(pattern, toll)) {
    return push_plain(L, subject, pattern, from, toll);
  }
  const bool anchored = take_anchor(pattern);
  Matcher matcher(L, toll, subject, pattern);
  const Match match = first_match(matcher, subject.data() + from, anchored);
  toll.settle();
  if (!match) {
    lua_pushnil(L);
    return 1;
  }
  lua_pushinteger(L, match.begin - subject.data() + 1);
  lua_pushinteger(L, match.end - subject.data());
  return 2 + (matcher.captures() != 0 ? matcher.push_captures(match) : 0);
}

int match(lua_State* L) {
  const std::string_view subject = check_string(L, 1);
  std::string_view pattern = check_string(L, 2);
  const std::size_t from = offset_of_init(L, 3, subject.size());
  if (from <= subject.size()) {
    Toll toll(L);
    const bool anchored = take_anchor(pattern);
    Matcher matcher(L, toll, subject, pattern);
    const Match match = first_match(matcher, subject.data() + from, anchored);
    toll.settle();
    if (match) return matcher.push_captures(match);
  }
  lua_pushnil(L);
  return 1;
}

// gmatch ----------------------------------------------------------------------------------------

/// What an iterator keeps: its strings, which are two of its upvalues, and how far it has got. Each
/// step begins with a matcher of its own, so one that failed leaves nothing behind.
struct Progress {
  std::string_view subject;
  std::string_view pattern;
  const char* at;        ///< where the search goes on; null: beyond the end
  const char* last_end;  ///< of the last match; null before the first
};

int gmatch_step(lua_State* L) {
  auto& progress = *static_cast<Progress*>(lua_touserdata(L, lua_upvalueindex(3)));
  if (progress.at == nullptr) return 0;
  Toll toll(L);
  Matcher matcher(L, toll, progress.subject, progress.pattern);
  const Match match = matcher.search(progress.at, progress.last_end);
  toll.settle();
  if (!match) return 0;
  progress.at = progress.last_end = match.end;
  return matcher.push_captures(match);
}

int gmatch(lua_State* L) {
  const std::string_view subject = check_string(L, 1);
  const std::string_view pattern = check_string(L, 2);
  const std::size_t from = offset_of_init(L, 3, subject.size());
  lua_settop(L, 2);
  auto* progress = static_cast<Progress*>(lua_newuserdatauv(L, sizeof(Progress), 0));
  const char* const at = from <= subject.size() ? subject.data() + from : nullptr;
  *progress = {subject, pattern, at, nullptr};
  lua_pushcclosure(L, gmatch_step, 3);
  return 1;
}

// gsub ------------------------------------------------------------------------------------------

constexpr int kReplacement = 3;

void append_capture(StringBuffer& out, const Matcher::Capture& capture) {
  if (capture.position != 0) return out.append_integer(capture.position);
  out.append(capture.text);
}

/// Appends `format` with its `%0` to `%9` replaced by what was captured.
void append_format(lua_State* L, StringBuffer& out, const Matcher& matcher, std::string_view format,
                   const Match& match) {
  for (;;) {
    const std::size_t percent = format.find('%');
    if (percent == std::string_view::npos) return out.append(format);
    out.append(format.substr(0, percent));
    const char selector = percent + 1 < format.size() ? format[percent + 1] : '\0';
    if (selector == '%') {
      out.append("%");
    } else if (selector == '0') {
      out.append(match.text());
    } else if (selector >= '1' && selector <= '9') {
      append_capture(out, matcher.capture(selector - '1', match));
    } else {
      luaL_error(L, "invalid use of '%%' in replacement string");
    }
    format.remove_prefix(percent + 2);
  }
}

/// A table with metamethods, a chain of which may be no longer than this.
constexpr int kIndexChainMax = 2000;

/// Replaces the key at the top by what the value below it, which is removed, answers for it. A
/// function that is called for that may yield; `continuation` then goes on.
void index_below(lua_State* L, lua_KContext context, lua_KFunction continuation) {
  for (int links = 0; links < kIndexChainMax; ++links) {
    if (lua_type(L, -2) == LUA_TTABLE) {
      lua_pushvalue(L, -1);
      if (lua_rawget(L, -3) != LUA_TNIL || luaL_getmetafield(L, -3, "__index") == LUA_TNIL) {
        lua_replace(L, -3);
        return lua_pop(L, 1);
      }
      lua_remove(L, -2);
    } else if (luaL_getmetafield(L, -2, "__index") == LUA_TNIL) {
      lua_gettable(L, -2);  // says that it cannot be indexed
    }
    if (lua_isfunction(L, -1)) {
      lua_insert(L, -3);
      return lua_callk(L, 2, 1, context, continuation);
    }
    lua_replace(L, -3);
  }
  lua_pushliteral(L, "'__index' chain too long; possible loop");
  lua_error(L);
}

/// One gsub at work.
class Substitution {
 public:
  /// Pushes the slot of the result.
  Substitution(lua_State* L, std::string_view subject, std::string_view pattern,
               lua_Integer count_max)
      : L_(L),
        toll_(L),
        out_(L, toll_),
        anchored_(take_anchor(pattern)),
        matcher_(L, toll_, subject, pattern),
        at_(subject.data()),
        kept_(subject.data()),
        end_(subject.data() + subject.size()),
        count_max_(count_max) {
    out_.expect(subject.size());
  }

  /// Goes to the next match; false if there is none, or none that is to be replaced.
  bool next() {
    if (count_ >= count_max_ || (anchored_ && count_ > 0)) return false;
    match_ = anchored_ ? matcher_.match_at(at_) : matcher_.search(at_, last_end_);
    if (!match_) return false;
    ++count_;
    at_ = last_end_ = match_.end;
    toll_.pay(kStepsPerReplacement);
    return true;
  }

  /// Replaces the match by `format`.
  void replace_by_format(std::string_view format) {
    append_kept();
    append_format(L_, out_, matcher_, format, match_);
  }

  /// Pushes what the function or table says the match is to be replaced by. May yield, see
  /// index_below().
  void ask(int type, lua_KContext context, lua_KFunction continuation) {
    if (type == LUA_TFUNCTION) {
      lua_pushvalue(L_, kReplacement);
      return lua_callk(L_, matcher_.push_captures(match_), 1, context, continuation);
    }
    lua_pushvalue(L_, kReplacement);
    matcher_.push_capture(0, match_);
    index_below(L_, context, continuation);
  }

  /// Replaces the match by the value at the top, which is popped; nil and false: it stays.
  void take_answer() {
    if (lua_toboolean(L_, -1) != 0) {
      if (lua_isstring(L_, -1) == 0) {
        luaL_error(L_, "invalid replacement value (a %s)", luaL_typename(L_, -1));
      }
      append_kept();
      out_.append(string_at(L_, -1));
    }
    lua_pop(L_, 1);
  }

  /// Pushes the results.
  int finish() {
    if (changed_) {
      out_.append({kept_, static_cast<std::size_t>(end_ - kept_)});
      out_.push_string();
    } else {
      lua_pushvalue(L_, 1);
    }
    toll_.settle();
    lua_pushinteger(L_, count_);
    return 2;
  }

 private:
  /// Appends what is between the last match that was replaced and this one.
  void append_kept() {
    changed_ = true;
    out_.append({kept_, static_cast<std::size_t>(match_.begin - kept_)});
    kept_ = match_.end;
  }

  lua_State* const L_;
  Toll toll_;
  StringBuffer out_;
  const bool anchored_;
  bool changed_ = false;
  Matcher matcher_;
  Match match_;
  const char* at_;    ///< where the search goes on
  const char* kept_;  ///< from here on nothing was appended yet
  const char* const end_;
  const char* last_end_ = nullptr;
  const lua_Integer count_max_;
  lua_Integer count_ = 0;
};

/// Where a substitution lives that calls functions of the script: they may yield, and then what is
/// on the C stack is gone. Kept in the upvalue of `gsub` for the next one.
struct Workplace {
  bool busy;
  alignas(Substitution) unsigned char room[sizeof(Substitution)];

  [[nodiscard]] Substitution& work() noexcept {
    return *std::launder(reinterpret_cast<Substitution*>(room));
  }
};

static_assert(std::is_trivially_destructible_v<Substitution>, "Lua leaves by longjmp");
static_assert(alignof(Workplace) <= alignof(lua_Number), "it lives in a userdata");

/// Pushes a place that nobody uses. One that was left by an error or for good is not used again.
Workplace& push_workplace(lua_State* L) {
  constexpr int kKept = lua_upvalueindex(1);
  lua_pushvalue(L, kKept);
  auto* place = static_cast<Workplace*>(lua_touserdata(L, -1));
  if (place == nullptr || place->busy) {
    lua_pop(L, 1);
    place = static_cast<Workplace*>(lua_newuserdatauv(L, sizeof(Workplace), 0));
    lua_copy(L, -1, kKept);
  }
  place->busy = true;
  return *place;
}

int go_on_replacing(lua_State* L, int, lua_KContext context);

/// Does what is left to do. The place is on the stack, and is the context of continuations.
int replace_matches(lua_State* L, Workplace& place) {
  Substitution& work = place.work();
  const int type = lua_type(L, kReplacement);
  while (work.next()) {
    work.ask(type, reinterpret_cast<lua_KContext>(&place), go_on_replacing);
    work.take_answer();
  }
  place.busy = false;
  return work.finish();
}

int go_on_replacing(lua_State* L, int, lua_KContext context) {
  auto& place = *reinterpret_cast<Workplace*>(context);
  place.work().take_answer();
  return replace_matches(L, place);
}

/// A C closure with one upvalue, nil at first.
int gsub(lua_State* L) {
  const std::string_view subject = check_string(L, 1);
  const std::string_view pattern = check_string(L, 2);
  const int type = lua_type(L, kReplacement);
  const lua_Integer count_max = luaL_optinteger(L, 4, static_cast<lua_Integer>(subject.size()) + 1);
  luaL_argexpected(
      L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE,
      kReplacement, "string/function/table");
  lua_settop(L, 4);
  if (type == LUA_TFUNCTION || type == LUA_TTABLE) {
    Workplace& place = push_workplace(L);
    new (place.room) Substitution(L, subject, pattern, count_max);
    return replace_matches(L, place);
  }
  const std::string_view format = string_at(L, kReplacement);
  Substitution work(L, subject, pattern, count_max);
  while (work.next()) work.replace_by_format(format);
  return work.finish();
}

// rep -------------------------------------------------------------------------------------------

/// Fills `out` with `size` bytes: `text` and `separator` by turns, as often as they fit.
void fill(char* out, std::size_t size, std::string_view text, std::string_view separator,
          Toll& toll) {
  constexpr std::size_t kBlockMax = std::size_t{64} << 10;
  std::memcpy(out, text.data(), text.size());
  const std::size_t unit = text.size() + separator.size();
  if (size <= unit) return;
  std::memcpy(out + text.size(), separator.data(), separator.size());
  // What is there is copied behind itself: always whole units, more and more of them.
  for (std::size_t done = unit; done < size;) {
    const std::size_t most = std::max(kBlockMax / unit, std::size_t{1}) * unit;
    const std::size_t block = std::min({done, most, size - done});
    std::memcpy(out + done, out, block);
    done += block;
    toll.pay_bytes(block);
  }
}

int rep(lua_State* L) {
  const std::string_view text = check_string(L, 1);
  const lua_Integer times = luaL_checkinteger(L, 2);
  std::size_t separator_size = 0;
  const char* separator_text = luaL_optlstring(L, 3, "", &separator_size);
  const std::string_view separator(separator_text, separator_size);
  const std::size_t unit = text.size() + separator.size();
  if (times <= 0 || unit == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  const std::size_t size_max = StringBuffer::size_max(L);
  const auto count = static_cast<std::size_t>(times);
  // The last one has no separator; comparing as if it had one keeps this free of overflows.
  if (unit > size_max / count) return luaL_error(L, "resulting string too large");
  const std::size_t size = count * unit - separator.size();
  Toll toll(L);
  toll.pay_bytes(size);
  if (size <= StringBuffer::kSmall) {
    char small[StringBuffer::kSmall];
    fill(small, size, text, separator, toll);
    lua_pushlstring(L, small, size);
  } else {
    auto* box = static_cast<char*>(lua_newuserdatauv(L, size, 0));
    fill(box, size, text, separator, toll);
    lua_pushlstring(L, box, size);
  }
  toll.settle();
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"find", find},   {"format", format}, {"gmatch", gmatch},
    {"match", match}, {"pack", pack},     {"packsize", packsize},
    {"rep", rep},     {"unpack", unpack}, {nullptr, nullptr},
};

}  // namespace

void set_string_functions(lua_State* L) {
  luaL_setfuncs(L, kFunctions, 0);
  luaL_setfuncs(L, kStringSlices, 0);
  lua_pushnil(L);
  lua_pushcclosure(L, gsub, 1);
  lua_setfield(L, -2, "gsub");
}

}  // namespace moonwright::runtime
