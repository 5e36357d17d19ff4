// warnings.cpp: see warnings.hpp.
#include "runtime/warnings.hpp"

#include <lua.hpp>

#include "runtime/actor_script.hpp"
#include "runtime/meter.hpp"
#include "runtime/state.hpp"

namespace moonwright::runtime {
namespace {

/// A call of a warning function, and the coroutine that is made for it.
struct Warning {
  const char* function;
  lua_Number first = 0;
  lua_Number second = 0;
  const char* resource = nullptr;  ///< instead of `second`
  lua_State* coroutine = nullptr;  ///< null if the script has no such function
  int anchor = 0;
};

void push_figure(lua_State* L, lua_Number value) {
  const auto integer = static_cast<lua_Integer>(value);
  if (static_cast<lua_Number>(integer) == value) {
    lua_pushinteger(L, integer);
  } else {
    lua_pushnumber(L, value);
  }
}

/// Runs protected, so that a state without memory for it goes without the warning: an error must
/// not leave the hook.
int make_coroutine(lua_State* L) {
  auto* warning = static_cast<Warning*>(lua_touserdata(L, 1));
  lua_pushglobaltable(L);
  lua_pushstring(L, warning->function);
  if (lua_rawget(L, -2) != LUA_TFUNCTION) return 0;
  lua_State* co = lua_newthread(L);
  lua_pushvalue(L, -2);
  lua_xmove(L, co, 1);
  luaL_checkstack(co, 4, "a warning");
  push_figure(co, warning->first);
  if (warning->resource != nullptr) {
    lua_pushstring(co, warning->resource);
  } else {
    push_figure(co, warning->second);
  }
  warning->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
  warning->coroutine = co;
  return 0;
}

void run(lua_State* L, ActorScript& script, Warning& warning) {
  State& state = script.state();
  const bool made = state.protect(make_coroutine, &warning).has_value();
  if (!made || warning.coroutine == nullptr) return;
  script.run_warning(L, warning.coroutine, 2);
  luaL_unref(state.lua(), LUA_REGISTRYINDEX, warning.anchor);
}

const char* name_of(std::uint8_t resource) {
  switch (resource) {
    case kInstructions: return "instructions";
    case kCpuTime: return "cpu_time";
    default: return "timeout";
  }
}

}  // namespace

void warn_of_memory(lua_State* L, ActorScript& script, std::uint64_t used, std::uint64_t limit) {
  Warning warning{"onMemoryWarning"};
  warning.first = static_cast<lua_Number>(used);
  warning.second = static_cast<lua_Number>(limit);
  run(L, script, warning);
}

void give_warnings(lua_State* L, ActorScript& script) {
  if (script.in_warning()) return;
  if (script.memory_watch().crossed()) {
    script.memory_watch().serve(L);
  } else {
    script.memory_watch().look(script.state().allocator().used());
  }
  Meter& meter = script.state().meter();
  double fraction = 0;
  while (meter.end() == End::none) {
    const std::uint8_t resource = meter.next_warning(script.host().now(), fraction);
    if (resource == 0) return;
    script.host().resource_low(name_of(resource), fraction);
    Warning warning{"onResourceWarning"};
    warning.first = fraction;
    warning.resource = name_of(resource);
    run(L, script, warning);
  }
}

}  // namespace moonwright::runtime
