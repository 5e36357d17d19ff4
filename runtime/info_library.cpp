// info_library.cpp: see info_library.hpp.
#include "runtime/info_library.hpp"

#include <limits>
#include <lua.hpp>
#include <string_view>

#include "runtime/error_value.hpp"
#include "runtime/keep.hpp"
#include "runtime/ref_userdata.hpp"
#include "runtime/relations_library.hpp"
#include "runtime/task_list.hpp"
#include "runtime/time_library.hpp"
#include "runtime/usage.hpp"

namespace moonwright::runtime {
namespace {

void set_count(lua_State* L, const char* name, std::uint64_t value) {
  if (value == kUnlimited) {
    lua_pushnumber(L, std::numeric_limits<lua_Number>::infinity());
  } else {
    lua_pushinteger(L, static_cast<lua_Integer>(value));
  }
  lua_setfield(L, -2, name);
}

/// Exact figures tell of what others do, by what they take from it.
void make_coarse(ActorStats& stats) {
  constexpr std::uint64_t kBytes = 16u << 10;
  for (std::uint64_t* bytes : {&stats.memory.used_bytes, &stats.memory.peak_bytes}) {
    *bytes = (*bytes + kBytes - 1) / kBytes * kBytes;
  }
  const auto coarse = [](auto& time) { time -= time % kCoarseTime; };
  coarse(stats.cpu_time);
  coarse(stats.run_time);
  coarse(stats.mailbox_age);
  coarse(stats.life.age);
  coarse(stats.life.average_run_time);
  coarse(stats.life.p95_run_time);
  for (auto* time : {&stats.created, &stats.last_used}) {
    *time -= time->time_since_epoch() % kCoarseTime;
  }
}

void set_seconds(lua_State* L, const char* name, std::chrono::nanoseconds time) {
  lua_pushnumber(L, std::chrono::duration<double>(time).count());
  lua_setfield(L, -2, name);
}

void push_memory(lua_State* L, const MemoryStats& memory) {
  lua_createtable(L, 0, 8);
  set_count(L, "used_bytes", memory.used_bytes);
  set_count(L, "peak_bytes", memory.peak_bytes);
  set_count(L, "limit_bytes", memory.limit_bytes);
  set_count(L, "forced_collections", memory.forced_collections);
  set_count(L, "freed_bytes", memory.freed_bytes);
  set_count(L, "average_freed_bytes", memory.average_freed_bytes);
  set_count(L, "violations", memory.violations);
  set_count(L, "emergency_collections", memory.emergency_collections);
}

void push_life(lua_State* L, const LifeStats& life) {
  lua_createtable(L, 0, 6);
  set_seconds(L, "age", life.age);
  set_count(L, "uses", life.uses);
  set_count(L, "errors", life.errors);
  set_count(L, "limit_hits", life.limit_hits);
  set_seconds(L, "average_run_time", life.average_run_time);
  set_seconds(L, "p95_run_time", life.p95_run_time);
}

/// What it has done, over all its lives and in this one.
void set_work(lua_State* L, const ActorStats& stats) {
  set_seconds(L, "created", stats.created.time_since_epoch());
  set_seconds(L, "last_used", stats.last_used.time_since_epoch());
  set_count(L, "uses", stats.uses);
  set_count(L, "errors", stats.errors);
  set_count(L, "limit_hits", stats.limit_hits);
  set_seconds(L, "run_time", stats.run_time);
  set_count(L, "restarts", stats.restarts);
  set_count(L, "recycles", stats.recycles);
  set_count(L, "incarnation", stats.incarnation);
  lua_pushboolean(L, stats.passive ? 1 : 0);
  lua_setfield(L, -2, "passive");
  set_count(L, "generation", stats.generation);
  push_life(L, stats.life);
  lua_setfield(L, -2, "life");
}

/// The actor itself sees what it uses right now, and not what it used when its turn began.
void refresh(ActorStats& stats, const ActorScript& script) {
  const ActorStats now = stats_of(script);
  stats.memory = now.memory;
  stats.cpu_time = now.cpu_time;
  stats.instructions = now.instructions;
  stats.instructions_exact = now.instructions_exact;
  stats.warnings = now.warnings;
}

/// What is kept of the buffer from one use to the next.
constexpr std::size_t kKeptBytes = 4u << 10;

/// The tasks of the running script, encoded, in its scratch. The inner scope of push_own_tasks():
/// nothing in here raises.
void encode_own_tasks(ActorScript& script) {
  Scratch& scratch = script.scratch();
  const TaskList list = list_tasks(script);
  scratch.bytes.clear(kKeptBytes);
  scratch.refs.clear();
  const Values values{to_value(list), list.total};
  // A hundred tasks are far below every bound.
  static_cast<void>(encode_values(values, MessageLimits{}, scratch.bytes, scratch.refs));
}

/// Pushes the list and its number.
int push_own_tasks(lua_State* L, ActorScript& script) {
  encode_own_tasks(script);
  const int count = decode(L, script.scratch().bytes.view(), script.scratch().refs);
  if (count < 0) return raise(L, ErrorCode::corrupt, "the tasks could not be decoded");
  return count;
}

/// Stack: 1 the actor, 2 "tasks", as a request has it; above that what is to be kept.
int ask_tasks(lua_State* L, lua_KFunction continuation) {
  ActorScript& script = ActorScript::of(L);
  script.require_await(L);
  const std::uint64_t id = script.open_request(script.request_deadline(), nullptr);
  if (id == 0) return raise(L, ErrorCode::overload, "too many requests without an answer");
  script.host().ask_tasks(*to_ref(L, 1), id);
  return script.await(L, continuation, 0);
}

/// Pushes the list and its number, or raises what has been answered instead.
int push_answer(lua_State* L) {
  const Delivery& delivery = ActorScript::of(L).delivery();
  if (delivery.failed || delivery.message == nullptr) {
    push_failure(L, delivery);
    return lua_error(L);
  }
  const int count = decode(L, delivery.message->bytes(), delivery.message->ref_list());
  if (count < 0) return raise(L, ErrorCode::corrupt, "a reply could not be decoded");
  return count;
}

int finish_tasks(lua_State* L, int, lua_KContext) { return push_answer(L); }

/// Stack: 1 the actor, 2 "tasks", 3 the table of info(), which keeps the list.
int finish_index(lua_State* L, int, lua_KContext) {
  push_answer(L);
  lua_settop(L, 4);
  lua_pushvalue(L, -1);
  lua_setfield(L, 3, "tasks");
  return 1;
}

/// `__index` of what info() answers about another actor, the upvalue: its tasks are asked for when
/// somebody looks at them.
int index_info(lua_State* L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  std::size_t size = 0;
  const char* key = lua_tolstring(L, 2, &size);
  if (std::string_view(key, size) != "tasks") return 0;
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_pushliteral(L, "tasks");
  lua_insert(L, 2);
  return ask_tasks(L, finish_index);
}

/// The same for the actor itself, which knows at once.
int index_own_info(lua_State* L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  std::size_t size = 0;
  const char* key = lua_tolstring(L, 2, &size);
  if (std::string_view(key, size) != "tasks") return 0;
  push_own_tasks(L, ActorScript::of(L));
  lua_settop(L, 3);
  lua_pushvalue(L, -1);
  lua_setfield(L, 1, "tasks");
  return 1;
}

/// Gives the table at the top of the stack the field `tasks`, if the script may see it.
void set_tasks(lua_State* L, const detail::RefTarget* target) {
  Host& host = ActorScript::of(L).host();
  const bool own = target == host.self();
  if (!own && !host.controls(*target) && !is_granted(L, 1)) return;
  lua_createtable(L, 0, 1);
  if (own) {
    lua_pushcfunction(L, index_own_info);
  } else {
    push_ref(L, target);
    lua_pushcclosure(L, index_info, 1);
  }
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}

}  // namespace

int info(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  const detail::RefTarget* own = script.host().self();
  const detail::RefTarget* target = lua_isnoneornil(L, 1) ? own : to_ref(L, 1);
  if (target == nullptr) return type_error(L, 1, "actor");
  ActorStats stats;
  if (!keep(script, script.host().stats(*target), stats)) {
    return raise(L, script.scratch().error);
  }
  if (target == own) refresh(stats, script);
  if (script.sandbox() == Sandbox::strict) make_coarse(stats);
  lua_createtable(L, 0, 18);
  set_count(L, "id", target->id());
  push_memory(L, stats.memory);
  lua_setfield(L, -2, "memory");
  set_seconds(L, "cpu_time", stats.cpu_time);
  set_count(L, "instructions", stats.instructions);
  lua_pushboolean(L, stats.instructions_exact ? 1 : 0);
  lua_setfield(L, -2, "instructions_exact");
  set_count(L, "warnings", stats.warnings);
  set_count(L, "mailbox_messages", stats.mailbox_messages);
  set_seconds(L, "mailbox_age", stats.mailbox_age);
  set_work(L, stats);
  set_tasks(L, target);
  return 1;
}

int tasks(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  const detail::RefTarget* own = script.host().self();
  if (lua_isnoneornil(L, 1) || to_ref(L, 1) == own) return push_own_tasks(L, script);
  check_controlled(L, 1, "actor.tasks()");
  lua_settop(L, 1);
  lua_pushliteral(L, "tasks");
  return ask_tasks(L, finish_tasks);
}

}  // namespace moonwright::runtime
