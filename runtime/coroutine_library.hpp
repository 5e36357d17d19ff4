// coroutine_library.hpp: coroutines through which awaits pass.
//
// A script's own coroutine may call actor.call or actor.sleep. Its await has to reach the runtime,
// so resume and wrap hand such a yield on to whoever resumed them, and go on transparently when the
// task is resumed. Meanwhile the coroutine is `normal`: nobody else can resume or close it.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// Returns the library table. Semantics of the Lua 5.4 manual otherwise.
int open_coroutine(lua_State* L);

}  // namespace moonwright::runtime
