// relations_library.cpp: monitors, links, and who may end whom.
#include "runtime/relations_library.hpp"

#include <lua.hpp>

#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/node.hpp"
#include "runtime/ref_userdata.hpp"
#include "runtime/time_library.hpp"

namespace moonwright::runtime {
namespace {

const detail::RefTarget* check_ref(lua_State* L, int index) {
  const detail::RefTarget* target = to_ref(L, index);
  if (target == nullptr) type_error(L, index, "actor");
  return target;
}

/// Monitors that one actor can have at a time.
constexpr std::size_t kMonitorsMax = 100'000;

struct MonitorNode : HostNode {
  std::uint64_t number = 0;
};

int cancel_monitor(lua_State* L);
constexpr luaL_Reg kMonitorMethods[] = {{"cancel", cancel_monitor}, {nullptr, nullptr}};
constexpr NodeType kMonitorType{"monitor", kMonitorMethods, nullptr};

int cancel_monitor(lua_State* L) {
  const auto* node = static_cast<MonitorNode*>(check_node(L, 1, kMonitorType));
  ActorScript& script = ActorScript::of(L);
  lua_pushboolean(L, script.is_monitoring(node->number) ? 1 : 0);
  script.remove_monitor(node->number);
  return 1;
}

/// What an actor has to end in order where nothing else is said.
constexpr double kStopSeconds = 5;

/// Of the options at `index`.
bool read_forced(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return false;
  luaL_checktype(L, index, LUA_TTABLE);
  lua_getfield(L, index, "forced");
  const bool forced = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return forced;
}

}  // namespace

const detail::RefTarget* check_controlled(lua_State* L, int index, const char* what) {
  const detail::RefTarget* target = check_ref(L, index);
  if (!ActorScript::of(L).host().controls(*target) && !is_granted(L, index)) {
    raise_format(L, ErrorCode::denied,
                 "%s needs control over the actor: whoever spawned or supervises it has that, and "
                 "can hand it on with actor.grant()",
                 what);
  }
  return target;
}

int monitor(lua_State* L) {
  const detail::RefTarget* target = check_ref(L, 1);
  if (ActorScript::of(L).monitor_count() >= kMonitorsMax) {
    return raise(L, ErrorCode::overload, "too many monitors in one actor");
  }
  auto* node = push_node<MonitorNode>(L, kMonitorType);
  node->number = ActorScript::of(L).add_monitor(*target);
  return 1;
}

int link(lua_State* L) {
  const detail::RefTarget* target = check_ref(L, 1);
  Host& host = ActorScript::of(L).host();
  if (target == host.self()) return 0;
  if (!host.descends_from(*target)) check_controlled(L, 1, "actor.link()");
  host.link(*target, true);
  return 0;
}

int unlink(lua_State* L) {
  const detail::RefTarget* target = check_ref(L, 1);
  ActorScript::of(L).host().link(*target, false);
  return 0;
}

int trap(lua_State* L) {
  luaL_checktype(L, 1, LUA_TBOOLEAN);
  ActorScript::of(L).host().trap(lua_toboolean(L, 1) != 0);
  return 0;
}

int grant(lua_State* L) {
  push_grant(L, check_controlled(L, 1, "actor.grant()"));
  return 1;
}

int stop(lua_State* L) {
  const detail::RefTarget* target = check_controlled(L, 1, "actor.stop()");
  const double seconds = lua_isnoneornil(L, 2) ? kStopSeconds : check_seconds(L, 2);
  Host& host = ActorScript::of(L).host();
  host.stop(*target, after_seconds(host.now(), seconds));
  return 0;
}

int kill(lua_State* L) {
  const detail::RefTarget* target = check_controlled(L, 1, "actor.kill()");
  ActorScript& script = ActorScript::of(L);
  if (target == script.host().self()) {
    script.request_exit("killed");
    return leave_task(L);
  }
  script.host().kill(*target);
  return 0;
}

/// recycle(ref, { forced = })
int recycle(lua_State* L) {
  const detail::RefTarget* target = check_controlled(L, 1, "actor.recycle()");
  const bool forced = read_forced(L, 2);
  ActorScript& script = ActorScript::of(L);
  bool asked = false;
  {
    auto result = script.host().recycle(*target, forced);
    asked = result.has_value();
    if (!asked) script.scratch().error = std::move(result.error());
  }
  if (!asked) return raise(L, script.scratch().error);
  return 0;
}

/// reload(ref or path, { forced = })
int reload(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  const bool is_file = lua_type(L, 1) == LUA_TSTRING;
  if (is_file && script.sandbox() != Sandbox::none) {
    return raise(L, ErrorCode::denied,
                 "actor.reload() of a file is about all who run it, and is for sandbox level none");
  }
  const detail::RefTarget* target = is_file ? nullptr : check_controlled(L, 1, "actor.reload()");
  const bool forced = read_forced(L, 2);
  lua_Integer generation = 0;
  {
    std::size_t size = 0;
    const char* path = is_file ? lua_tolstring(L, 1, &size) : "";
    auto result = script.host().reload(target, std::string(path, size), forced);
    if (result) {
      generation = static_cast<lua_Integer>(*result);
    } else {
      script.scratch().error = std::move(result.error());
    }
  }
  if (generation == 0) return raise(L, script.scratch().error);
  lua_pushinteger(L, generation);
  return 1;
}

}  // namespace moonwright::runtime
