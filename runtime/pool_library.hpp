// pool_library.hpp: pools, as scripts ask for them.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// `actor.pool{...}`.
int make_pool(lua_State* L);

}  // namespace moonwright::runtime
