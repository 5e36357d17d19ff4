// relations_library.hpp: what a script has to do with the lives of other actors.
#pragma once

struct lua_State;

namespace moonwright::detail {
class RefTarget;
}

namespace moonwright::runtime {

/// The actor at `index`, over which the running script has control. Raises: denied, with `what` it
/// wants to do; a type error.
const detail::RefTarget* check_controlled(lua_State* L, int index, const char* what);

// Functions of the module `actor`.

int monitor(lua_State* L);
int link(lua_State* L);
int unlink(lua_State* L);
int trap(lua_State* L);
int grant(lua_State* L);
int stop(lua_State* L);
int kill(lua_State* L);
int recycle(lua_State* L);
int reload(lua_State* L);

}  // namespace moonwright::runtime
