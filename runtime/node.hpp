// node.hpp: userdata that own something outside the state.
#pragma once

#include <lua.hpp>
#include <new>
#include <utility>

#include "runtime/state.hpp"

namespace moonwright::runtime {

/// What kind of userdata a metatable makes. The address of an object of this type is the registry
/// key of its metatable.
struct NodeType {
  const char* name;         ///< for messages: "actor", "future", …
  const luaL_Reg* methods;  ///< ends with a null name
  const luaL_Reg* events;   ///< metamethods besides __index and __gc; may be null
};

/// Pushes the metatable of `type`, made at its first use. Raises: memory errors.
void push_node_metatable(lua_State* L, const NodeType& type);

/// The userdata of `type` at `index`, or null. Never raises.
[[nodiscard]] void* to_node(lua_State* L, int index, const NodeType& type) noexcept;

/// Whether the value at `index` is a userdata of any such type. Raises: memory errors.
[[nodiscard]] bool is_node(lua_State* L, int index);

/// As to_node(); raises an argument error instead of answering null.
[[nodiscard]] void* check_node(lua_State* L, int index, const NodeType& type);

/// Pushes a new userdata that holds a `Node`, which derives from HostNode and is made from
/// `arguments`. It is destroyed when it is collected or when the state goes, whichever comes first.
/// Raises: memory errors, before the Node is made.
/// @param kUserValues Lua values that the userdata has a place for.
template <class Node, int kUserValues = 0, class... Arguments>
Node* push_node(lua_State* L, const NodeType& type, Arguments&&... arguments) {
  push_node_metatable(L, type);
  void* memory = lua_newuserdatauv(L, sizeof(Node), kUserValues);
  auto* node = new (memory) Node{std::forward<Arguments>(arguments)...};
  node->release = [](HostNode* self) noexcept { static_cast<Node*>(self)->~Node(); };
  State::of(L).put_on(node);
  lua_insert(L, -2);
  lua_setmetatable(L, -2);
  return node;
}

}  // namespace moonwright::runtime
