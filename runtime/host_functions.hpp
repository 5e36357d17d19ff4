// host_functions.hpp: C++ functions that the host has exposed, as modules of Lua functions.
#pragma once

struct lua_State;

namespace moonwright::runtime {

class ActorScript;

/// Pushes a table of the functions exposed as `name`.* and answers true, or pushes nothing.
/// Raises: memory errors.
[[nodiscard]] bool push_host_module(lua_State* L, ActorScript& script, const char* name);

}  // namespace moonwright::runtime
