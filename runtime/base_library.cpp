// base_library.cpp: tables, types, errors and output; loading is in load_library.cpp.
#include "runtime/base_library.hpp"

#include <cctype>
#include <cstring>
#include <lua.hpp>

#include "runtime/actor_script.hpp"
#include "runtime/hidden_address.hpp"
#include "runtime/interruption.hpp"
#include "runtime/libraries.hpp"
#include "runtime/state.hpp"

namespace moonwright::runtime::base {
namespace {

int ipairs_step(lua_State* L) {
  const lua_Integer index = luaL_intop(+, luaL_checkinteger(L, 2), 1);
  lua_pushinteger(L, index);
  return lua_geti(L, 1, index) == LUA_TNIL ? 1 : 2;
}

int finish_pairs(lua_State*, int, lua_KContext) { return 3; }

/// What pcall and xpcall return: true and all results, or false and the error. `extra` values at
/// the bottom of the stack are not results.
int finish_pcall(lua_State* L, int status, lua_KContext extra) {
  if (status != LUA_OK && status != LUA_YIELD) {
    pass_on_ends(L, status);
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
  }
  return lua_gettop(L) - static_cast<int>(extra);
}

/// Reads an integer in `base` from the whole of `text`, blanks around it allowed.
bool read_integer(const char* text, std::size_t size, int base, lua_Integer& out) {
  const char* at = text;
  const char* const end = text + size;
  const auto skip_blanks = [&] {
    while (at != end && std::isspace(static_cast<unsigned char>(*at)) != 0) ++at;
  };
  skip_blanks();
  const bool negative = at != end && *at == '-';
  if (at != end && (*at == '-' || *at == '+')) ++at;
  if (at == end || std::isalnum(static_cast<unsigned char>(*at)) == 0) return false;
  lua_Unsigned value = 0;
  for (; at != end && std::isalnum(static_cast<unsigned char>(*at)) != 0; ++at) {
    const auto letter = static_cast<unsigned char>(*at);
    const int digit = std::isdigit(letter) != 0 ? letter - '0' : std::toupper(letter) - 'A' + 10;
    if (digit >= base) return false;
    value = value * static_cast<lua_Unsigned>(base) + static_cast<lua_Unsigned>(digit);
  }
  skip_blanks();
  out = static_cast<lua_Integer>(negative ? 0u - value : value);
  return at == end;
}

}  // namespace

int assert_(lua_State* L) {
  if (lua_toboolean(L, 1) != 0) return lua_gettop(L);
  luaL_checkany(L, 1);
  lua_remove(L, 1);
  lua_pushliteral(L, "assertion failed!");
  lua_settop(L, 1);
  return error(L);
}

int error(lua_State* L) {
  const int level = static_cast<int>(luaL_optinteger(L, 2, 1));
  lua_settop(L, 1);
  if (lua_type(L, 1) == LUA_TSTRING && level > 0) {
    luaL_where(L, level);
    lua_pushvalue(L, 1);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

int getmetatable(lua_State* L) {
  luaL_checkany(L, 1);
  open_if_globals(L, 1);
  if (lua_type(L, 1) == LUA_TSTRING) {
    lua_pushglobaltable(L);
    lua_getfield(L, -1, "string");
    lua_settop(L, 1);
  }
  if (lua_getmetatable(L, 1) == 0) {
    lua_pushnil(L);
    return 1;
  }
  luaL_getmetafield(L, 1, "__metatable");
  return 1;
}

int setmetatable(lua_State* L) {
  const int kind = lua_type(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, kind == LUA_TNIL || kind == LUA_TTABLE, 2, "nil or table");
  open_if_globals(L, 1);
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
    return luaL_error(L, "cannot change a protected metatable");
  }
  lua_settop(L, 2);
  if (kind == LUA_TTABLE) {
    // Lua notices a finalizer only here, so this one check is complete. A finalizer runs where no
    // limit can reach it.
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) != LUA_TNIL) {
      return luaL_error(L, "finalizers (__gc) are not supported; use a to-be-closed variable");
    }
    lua_pop(L, 1);
  }
  lua_setmetatable(L, 1);
  return 1;
}

int ipairs(lua_State* L) {
  luaL_checkany(L, 1);
  lua_pushcfunction(L, ipairs_step);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

int next(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  open_if_globals(L, 1);
  lua_settop(L, 2);
  if (lua_next(L, 1) != 0) return 2;
  lua_pushnil(L);
  return 1;
}

int pairs(lua_State* L) {
  luaL_checkany(L, 1);
  open_if_globals(L, 1);
  if (luaL_getmetafield(L, 1, "__pairs") == LUA_TNIL) {
    lua_pushcfunction(L, next);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
  }
  lua_pushvalue(L, 1);
  lua_callk(L, 1, 3, 0, finish_pairs);
  return 3;
}

int pcall(lua_State* L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  const int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall);
  return finish_pcall(L, status, 0);
}

int xpcall(lua_State* L) {
  const int arguments = lua_gettop(L) - 2;
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  const int status = lua_pcallk(L, arguments, LUA_MULTRET, 2, 2, finish_pcall);
  return finish_pcall(L, status, 2);
}

int rawequal(lua_State* L) {
  luaL_checkany(L, 1);
  luaL_checkany(L, 2);
  lua_pushboolean(L, lua_rawequal(L, 1, 2));
  return 1;
}

int rawget(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkany(L, 2);
  open_if_globals(L, 1);
  lua_settop(L, 2);
  lua_rawget(L, 1);
  return 1;
}

int rawlen(lua_State* L) {
  const int kind = lua_type(L, 1);
  luaL_argexpected(L, kind == LUA_TTABLE || kind == LUA_TSTRING, 1, "table or string");
  lua_pushinteger(L, static_cast<lua_Integer>(lua_rawlen(L, 1)));
  return 1;
}

int rawset(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkany(L, 2);
  luaL_checkany(L, 3);
  open_if_globals(L, 1);
  lua_settop(L, 3);
  lua_rawset(L, 1);
  return 1;
}

int select(lua_State* L) {
  const int count = lua_gettop(L);
  if (lua_type(L, 1) == LUA_TSTRING && *lua_tostring(L, 1) == '#') {
    lua_pushinteger(L, count - 1);
    return 1;
  }
  lua_Integer from = luaL_checkinteger(L, 1);
  if (from < 0) {
    from += count;
  } else if (from > count) {
    from = count;
  }
  luaL_argcheck(L, 1 <= from, 1, "index out of range");
  return count - static_cast<int>(from);
}

int tonumber(lua_State* L) {
  if (lua_isnoneornil(L, 2)) {
    if (lua_type(L, 1) == LUA_TNUMBER) {
      lua_settop(L, 1);
      return 1;
    }
    std::size_t size = 0;
    const char* text = lua_tolstring(L, 1, &size);
    if (text != nullptr && lua_stringtonumber(L, text) == size + 1) return 1;
    luaL_checkany(L, 1);
  } else {
    const lua_Integer numeral_base = luaL_checkinteger(L, 2);
    luaL_checktype(L, 1, LUA_TSTRING);
    luaL_argcheck(L, 2 <= numeral_base && numeral_base <= 36, 2, "base out of range");
    std::size_t size = 0;
    const char* text = lua_tolstring(L, 1, &size);
    lua_Integer value = 0;
    if (read_integer(text, size, static_cast<int>(numeral_base), value)) {
      lua_pushinteger(L, value);
      return 1;
    }
  }
  lua_pushnil(L);
  return 1;
}

int tostring(lua_State* L) {
  luaL_checkany(L, 1);
  push_text(L, 1);
  return 1;
}

int type(lua_State* L) {
  const int kind = lua_type(L, 1);
  luaL_argcheck(L, kind != LUA_TNONE, 1, "value expected");
  lua_pushstring(L, lua_typename(L, kind));
  return 1;
}

int print(lua_State* L) {
  const int count = lua_gettop(L);
  luaL_Buffer line;
  luaL_buffinit(L, &line);
  for (int i = 1; i <= count; ++i) {
    if (i > 1) luaL_addchar(&line, '\t');
    push_text(L, i);
    luaL_addvalue(&line);
  }
  luaL_addchar(&line, '\n');
  luaL_pushresult(&line);
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  if (ActorScript* script = State::of(L).script()) script->host().print({text, size});
  return 0;
}

int warn(lua_State* L) {
  luaL_checkstring(L, 1);
  const int count = lua_gettop(L);
  for (int i = 2; i <= count; ++i) luaL_checkstring(L, i);
  lua_concat(L, count);
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  ActorScript* script = State::of(L).script();
  // "@on" and "@off" steer upstream's own output, which there is none of here.
  if (script != nullptr && !(size > 0 && *text == '@')) {
    script->host().log(LogLevel::warn, {text, size});
  }
  return 0;
}

}  // namespace moonwright::runtime::base
