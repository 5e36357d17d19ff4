// task_entries.hpp: the C functions that a task's coroutine starts with.
//
// They decode, call script code and encode inside the coroutine, so that whatever raises there,
// memory errors included, ends that task and nothing else.
#pragma once

struct lua_State;

namespace moonwright::runtime::entries {

/// Loads the chunk, calls it with the spawn arguments and adopts what it returns.
int run_chunk(lua_State* L);
/// Calls the handler that the current message names, and answers with what it returns.
int run_handler(lua_State* L);
/// Calls the hook on_down for the current message.
int run_down(lua_State* L);
/// Calls the function that subscribed to the event which the current message is.
int run_event(lua_State* L);
/// Calls the hook of the module `lifecycle` that the script's life_hook() names.
int run_life_hook(lua_State* L);
/// Calls the hook on_checkpoint and keeps what it returns.
int run_checkpoint(lua_State* L);
/// Calls what the firing timer was given.
int run_timer(lua_State* L);
/// Calls the hook that the script's hook_name() names, with hook_argument() if there is one.
int run_hook(lua_State* L);

}  // namespace moonwright::runtime::entries
