// lifecycle_library.hpp: the module `lifecycle`: a table in which a script sets its hooks.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// Pushes the module, which the script's hooks are looked up in from now on.
int open_lifecycle(lua_State* L);

}  // namespace moonwright::runtime
