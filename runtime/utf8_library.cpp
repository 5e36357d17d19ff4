// utf8_library.cpp: see utf8_library.hpp.
#include "runtime/utf8_library.hpp"

#include <algorithm>
#include <climits>
#include <cstdint>
#include <lua.hpp>
#include <string_view>

#include "runtime/string_arguments.hpp"
#include "runtime/toll.hpp"

namespace moonwright::runtime {
namespace {

constexpr const char kInvalid[] = "invalid UTF-8 code";

bool continues(char byte) noexcept { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

/// A character: its code, and where the next one begins; null: what is there is none.
struct Character {
  std::uint32_t code;
  const char* end;
};

/// Reads the character at `at`, which is in a string that ends with a zero byte. Not `lax`: only
/// what Unicode has, which is no surrogate and not beyond 10FFFF.
Character decode(const char* at, bool lax) noexcept {
  constexpr Character kNone{0, nullptr};
  constexpr std::uint32_t kCodeMax = 0x7fffffff;
  constexpr std::uint32_t kUnicodeMax = 0x10ffff;
  // The least code that needs so many continuation bytes: a longer form is not valid.
  constexpr std::uint32_t kLeast[] = {~0u, 0x80, 0x800, 0x10000, 0x200000, 0x4000000};
  auto lead = static_cast<std::uint32_t>(static_cast<unsigned char>(*at));
  if (lead < 0x80) return {lead, at + 1};
  if (lead >= 0xfe) return kNone;
  std::uint32_t code = 0;
  unsigned more = 0;
  for (; (lead & 0x40) != 0; lead <<= 1) {
    const char byte = at[++more];
    if (!continues(byte)) return kNone;
    code = code << 6 | (static_cast<unsigned char>(byte) & 0x3f);
  }
  code |= (lead & 0x7f) << (more * 5);
  if (code > kCodeMax || code < kLeast[more]) return kNone;
  if (!lax && (code > kUnicodeMax || (code >= 0xd800 && code <= 0xdfff))) return kNone;
  return {code, at + more + 1};
}

/// A position as scripts give it; 0: before the string.
lua_Integer absolute(lua_Integer position, std::size_t size) noexcept {
  if (position >= 0) return position;
  const auto length = static_cast<lua_Integer>(size);
  return position < -length ? 0 : length + position + 1;
}

int len(lua_State* L) {
  const std::string_view text = check_string(L, 1);
  const auto size = static_cast<lua_Integer>(text.size());
  lua_Integer first = absolute(luaL_optinteger(L, 2, 1), text.size());
  lua_Integer last = absolute(luaL_optinteger(L, 3, -1), text.size());
  const bool lax = lua_toboolean(L, 4) != 0;
  luaL_argcheck(L, 1 <= first && --first <= size, 2, "initial position out of bounds");
  luaL_argcheck(L, --last < size, 3, "final position out of bounds");
  Toll toll(L);
  const char* at = text.data() + first;
  const char* const end = text.data() + last;
  lua_Integer count = 0;
  for (; at <= end; ++count) {
    toll.pay(1);
    const Character character = decode(at, lax);
    if (character.end == nullptr) {
      toll.settle();
      lua_pushnil(L);
      lua_pushinteger(L, at - text.data() + 1);
      return 2;
    }
    at = character.end;
  }
  toll.settle();
  lua_pushinteger(L, count);
  return 1;
}

int codepoint(lua_State* L) {
  const std::string_view text = check_string(L, 1);
  const lua_Integer first = absolute(luaL_optinteger(L, 2, 1), text.size());
  const lua_Integer last = absolute(luaL_optinteger(L, 3, first), text.size());
  const bool lax = lua_toboolean(L, 4) != 0;
  luaL_argcheck(L, first >= 1, 2, "out of bounds");
  luaL_argcheck(L, last <= static_cast<lua_Integer>(text.size()), 3, "out of bounds");
  if (first > last) return 0;
  if (last - first >= INT_MAX) return luaL_error(L, "string slice too long");
  // The bound of the stack is the cap.
  luaL_checkstack(L, static_cast<int>(last - first) + 1, "string slice too long");
  Toll toll(L);
  int count = 0;
  const char* const end = text.data() + last;
  for (const char* at = text.data() + first - 1; at < end; ++count) {
    toll.pay(1);
    const Character character = decode(at, lax);
    if (character.end == nullptr) return luaL_error(L, kInvalid);
    lua_pushinteger(L, character.code);
    at = character.end;
  }
  toll.settle();
  return count;
}

/// Goes from the offset `from` to the beginning of the `steps`-th character behind it, or before it
/// if negative; false if there is none. `from` ends up at the beginning or the end then.
bool walk(std::string_view text, lua_Integer& from, lua_Integer steps, Toll& toll) {
  const char* const data = text.data();
  for (; steps < 0 && from > 0; ++steps) {
    do {
      toll.pay(1);
      --from;
    } while (from > 0 && continues(data[from]));
  }
  for (; steps > 0 && from < static_cast<lua_Integer>(text.size()); --steps) {
    do {
      toll.pay(1);
      ++from;
    } while (continues(data[from]));  // the zero byte at the end is none
  }
  return steps == 0;
}

int offset(lua_State* L) {
  const std::string_view text = check_string(L, 1);
  const auto size = static_cast<lua_Integer>(text.size());
  const lua_Integer number = luaL_checkinteger(L, 2);
  lua_Integer at = absolute(luaL_optinteger(L, 3, number >= 0 ? 1 : size + 1), text.size());
  luaL_argcheck(L, 1 <= at && --at <= size, 3, "position out of bounds");
  Toll toll(L);
  bool found = true;
  if (number == 0) {
    for (; at > 0 && continues(text.data()[at]); --at) toll.pay(1);
  } else {
    if (continues(text.data()[at])) {
      return luaL_error(L, "initial position is a continuation byte");
    }
    // The first character is the one that begins here.
    found = walk(text, at, number > 0 ? number - 1 : number, toll);
  }
  toll.settle();
  if (found) {
    lua_pushinteger(L, at + 1);
  } else {
    lua_pushnil(L);
  }
  return 1;
}

template <bool kLax>
int codes_step(lua_State* L) {
  constexpr std::size_t kFew = 8;
  const std::string_view text = check_string(L, 1);
  auto at = static_cast<lua_Unsigned>(lua_tointeger(L, 2));
  if (at < text.size()) {
    // The rest of the last character.
    const lua_Unsigned begin = at;
    Toll toll(L);
    while (continues(text.data()[at])) {
      if (++at - begin > kFew) toll.pay(1);
    }
  }
  if (at >= text.size()) return 0;
  const Character character = decode(text.data() + at, kLax);
  if (character.end == nullptr || continues(*character.end)) return luaL_error(L, kInvalid);
  lua_pushinteger(L, static_cast<lua_Integer>(at) + 1);
  lua_pushinteger(L, character.code);
  return 2;
}

int codes(lua_State* L) {
  const bool lax = lua_toboolean(L, 2) != 0;
  const std::string_view text = check_string(L, 1);
  luaL_argcheck(L, !continues(*text.data()), 1, kInvalid);
  lua_pushcfunction(L, lax ? codes_step<true> : codes_step<false>);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

constexpr luaL_Reg kFunctions[] = {
    {"codepoint", codepoint}, {"codes", codes},   {"len", len},
    {"offset", offset},       {nullptr, nullptr},
};

}  // namespace

int open_utf8(lua_State* L) {
  luaopen_utf8(L);
  luaL_setfuncs(L, kFunctions, 0);
  return 1;
}

}  // namespace moonwright::runtime
