// profile_library.hpp: actor.profile and actor.mark.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// The lua_CFunctions of that name in the module `actor`; see lua/meta/actor.lua.
int profile(lua_State* L);
int mark(lua_State* L);

}  // namespace moonwright::runtime
