// debug_library.cpp: see debug_library.hpp.
#include "runtime/debug_library.hpp"

#include <algorithm>
#include <climits>
#include <cstring>
#include <lua.hpp>

#include "runtime/error_value.hpp"
#include "runtime/interruption.hpp"
#include "runtime/lua_internals.h"
#include "runtime/meter.hpp"
#include "runtime/node.hpp"
#include "runtime/runner.hpp"
#include "runtime/state.hpp"
#include "runtime/weak_table.hpp"

namespace moonwright::runtime {
namespace {

/// Its address is the registry key of the table from coroutine to { function, mask, count }.
const char kHooksKey = 0;
constexpr int kFunction = 1;
constexpr int kMask = 2;
constexpr int kCount = 3;

/// By the event's number.
constexpr const char* kEventNames[] = {"call", "return", "line", "count", "tail call"};

int mask_of(const char* text, int count) noexcept {
  int mask = count > 0 ? LUA_MASKCOUNT : 0;
  if (std::strchr(text, 'c') != nullptr) mask |= LUA_MASKCALL;
  if (std::strchr(text, 'r') != nullptr) mask |= LUA_MASKRET;
  if (std::strchr(text, 'l') != nullptr) mask |= LUA_MASKLINE;
  return mask;
}

int bit_of(int event) noexcept { return event == LUA_HOOKTAILCALL ? LUA_MASKCALL : 1 << event; }

/// The coroutine that a function of this library is about, and how many arguments name it.
lua_State* coroutine_at(lua_State* L, int& arguments) {
  arguments = lua_isthread(L, 1) ? 1 : 0;
  return arguments == 1 ? lua_tothread(L, 1) : L;
}

/// Pushes the hook of `of` on `L`, or nil.
int push_hook(lua_State* L, lua_State* of) {
  luaL_checkstack(L, 3, "too many hooks");
  push_weak_table(L, &kHooksKey, "k");
  if (L == of) {
    lua_pushthread(L);
  } else if (lua_checkstack(of, 1) != 0) {
    lua_pushthread(of);
    lua_xmove(of, L, 1);
  }
  const int type = lua_rawget(L, -2);
  lua_remove(L, -2);
  return type;
}

int integer_in_hook(lua_State* L, int field) {
  lua_rawgeti(L, -1, field);
  const auto value = static_cast<int>(lua_tointeger(L, -1));
  lua_pop(L, 1);
  return value;
}

/// Sums up what is set on all coroutines: those without a hook of their own find nothing to call.
void sum_up(lua_State* L, State& state) {
  int mask = 0;
  int count = 0;
  push_weak_table(L, &kHooksKey, "k");
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    mask |= integer_in_hook(L, kMask);
    const int each = integer_in_hook(L, kCount);
    if (each > 0) count = count == 0 ? each : std::min(count, each);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  state.debug_hooks().mask = mask & ~LUA_MASKCOUNT;
  state.meter().count_for_hook(count);
}

/// Has Lua tell of the events that are wanted from now on.
void apply(lua_State* L, lua_State* to) {
  State& state = State::of(L);
  Runner& runner = Runner::current();
  if (to != L || runner.running() != L) {
    disarm_hook(to);
    return;
  }
  state.meter().switch_from(L);
  disarm_hook(L);
  state.meter().switch_to(L, runner);
}

int sethook(lua_State* L) {
  int arguments = 0;
  lua_State* const to = coroutine_at(L, arguments);
  const bool removes = lua_isnoneornil(L, arguments + 1);
  const char* const text = removes ? "" : luaL_checkstring(L, arguments + 2);
  if (!removes) luaL_checktype(L, arguments + 1, LUA_TFUNCTION);
  const auto count =
      static_cast<int>(std::clamp<lua_Integer>(luaL_optinteger(L, arguments + 3, 0), 0, INT_MAX));
  const int mask = mask_of(text, count);
  luaL_checkstack(L, 5, "too many hooks");
  push_weak_table(L, &kHooksKey, "k");
  if (to == L) {
    lua_pushthread(L);
  } else {
    lua_pushvalue(L, 1);
  }
  if (removes || mask == 0) {
    lua_pushnil(L);
  } else {
    lua_createtable(L, 3, 0);
    lua_pushvalue(L, arguments + 1);
    lua_rawseti(L, -2, kFunction);
    lua_pushinteger(L, mask);
    lua_rawseti(L, -2, kMask);
    lua_pushinteger(L, count);
    lua_rawseti(L, -2, kCount);
  }
  lua_rawset(L, -3);
  sum_up(L, State::of(L));
  apply(L, to);
  return 0;
}

int gethook(lua_State* L) {
  int arguments = 0;
  lua_State* const of = coroutine_at(L, arguments);
  if (push_hook(L, of) != LUA_TTABLE) {
    lua_pushnil(L);
    return 1;
  }
  const int hook = lua_gettop(L);
  const int mask = integer_in_hook(L, kMask);
  lua_rawgeti(L, hook, kFunction);
  char text[4];
  int size = 0;
  if ((mask & LUA_MASKCALL) != 0) text[size++] = 'c';
  if ((mask & LUA_MASKRET) != 0) text[size++] = 'r';
  if ((mask & LUA_MASKLINE) != 0) text[size++] = 'l';
  lua_pushlstring(L, text, static_cast<std::size_t>(size));
  lua_rawgeti(L, hook, kCount);
  return 3;
}

/// What is the host's is given back by the metatable it has: without that, the state would run into
/// its remains when it goes.
int set_metatable(lua_State* L) {
  if (is_node(L, 1)) {
    return raise_format(L, ErrorCode::denied, "cannot change the metatable of what is the host's");
  }
  lua_settop(L, 2);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 2, 1);
  return 1;
}

/// For the same reason, a copy of that.
int get_metatable(lua_State* L) {
  luaL_checkany(L, 1);
  if (lua_getmetatable(L, 1) == 0) lua_pushnil(L);
  if (!is_node(L, 1)) return 1;
  luaL_checkstack(L, 5, "cannot copy a metatable");
  const int from = lua_gettop(L);
  lua_createtable(L, 0, 6);
  lua_pushnil(L);
  while (lua_next(L, from) != 0) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, from + 1);
  }
  return 1;
}

/// Lets hooks go on while a hook runs, so that the meter's can end it.
void allow_hooks(lua_State* L, bool allow) noexcept {
#ifdef MOONWRIGHT_BUNDLED_LUA
  moonwright_lua_allow_hooks(L, allow ? 1 : 0);
#else
  static_cast<void>(L), static_cast<void>(allow);
#endif
}

}  // namespace

int open_debug(lua_State* L) {
  luaopen_debug(L);
  const bool enabled = State::of(L).debug_hooks().enabled;
  for (const luaL_Reg& function : {luaL_Reg{"sethook", sethook}, luaL_Reg{"gethook", gethook}}) {
    if (enabled) {
      lua_pushcfunction(L, function.func);
    } else {
      lua_pushnil(L);
    }
    lua_setfield(L, -2, function.name);
  }
  lua_getfield(L, -1, "setmetatable");
  lua_pushcclosure(L, set_metatable, 1);
  lua_setfield(L, -2, "setmetatable");
  lua_pushcfunction(L, get_metatable);
  lua_setfield(L, -2, "getmetatable");
  return 1;
}

void call_debug_hook(lua_State* L, lua_Debug* event) {
  DebugHooks& hooks = State::of(L).debug_hooks();
  if (hooks.running) return;
  const int top = lua_gettop(L);
  if (push_hook(L, L) != LUA_TTABLE || (integer_in_hook(L, kMask) & bit_of(event->event)) == 0) {
    lua_settop(L, top);
    return;
  }
  lua_rawgeti(L, -1, kFunction);
  lua_pushstring(L, kEventNames[event->event]);
  if (event->currentline >= 0) {
    lua_pushinteger(L, event->currentline);
  } else {
    lua_pushnil(L);
  }
  hooks.running = true;
  allow_hooks(L, true);
  const int status = lua_pcall(L, 2, 0, 0);
  allow_hooks(L, false);
  hooks.running = false;
  if (status != LUA_OK) {
    pass_on_ends(L, status);
    lua_error(L);
  }
  lua_settop(L, top);
}

}  // namespace moonwright::runtime
