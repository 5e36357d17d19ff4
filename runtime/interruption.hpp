// interruption.hpp: how a running script is made to look up, to give way, and to end.
//
// A script is stopped by yielding out of it and never resuming it: no pcall, message handler,
// closing variable or coroutine sees anything of it. Where the VM cannot yield, because a C
// function is in between, an error unwinds the stack, which our pcall, xpcall and coroutine library
// pass on; the hook stays armed meanwhile, so that nothing which runs on the way gets further than
// one instruction.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// Has interruption happen at the next instruction of `L`, once. May be called in a signal handler
/// of the thread that runs `L`, and within an allocation.
void arm_hook(lua_State* L) noexcept;

/// The same after every `count` instructions.
void arm_count_hook(lua_State* L, int count) noexcept;

/// Whether it is going to.
[[nodiscard]] bool is_armed(lua_State* L) noexcept;

/// Has nothing happen on `L` any more, but for what the script's own hooks want to hear of.
void disarm_hook(lua_State* L) noexcept;

/// What a library function meets when its fuel is spent. Raises: whatever ends the work.
void checkpoint(lua_State* L);

/// Ends the running task, for good. Does not return, except to a hook, which returns at once.
void leave(lua_State* L);

/// To be called by whatever has caught an error with `status`, before the script sees it: passes on
/// what no script may catch.
void pass_on_ends(lua_State* L, int status);

}  // namespace moonwright::runtime
