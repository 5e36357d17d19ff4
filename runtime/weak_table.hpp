// weak_table.hpp: what a state knows about its objects without keeping them.
#pragma once

#include <lua.hpp>

namespace moonwright::runtime {

/// Pushes the table that the registry has at `key`, made at its first use; `mode` says what in it
/// is weak, as `__mode` does. Needs three slots of the stack. Raises: memory errors.
inline void push_weak_table(lua_State* L, const void* key, const char* mode) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 1);
  lua_createtable(L, 0, 1);
  lua_pushstring(L, mode);
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

}  // namespace moonwright::runtime
