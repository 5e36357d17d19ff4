// quota_library.cpp: see quota_library.hpp.
#include "runtime/quota_library.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <lua.hpp>

#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/scratch.hpp"

namespace moonwright::runtime {
namespace {

void set_bytes(lua_State* L, const char* name, std::uint64_t bytes) {
  if (bytes > static_cast<std::uint64_t>(std::numeric_limits<lua_Integer>::max())) {
    lua_pushnumber(L, std::numeric_limits<lua_Number>::infinity());
  } else {
    lua_pushinteger(L, static_cast<lua_Integer>(bytes));
  }
  lua_setfield(L, -2, name);
}

void set_number(lua_State* L, const char* name, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

void push_row(lua_State* L, const QuotaRow& row) {
  lua_createtable(L, 0, 8);
  set_bytes(L, "id", row.id);
  lua_pushlstring(L, row.name.data(), row.name.size());
  lua_setfield(L, -2, "name");
  set_bytes(L, "quota", row.quota);
  set_bytes(L, "used", row.used);
  set_bytes(L, "mailbox", row.mailbox);
  set_number(L, "efficiency", row.efficiency);
  set_number(L, "uptime", std::chrono::duration<double>(row.uptime).count());
  set_number(L, "last_settled", std::chrono::duration<double>(row.last_settled).count());
}

}  // namespace

int quota(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  QuotaStatus& status = script.scratch().quota;
  status = script.host().quota_status();
  luaL_checkstack(L, 6, "a status");
  lua_createtable(L, 0, 9);
  lua_pushboolean(L, status.enforced ? 1 : 0);
  lua_setfield(L, -2, "enforced");
  if (script.sandbox() == Sandbox::none) {
    set_bytes(L, "total", status.total);
    set_bytes(L, "available", status.available);
    set_bytes(L, "granted", status.granted);
    set_bytes(L, "at_hand", status.at_hand);
    set_bytes(L, "used", status.used);
    set_bytes(L, "overdrawn", status.overdrawn);
    set_number(L, "efficiency", status.efficiency);
    lua_pushboolean(L, status.under_pressure ? 1 : 0);
    lua_setfield(L, -2, "under_pressure");
  }
  lua_createtable(L, static_cast<int>(status.actors.size()), 0);
  for (std::size_t i = 0; i < status.actors.size(); ++i) {
    push_row(L, status.actors[i]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i + 1));
  }
  lua_setfield(L, -2, "actors");
  return 1;
}

}  // namespace moonwright::runtime
