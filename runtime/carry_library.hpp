// carry_library.hpp: actor.checkpoint and actor.passivate: what an actor has, kept outside its
// state.
#pragma once

struct lua_State;

namespace moonwright::runtime {

int take_checkpoint(lua_State* L);
int passivate(lua_State* L);

}  // namespace moonwright::runtime
