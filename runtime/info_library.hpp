// info_library.hpp: actor.info, actor.tasks and actor.checkpoint: what an actor uses, is at,
// and has.
#pragma once

struct lua_State;

namespace moonwright::runtime {

int info(lua_State* L);
int tasks(lua_State* L);
int take_checkpoint(lua_State* L);

}  // namespace moonwright::runtime
