// string_library.hpp: the functions of the string library that can run long, with the semantics of
// the Lua 5.4 manual, in a bounded number of steps.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// Puts find, match, gmatch, gsub and rep into the table at the top of the stack, over upstream's.
/// Raises: memory errors.
void set_string_functions(lua_State* L);

}  // namespace moonwright::runtime
