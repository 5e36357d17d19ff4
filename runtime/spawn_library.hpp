// spawn_library.hpp: actor.spawn.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// actor.spawn(path, ...) or actor.spawn{ script= or source=, … }. Everything that is wrong with
/// the call is raised here; the chunk runs in the new actor.
int spawn(lua_State* L);

}  // namespace moonwright::runtime
