// info_library.cpp: see info_library.hpp.
#include "runtime/info_library.hpp"

#include <limits>
#include <lua.hpp>

#include "runtime/error_value.hpp"
#include "runtime/keep.hpp"
#include "runtime/ref_userdata.hpp"
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
  stats.cpu_time -= stats.cpu_time % kCoarseTime;
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
  if (target == own) {
    // The actor itself sees what it uses right now, and not what it used when its turn began.
    const std::size_t mailbox_messages = stats.mailbox_messages;
    stats = stats_of(script);
    stats.mailbox_messages = mailbox_messages;
  }
  if (script.sandbox() == Sandbox::strict) make_coarse(stats);
  lua_createtable(L, 0, 7);
  set_count(L, "id", target->id());
  push_memory(L, stats.memory);
  lua_setfield(L, -2, "memory");
  lua_pushnumber(L, std::chrono::duration<double>(stats.cpu_time).count());
  lua_setfield(L, -2, "cpu_time");
  set_count(L, "instructions", stats.instructions);
  lua_pushboolean(L, stats.instructions_exact ? 1 : 0);
  lua_setfield(L, -2, "instructions_exact");
  set_count(L, "warnings", stats.warnings);
  set_count(L, "mailbox_messages", stats.mailbox_messages);
  return 1;
}

}  // namespace moonwright::runtime
