// info_library.hpp: actor.info and actor.tasks: what an actor uses, and is at.
#pragma once

struct lua_State;

namespace moonwright::runtime {

int info(lua_State* L);
int tasks(lua_State* L);

}  // namespace moonwright::runtime
