// string_slices.hpp: byte, lower, reverse, sub and upper.
#pragma once

#include <lua.hpp>

namespace moonwright::runtime {

/// The functions by their names, for luaL_setfuncs().
extern const luaL_Reg kStringSlices[];

}  // namespace moonwright::runtime
