// quota_library.hpp: actor.quota: who has how much of the memory budget, for scripts.
#pragma once

struct lua_State;

namespace moonwright::runtime {

int quota(lua_State* L);

}  // namespace moonwright::runtime
