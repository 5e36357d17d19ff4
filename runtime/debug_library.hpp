// debug_library.hpp: the debug library, whose hooks share the one hook of each coroutine with the
// meter.
//
// A script's hook is ours, too: it never takes the place of the one by which limits and preemption
// work. For level `none` only, and RuntimeOptions::enable_debug.
#pragma once

#include <cstdint>

struct lua_State;
struct lua_Debug;

namespace moonwright::runtime {

/// The hooks that the script of one state has set.
struct DebugHooks {
  bool enabled = false;  ///< whether there is debug.sethook() at all
  bool running = false;  ///< one of them runs: its own calls and lines call none
  int mask = 0;          ///< the events of all its coroutines together, but for the count
};

/// Opens `debug`, for `require` and the globals. Raises: memory errors.
int open_debug(lua_State* L);

/// Calls what the script has set for this event on `L`, if it has. In a hook. Raises: what that
/// raises.
void call_debug_hook(lua_State* L, lua_Debug* event);

}  // namespace moonwright::runtime
