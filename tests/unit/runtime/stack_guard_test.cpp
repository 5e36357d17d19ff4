// stack_guard_test.cpp: a scope that leaves the stack as high as it says.
#include "runtime/stack_guard.hpp"

#include "lua_run.hpp"

namespace moonwright::runtime {
namespace {

TEST(StackGuard, AcceptsAScopeThatIsBalanced) {
  const auto state = open_state();
  lua_State* L = state->lua();
  lua_pushinteger(L, 1);
  {
    const StackGuard guard(L);
    lua_pushinteger(L, 2);
    lua_pop(L, 1);
  }
  EXPECT_EQ(lua_gettop(L), 1);
}

TEST(StackGuard, AcceptsTheResultsThatWereAnnounced) {
  const auto state = open_state();
  lua_State* L = state->lua();
  {
    const StackGuard guard(L, 2);
    lua_pushinteger(L, 1);
    lua_pushinteger(L, 2);
  }
  EXPECT_EQ(lua_gettop(L), 2);
  EXPECT_EQ(lua_tointeger(L, -1), 2);
}

void leave_slot_behind(lua_State* L) {
  const StackGuard guard(L);
  lua_pushinteger(L, 1);
}

// Debug builds stop at the mistake; release builds repair it.
TEST(StackGuardDeathTest, DoesNotLetASlotBeLeftBehind) {
  const auto state = open_state();
  EXPECT_DEBUG_DEATH(leave_slot_behind(state->lua()), "a Lua stack slot was left behind");
  EXPECT_EQ(lua_gettop(state->lua()), 0);
}

}  // namespace
}  // namespace moonwright::runtime
