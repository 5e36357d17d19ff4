// node.cpp: see node.hpp.
#include "runtime/node.hpp"

#include <lua.hpp>

#include "runtime/error_value.hpp"

namespace moonwright::runtime {
namespace {

int collect_node(lua_State* L) {
  auto* node = static_cast<HostNode*>(lua_touserdata(L, 1));
  if (node == nullptr || node->release == nullptr) return 0;
  State::of(L).take_off(node);
  std::exchange(node->release, nullptr)(node);
  return 0;
}

}  // namespace

void push_node_metatable(lua_State* L, const NodeType& type) {
  luaL_checkstack(L, 5, "cannot make an object");
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &type) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 6);
  lua_createtable(L, 0, 4);
  luaL_setfuncs(L, type.methods, 0);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, collect_node);
  lua_setfield(L, -2, "__gc");
  lua_pushstring(L, type.name);
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  if (type.events != nullptr) luaL_setfuncs(L, type.events, 0);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &type);
}

void* to_node(lua_State* L, int index, const NodeType& type) noexcept {
  void* node = lua_touserdata(L, index);
  if (node == nullptr || lua_checkstack(L, 2) == 0 || lua_getmetatable(L, index) == 0) {
    return nullptr;
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, &type);
  const bool matches = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  // At level none the debug library can finalise an object that is still in use.
  return matches && static_cast<HostNode*>(node)->release != nullptr ? node : nullptr;
}

bool is_node(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA) return false;
  luaL_checkstack(L, 2, "cannot look at an object");
  if (lua_getmetatable(L, index) == 0) return false;
  lua_pushliteral(L, "__gc");
  lua_rawget(L, -2);
  const bool is_ours = lua_tocfunction(L, -1) == collect_node;
  lua_pop(L, 2);
  return is_ours;
}

void* check_node(lua_State* L, int index, const NodeType& type) {
  void* node = to_node(L, index, type);
  if (node == nullptr) type_error(L, index, type.name);
  return node;
}

}  // namespace moonwright::runtime
