// ref_userdata.cpp: references, one userdata for each actor that a state knows.
#include "runtime/ref_userdata.hpp"

#include <lua.hpp>

#include "runtime/messaging_library.hpp"
#include "runtime/node.hpp"
#include "runtime/weak_table.hpp"

namespace moonwright::runtime {
namespace {

struct RefNode : HostNode {
  ActorRef ref;
  bool granted = false;  ///< control over the actor has been handed to this one
};

/// Control over an actor on its way to somebody else.
struct GrantNode : HostNode {
  ActorRef ref;
};
constexpr luaL_Reg kNoMethods[] = {{nullptr, nullptr}};
constexpr NodeType kGrantType{"control of an actor", kNoMethods, nullptr};

/// Its address is the registry key of the table from target to userdata, with weak values.
const char kKnownKey = 0;

int ref_to_string(lua_State* L) {
  const detail::RefTarget* target = to_ref(L, 1);
  if (target == nullptr) return luaL_typeerror(L, 1, "actor");
  lua_pushfstring(L, "actor#%I", static_cast<LUAI_UACINT>(target->id()));
  return 1;
}

constexpr luaL_Reg kEvents[] = {{"__tostring", ref_to_string}, {nullptr, nullptr}};
constexpr NodeType kRefType{"actor", kRefMethods, kEvents};

}  // namespace

void push_ref(lua_State* L, const detail::RefTarget* target) {
  luaL_checkstack(L, 8, "cannot make a reference");
  push_weak_table(L, &kKnownKey, "v");
  if (lua_rawgetp(L, -1, target) == LUA_TUSERDATA) {
    lua_remove(L, -2);
    return;
  }
  lua_pop(L, 1);
  auto* node = push_node<RefNode>(L, kRefType);
  node->ref = ActorRef::of(target);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, -3, target);
  lua_remove(L, -2);
}

const detail::RefTarget* to_ref(lua_State* L, int index) noexcept {
  auto* node = static_cast<RefNode*>(to_node(L, index, kRefType));
  return node == nullptr || node->release == nullptr ? nullptr : node->ref.target();
}

bool is_granted(lua_State* L, int index) noexcept {
  const auto* node = static_cast<RefNode*>(to_node(L, index, kRefType));
  return node != nullptr && node->granted;
}

void set_granted(lua_State* L, int index) noexcept {
  if (auto* node = static_cast<RefNode*>(to_node(L, index, kRefType))) node->granted = true;
}

void push_grant(lua_State* L, const detail::RefTarget* target) {
  auto* node = push_node<GrantNode>(L, kGrantType);
  node->ref = ActorRef::of(target);
}

const detail::RefTarget* to_grant(lua_State* L, int index) noexcept {
  auto* node = static_cast<GrantNode*>(to_node(L, index, kGrantType));
  return node == nullptr || node->release == nullptr ? nullptr : node->ref.target();
}

}  // namespace moonwright::runtime
