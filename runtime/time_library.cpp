// time_library.cpp: see time_library.hpp.
#include "runtime/time_library.hpp"

#include <algorithm>
#include <cmath>
#include <lua.hpp>

#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/node.hpp"

namespace moonwright::runtime {

namespace {

/// The script's handle of a fork; null when that has ended.
struct TaskNode : HostNode {
  Task* task = nullptr;

  ~TaskNode() {
    if (task != nullptr) task->handle = nullptr;
  }
};

/// Timers, and forks, that one actor may have at a time.
constexpr std::size_t kTimersMax = 100'000;
constexpr std::size_t kForksMax = 100'000;

struct TimerNode : HostNode {
  std::uint32_t number = 0;
  std::uint32_t generation = 0;
};

int cancel_timer(lua_State* L);
int cancel_task(lua_State* L);
constexpr luaL_Reg kTimerMethods[] = {{"cancel", cancel_timer}, {nullptr, nullptr}};
constexpr luaL_Reg kTaskMethods[] = {{"cancel", cancel_task}, {nullptr, nullptr}};
constexpr NodeType kTimerType{"timer", kTimerMethods, nullptr};
constexpr NodeType kTaskType{"task", kTaskMethods, nullptr};

int finish_sleep(lua_State* L, int, lua_KContext) {
  const Delivery& delivery = ActorScript::of(L).delivery();
  if (!delivery.failed) return 0;
  push_failure(L, delivery);
  return lua_error(L);
}

/// Packs the function and arguments from `first` on into a sequence whose length is at index 0, and
/// anchors it in the registry.
int anchor_call(lua_State* L, int first) {
  const int count = lua_gettop(L) - first + 1;
  lua_createtable(L, count, 1);
  lua_insert(L, first);
  for (int i = count; i >= 1; --i) lua_rawseti(L, first, i);
  lua_pushinteger(L, count);
  lua_rawseti(L, first, 0);
  return luaL_ref(L, LUA_REGISTRYINDEX);
}

int start_timer(lua_State* L, bool repeats) {
  const double seconds = check_seconds(L, 1);
  if (!lua_isfunction(L, 2)) type_error(L, 2, "function");
  if (repeats && seconds < 1e-6) argument_error(L, 1, "an interval of less than a microsecond");
  ActorScript& script = ActorScript::of(L);
  if (script.timer_count() >= kTimersMax) {
    return raise(L, ErrorCode::overload, "too many timers in one actor");
  }
  auto* node = push_node<TimerNode>(L, kTimerType);
  lua_insert(L, 1);
  const Instant now = script.host().now();
  const Instant due = after_seconds(now, seconds);
  const int anchor = anchor_call(L, 3);
  node->number = script.add_timer(due, repeats ? due - now : std::chrono::nanoseconds(0), anchor);
  node->generation = script.timer_generation(node->number);
  lua_settop(L, 1);
  return 1;
}

int cancel_timer(lua_State* L) {
  const auto* node = static_cast<TimerNode*>(check_node(L, 1, kTimerType));
  ActorScript& script = ActorScript::of(L);
  const bool active = script.timer_generation(node->number) == node->generation;
  lua_pushboolean(L, active ? 1 : 0);
  script.cancel_timer(node->number, node->generation);
  return 1;
}

int cancel_task(lua_State* L) {
  auto* node = static_cast<TaskNode*>(check_node(L, 1, kTaskType));
  lua_pushboolean(L, node->task != nullptr ? 1 : 0);
  if (node->task != nullptr) ActorScript::of(L).cancel(*node->task);
  return 1;
}

/// Stack of within: 1 the previous own deadline, 2 this one's, 3.. the function's results.
int finish_within(lua_State* L, int status, lua_KContext) {
  ActorScript& script = ActorScript::of(L);
  const Instant previous{std::chrono::nanoseconds(lua_tointeger(L, 1))};
  const Instant deadline{std::chrono::nanoseconds(lua_tointeger(L, 2))};
  script.scope().own = previous;
  if (status != LUA_OK && status != LUA_YIELD) return lua_error(L);
  // The function may have swallowed the error of a wait that the deadline cut short.
  const Task* task = script.current();
  if (task != nullptr && task->expired_scope == deadline) {
    return raise(L, ErrorCode::timeout, "the time of within() is over", "within");
  }
  return lua_gettop(L) - 2;
}

}  // namespace

Instant after_seconds(Instant from, double seconds) noexcept {
  return from + std::chrono::nanoseconds(static_cast<std::int64_t>(std::ceil(seconds * 1e9)));
}

double check_seconds(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TNUMBER) type_error(L, index, "number of seconds");
  const lua_Number seconds = lua_tonumber(L, index);
  if (!(seconds >= 0 && seconds <= kSecondsMax)) {
    argument_error(L, index, "a number of seconds from 0 to 1e9 expected");
  }
  return seconds;
}

int now(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  auto since_start = script.host().now().time_since_epoch();
  if (script.sandbox() == Sandbox::strict) since_start -= since_start % kCoarseTime;
  lua_pushnumber(L, std::chrono::duration<double>(since_start).count());
  return 1;
}

int sleep(lua_State* L) {
  const double seconds = check_seconds(L, 1);
  ActorScript& script = ActorScript::of(L);
  script.require_await(L);
  script.wait_until(after_seconds(script.host().now(), seconds));
  return script.await(L, finish_sleep, 0);
}

int after(lua_State* L) { return start_timer(L, false); }
int every(lua_State* L) { return start_timer(L, true); }

int fork(lua_State* L) {
  if (!lua_isfunction(L, 1)) type_error(L, 1, "function");
  if (ActorScript::of(L).fork_count() >= kForksMax) {
    return raise(L, ErrorCode::overload, "too many forks in one actor");
  }
  auto* node = push_node<TaskNode>(L, kTaskType);
  lua_insert(L, 1);
  Task& task = ActorScript::of(L).fork(L, lua_gettop(L) - 2, TaskKind::fork);
  task.handle = &node->task;
  node->task = &task;
  return 1;
}

int within(lua_State* L) {
  const double seconds = check_seconds(L, 1);
  if (!lua_isfunction(L, 2)) type_error(L, 2, "function");
  ActorScript& script = ActorScript::of(L);
  const Instant previous = script.scope().own;
  const Instant deadline = std::min(previous, after_seconds(script.host().now(), seconds));
  const int arguments = lua_gettop(L) - 2;
  lua_pushinteger(L, previous.time_since_epoch().count());
  lua_replace(L, 1);
  lua_pushinteger(L, deadline.time_since_epoch().count());
  lua_insert(L, 2);
  script.scope().own = deadline;
  const int status = lua_pcallk(L, arguments, LUA_MULTRET, 0, 0, finish_within);
  return finish_within(L, status, 0);
}

int leave_task(lua_State* L) {
  if (!ActorScript::of(L).can_await(L)) return luaL_error(L, "the actor is ending");
  return ActorScript::of(L).abandon(L);
}

}  // namespace moonwright::runtime
