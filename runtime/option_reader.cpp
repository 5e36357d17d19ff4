// option_reader.cpp: see option_reader.hpp.
#include "runtime/option_reader.hpp"

#include <cmath>
#include <cstring>
#include <lua.hpp>

#include "moonwright/bytes.hpp"
#include "moonwright/durations.hpp"
#include "runtime/error_value.hpp"
#include "runtime/time_library.hpp"

namespace moonwright::runtime {

int wrong_type(lua_State* L, const char* name, const char* expected) {
  return raise_format(L, ErrorCode::invalid_argument, "option '%s' is a %s, expected %s", name,
                      luaL_typename(L, -1), expected);
}

int wrong_value(lua_State* L, const char* name) {
  return raise_format(L, ErrorCode::invalid_argument, "option '%s': %s", name,
                      ActorScript::of(L).scratch().error.message.c_str());
}

void read_options(lua_State* L, SpawnRequest& request, OptionList options, const char* where,
                  OptionList more) {
  luaL_checkstack(L, 6, "too many nested options");
  const int table = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    const char* name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : nullptr;
    const Option* known = nullptr;
    for (const OptionList& list : {options, more}) {
      for (std::size_t i = 0; i < list.count && name != nullptr; ++i) {
        if (std::strcmp(list.begin[i].name, name) == 0) known = &list.begin[i];
      }
    }
    if (known == nullptr) {
      raise_format(L, ErrorCode::invalid_argument, "%s has no option '%s'", where,
                   name != nullptr ? name : luaL_typename(L, -2));
    }
    known->read(L, request, name);
    lua_settop(L, table + 1);
  }
}

void read_nested(lua_State* L, SpawnRequest& request, const char* name, OptionList options) {
  if (!lua_istable(L, -1)) wrong_type(L, name, "a table");
  read_options(L, request, options, name);
}

std::string_view text_of_option(lua_State* L, const char* name) {
  if (lua_type(L, -1) != LUA_TSTRING) wrong_type(L, name, "a string");
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  return {text, size};
}

bool boolean_of_option(lua_State* L, const char* name) {
  if (!lua_isboolean(L, -1)) wrong_type(L, name, "true or false");
  return lua_toboolean(L, -1) != 0;
}

std::uint64_t integer_of_option(lua_State* L, const char* name) {
  int is_integer = 0;
  const lua_Integer value = lua_tointegerx(L, -1, &is_integer);
  if (is_integer == 0 || lua_type(L, -1) != LUA_TNUMBER) wrong_type(L, name, "an integer");
  if (value < 0) {
    raise_format(L, ErrorCode::invalid_argument, "option '%s' is negative", name);
  }
  return static_cast<std::uint64_t>(value);
}

std::uint32_t count_of_option(lua_State* L, const char* name, std::uint32_t max) {
  const std::uint64_t value = integer_of_option(L, name);
  if (value > max) {
    raise_format(L, ErrorCode::invalid_argument, "option '%s' is too large", name);
  }
  return static_cast<std::uint32_t>(value);
}

double number_of_option(lua_State* L, const char* name) {
  if (lua_type(L, -1) != LUA_TNUMBER) wrong_type(L, name, "a number");
  return lua_tonumber(L, -1);
}

std::uint64_t bytes_of_option(lua_State* L, const char* name) {
  if (lua_type(L, -1) == LUA_TNUMBER) return integer_of_option(L, name);
  if (lua_type(L, -1) != LUA_TSTRING) wrong_type(L, name, "a number of bytes or text as \"8MiB\"");
  std::uint64_t bytes = 0;
  if (!keep(ActorScript::of(L), parse_bytes(text_of_option(L, name)), bytes)) wrong_value(L, name);
  return bytes;
}

std::chrono::nanoseconds time_of_option(lua_State* L, const char* name) {
  const int type = lua_type(L, -1);
  if (type == LUA_TNUMBER) {
    const double seconds = lua_tonumber(L, -1);
    if (!(seconds >= 0 && seconds <= kSecondsMax)) {
      raise_format(L, ErrorCode::invalid_argument, "option '%s' is not in 0..1e9 seconds", name);
    }
    return std::chrono::nanoseconds(std::llround(seconds * 1e9));
  }
  if (type != LUA_TSTRING) wrong_type(L, name, "a number of seconds or text as \"200ms\"");
  std::chrono::nanoseconds time{0};
  if (!keep(ActorScript::of(L), parse_duration(text_of_option(L, name)), time)) {
    wrong_value(L, name);
  }
  return time;
}

std::chrono::milliseconds milliseconds_of_option(lua_State* L, const char* name) {
  return std::chrono::ceil<std::chrono::milliseconds>(time_of_option(L, name));
}

bool option_is_unlimited(lua_State* L) {
  return lua_type(L, -1) == LUA_TSTRING && std::strcmp(lua_tostring(L, -1), "unlimited") == 0;
}

}  // namespace moonwright::runtime
