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
};

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

}  // namespace moonwright::runtime
