// info_library.hpp: actor.info: what an actor uses, for scripts.
#pragma once

struct lua_State;

namespace moonwright::runtime {

int info(lua_State* L);

}  // namespace moonwright::runtime
