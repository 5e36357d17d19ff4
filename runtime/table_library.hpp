// table_library.hpp: the table library, with the semantics of the Lua 5.4 manual; what can run long
// is ours and takes a bounded number of steps.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// Pushes the library: a lua_CFunction like upstream's luaopen_table. Raises: memory errors.
int open_table(lua_State* L);

}  // namespace moonwright::runtime
