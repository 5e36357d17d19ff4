// string_library.hpp: the functions of the string library, with the semantics of the Lua 5.4
// manual, in a bounded number of steps.
//
// Upstream's are kept where their arguments bound them: char (as many bytes as arguments) and len.
// dump exists at level `none` alone.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// Puts ours into the table at the top of the stack, over upstream's.
/// Raises: memory errors.
void set_string_functions(lua_State* L);

}  // namespace moonwright::runtime
