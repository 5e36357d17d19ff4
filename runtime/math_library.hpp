// math_library.hpp: the math library.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// Pushes the library: a lua_CFunction like upstream's luaopen_math, whose functions it keeps: each
/// takes a few steps. What differs is where random numbers begin: upstream makes a seed of the time
/// and an address, and `randomseed` tells it; here the first seed is the state's, and below level
/// `none` `randomseed()` asks the operating system for one and tells nothing.
/// Raises: memory errors.
int open_math(lua_State* L);

}  // namespace moonwright::runtime
