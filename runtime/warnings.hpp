// warnings.hpp: the functions with which a script hears that it is about to reach a limit.
//
// `onMemoryWarning(used, limit)` and `onResourceWarning(fraction, resource)` are globals of the
// script. Each runs on a coroutine of its own, inside whatever the script is doing, like a signal
// handler: it may not await, and it is stopped when it takes long.
#pragma once

#include <cstdint>

struct lua_State;

namespace moonwright::runtime {

class ActorScript;

/// Runs onMemoryWarning(), if the script has it. In a hook on `L`.
void warn_of_memory(lua_State* L, ActorScript& script, std::uint64_t used, std::uint64_t limit);

/// Runs the warnings that are due. In a hook on `L`.
void give_warnings(lua_State* L, ActorScript& script);

}  // namespace moonwright::runtime
