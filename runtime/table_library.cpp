// table_library.cpp: inserting, removing, moving, joining and unpacking.
#include "runtime/table_library.hpp"

#include <climits>
#include <lua.hpp>
#include <string_view>

#include "runtime/string_buffer.hpp"
#include "runtime/table_access.hpp"
#include "runtime/table_sort.hpp"
#include "runtime/toll.hpp"

namespace moonwright::runtime {
namespace {

/// A result from which on concat() measures its elements before it joins them.
constexpr std::size_t kLong = 8192;

constexpr const char kTooMany[] = "too many elements to move";

lua_Unsigned as_unsigned(lua_Integer value) noexcept { return static_cast<lua_Unsigned>(value); }

int insert(lua_State* L) {
  const lua_Integer length = checked_length(L, kRead | kWrite);
  const lua_Integer last = luaL_intop(+, length, 1);
  switch (lua_gettop(L)) {
    case 2: lua_seti(L, 1, last); return 0;
    case 3: break;
    default: return luaL_error(L, "wrong number of arguments to 'insert'");
  }
  const lua_Integer position = luaL_checkinteger(L, 2);
  luaL_argcheck(L, as_unsigned(position) - 1 < as_unsigned(last), 2, "position out of bounds");
  luaL_argcheck(L, last <= position || as_unsigned(last - position) <= elements_max(L), 2,
                kTooMany);
  Toll toll(L);
  for (lua_Integer i = last; i > position; --i) {
    toll.pay(1);
    lua_geti(L, 1, i - 1);
    lua_seti(L, 1, i);
  }
  toll.settle();
  lua_seti(L, 1, position);
  return 0;
}

int remove(lua_State* L) {
  const lua_Integer length = checked_length(L, kRead | kWrite);
  const lua_Integer position = luaL_optinteger(L, 2, length);
  luaL_argcheck(L, position == length || as_unsigned(position) - 1 <= as_unsigned(length), 2,
                "position out of bounds");
  luaL_argcheck(L, length <= position || as_unsigned(length - position) <= elements_max(L), 2,
                kTooMany);
  lua_geti(L, 1, position);
  Toll toll(L);
  lua_Integer i = position;
  for (; i < length; ++i) {
    toll.pay(1);
    lua_geti(L, 1, i + 1);
    lua_seti(L, 1, i);
  }
  toll.settle();
  lua_pushnil(L);
  lua_seti(L, 1, i);
  return 1;
}

int move(lua_State* L) {
  const lua_Integer first = luaL_checkinteger(L, 2);
  const lua_Integer last = luaL_checkinteger(L, 3);
  const lua_Integer to = luaL_checkinteger(L, 4);
  const int target = lua_isnoneornil(L, 5) ? 1 : 5;
  check_table(L, 1, kRead);
  check_table(L, target, kWrite);
  if (last >= first) {
    luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, kTooMany);
    const lua_Integer count = last - first + 1;
    luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
    luaL_argcheck(L, as_unsigned(count) <= elements_max(L), 3, kTooMany);
    // Where the two ranges may overlap, with the target behind, the last element goes first.
    const bool forward =
        to > last || to <= first || (target != 1 && lua_compare(L, 1, target, LUA_OPEQ) == 0);
    Toll toll(L);
    for (lua_Integer done = 0; done < count; ++done) {
      const lua_Integer i = forward ? done : count - 1 - done;
      toll.pay(1);
      lua_geti(L, 1, first + i);
      lua_seti(L, target, to + i);
    }
    toll.settle();
  }
  lua_pushvalue(L, target);
  return 1;
}

/// The size of the elements from `i` to `last` joined, as far as they are strings. For tables
/// without a metatable.
std::size_t size_from(lua_State* L, lua_Integer i, lua_Integer last, std::size_t separator,
                      Toll& toll) {
  std::size_t size = 0;
  for (; i <= last; ++i) {
    toll.pay(1);
    const bool is_string = lua_rawgeti(L, 1, i) == LUA_TSTRING;
    if (is_string) size += lua_rawlen(L, -1) + separator;
    lua_pop(L, 1);
    if (!is_string || i == last) break;
  }
  return size;
}

/// Appends the value at the top of the stack, element `i`, and pops it.
void append_element(lua_State* L, StringBuffer& out, lua_Integer i) {
  if (lua_isinteger(L, -1) != 0) {
    out.append_integer(lua_tointeger(L, -1));
  } else {
    std::size_t size = 0;
    const char* text = lua_tolstring(L, -1, &size);
    if (text == nullptr) {
      luaL_error(L, "invalid value (%s) at index %I in table for 'concat'", luaL_typename(L, -1),
                 static_cast<LUAI_UACINT>(i));
    }
    out.append({text, size});
  }
  lua_pop(L, 1);
}

int concat(lua_State* L) {
  const lua_Integer length = checked_length(L, kRead);
  std::size_t separator_size = 0;
  const char* separator_text = luaL_optlstring(L, 2, "", &separator_size);
  const std::string_view separator(separator_text, separator_size);
  const lua_Integer first = luaL_optinteger(L, 3, 1);
  const lua_Integer last = luaL_optinteger(L, 4, length);

  Toll toll(L);
  StringBuffer out(L, toll);
  lua_Unsigned allowed = elements_max(L);
  bool measured = lua_getmetatable(L, 1) != 0;
  for (lua_Integer i = first; i <= last; ++i) {
    if (allowed-- == 0) luaL_error(L, "too many elements to join");
    // Once it gets long, what is still to come is measured: growing would take longer.
    if (!measured && out.size() >= kLong) {
      measured = true;
      out.expect(size_from(L, i, last, separator.size(), toll));
    }
    lua_geti(L, 1, i);
    append_element(L, out, i);
    if (i == last) break;
    if (!separator.empty()) out.append(separator);
  }
  out.push_string();
  toll.settle();
  return 1;
}

int unpack(lua_State* L) {
  const lua_Integer first = luaL_optinteger(L, 2, 1);
  const lua_Integer last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
  if (first > last) return 0;
  const lua_Unsigned more = as_unsigned(last) - as_unsigned(first);
  if (more >= INT_MAX || lua_checkstack(L, static_cast<int>(more + 1)) == 0) {
    return luaL_error(L, "too many results to unpack");
  }
  Toll toll(L);
  const int count = static_cast<int>(more + 1);
  for (int i = 0; i < count; ++i) {
    toll.pay(1);
    lua_geti(L, 1, first + i);
  }
  toll.settle();
  return count;
}

constexpr luaL_Reg kFunctions[] = {
    {"concat", concat}, {"insert", insert}, {"move", move},
    {"remove", remove}, {"unpack", unpack}, {nullptr, nullptr},
};

}  // namespace

int open_table(lua_State* L) {
  luaopen_table(L);
  luaL_setfuncs(L, kFunctions, 0);
  lua_pushnil(L);
  lua_pushcclosure(L, sort, 1);
  lua_setfield(L, -2, "sort");
  return 1;
}

}  // namespace moonwright::runtime
