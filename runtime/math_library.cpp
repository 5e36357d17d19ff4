// math_library.cpp: see math_library.hpp.
#include "runtime/math_library.hpp"

#include <lua.hpp>

#include "runtime/entropy.hpp"
#include "runtime/state.hpp"

namespace moonwright::runtime {
namespace {

constexpr int kUpstream = lua_upvalueindex(1);

void push_random_seeds(lua_State* L) {
  lua_Integer seeds[2];
  fill_random(seeds, sizeof seeds);
  lua_pushinteger(L, seeds[0]);
  lua_pushinteger(L, seeds[1]);
}

/// `randomseed`, around upstream's.
int randomseed(lua_State* L) {
  if (lua_isnone(L, 1)) {
    push_random_seeds(L);
  } else {
    // Checked here, for an error that names this function.
    luaL_checkinteger(L, 1);
    luaL_optinteger(L, 2, 0);
    lua_settop(L, 2);
  }
  lua_pushvalue(L, kUpstream);
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 0);
  return 0;
}

}  // namespace

int open_math(lua_State* L) {
  State& state = State::of(L);
  luaopen_math(L);
  lua_getfield(L, -1, "randomseed");
  lua_pushvalue(L, -1);
  if (state.has_secret_random()) {
    // What a script draws tells its seed in the end: so that must not be the one of the hashes.
    push_random_seeds(L);
    lua_call(L, 2, 0);
  } else {
    lua_pushinteger(L, state.seed());
    lua_call(L, 1, 0);
  }
  if (state.sandbox() != Sandbox::none) {
    lua_pushcclosure(L, randomseed, 1);
    lua_setfield(L, -2, "randomseed");
  } else {
    lua_pop(L, 1);
  }
  return 1;
}

}  // namespace moonwright::runtime
