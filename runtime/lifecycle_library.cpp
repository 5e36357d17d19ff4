// lifecycle_library.cpp: see lifecycle_library.hpp.
#include "runtime/lifecycle_library.hpp"

#include <lua.hpp>

#include "moonwright/events.hpp"
#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"

namespace moonwright::runtime {
namespace {

constexpr lua_Integer kSubscriptionsMax = 100;

/// The bit of the type that the string at `index` names. Raises: invalid_argument.
std::uint32_t check_type(lua_State* L, ActorScript& script, int index) {
  std::size_t size = 0;
  const char* name = luaL_checklstring(L, index, &size);
  std::uint32_t bit = 0;
  {
    auto type = parse_event_type({name, size});
    if (type) {
      bit = std::uint32_t{1} << static_cast<unsigned>(*type);
    } else {
      script.scratch().error = std::move(type.error());
    }
  }
  if (bit == 0) raise(L, script.scratch().error);
  return bit;
}

/// subscribe(f, types?): `types` is a list of names; all if there is none.
int subscribe(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  if (script.sandbox() != Sandbox::none) {
    return raise(L, ErrorCode::denied,
                 "lifecycle.subscribe() tells of all actors, and is for sandbox level none");
  }
  std::uint32_t types = 0;
  if (lua_isnoneornil(L, 2)) {
    types = (std::uint32_t{1} << kEventTypes) - 1;
  } else if (lua_type(L, 2) == LUA_TSTRING) {
    types = check_type(L, script, 2);
  } else {
    luaL_checktype(L, 2, LUA_TTABLE);
    for (lua_Integer i = 1; lua_rawgeti(L, 2, i) != LUA_TNIL; ++i) {
      types |= check_type(L, script, -1);
      lua_pop(L, 1);
    }
  }
  if (!script.count_event_subscription(kSubscriptionsMax)) {
    return raise(L, ErrorCode::overload, "an actor has at most 100 subscriptions to events");
  }
  lua_pushvalue(L, 1);
  const auto anchor = static_cast<std::uint64_t>(luaL_ref(L, LUA_REGISTRYINDEX));
  const std::uint64_t number = std::uint64_t{script.incarnation()} << 32 | anchor;
  bool subscribed = false;
  {
    auto result = script.host().subscribe_events(number, types);
    subscribed = result.has_value();
    if (!subscribed) script.scratch().error = std::move(result.error());
  }
  if (!subscribed) return raise(L, script.scratch().error);
  return 0;
}

}  // namespace

int open_lifecycle(lua_State* L) {
  lua_createtable(L, 0, 2);
  ActorScript* const script = State::of(L).script();
  if (script == nullptr) return 1;
  lua_pushcfunction(L, subscribe);
  lua_setfield(L, -2, "subscribe");
  lua_pushvalue(L, -1);
  script->set_lifecycle_anchor(luaL_ref(L, LUA_REGISTRYINDEX));
  return 1;
}

}  // namespace moonwright::runtime
