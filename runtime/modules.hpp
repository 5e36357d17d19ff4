// modules.hpp: `require`, for the runtime's own modules, host modules and pure-Lua files.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// The global `require`. A module is loaded once per state; its chunk may await. Looks, in order,
/// among what is loaded, the runtime's modules ("actor"), the libraries, package.preload, exposed
/// host functions, and the files that the actor's host finds.
int require(lua_State* L);

}  // namespace moonwright::runtime
