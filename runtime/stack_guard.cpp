// stack_guard.cpp: see stack_guard.hpp.
#include "runtime/stack_guard.hpp"

#include <cassert>
#include <lua.hpp>

namespace moonwright::runtime {

StackGuard::StackGuard(lua_State* L, int results) noexcept
    : L_(L), expected_top_(lua_gettop(L) + results) {}

StackGuard::~StackGuard() {
  assert(lua_gettop(L_) == expected_top_ && "a Lua stack slot was left behind or taken away");
  lua_settop(L_, expected_top_);
}

}  // namespace moonwright::runtime
