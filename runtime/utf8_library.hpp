// utf8_library.hpp: the utf8 library, with the semantics of the Lua 5.4 manual, in a bounded number
// of steps.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// Pushes the library: a lua_CFunction like upstream's luaopen_utf8, of which it keeps `char` (a
/// few bytes for each argument) and `charpattern`. Raises: memory errors.
int open_utf8(lua_State* L);

}  // namespace moonwright::runtime
