// spawn_library.hpp: actor.spawn, and what other ways to start an actor have in common with it.
#pragma once

#include "runtime/option_reader.hpp"

struct lua_State;

namespace moonwright::runtime {

/// actor.spawn(path, ...) or actor.spawn{ script= or source=, … }. Everything that is wrong with
/// the call is raised here; the chunk runs in the new actor.
int spawn(lua_State* L);

/// The options of a spawn, for read_options().
[[nodiscard]] OptionList spawn_options() noexcept;
/// Reads, of the table of options at the top of the stack, what these leave out: the script and its
/// arguments. Raises: what is wrong with them.
void read_spawned(lua_State* L, SpawnRequest& request);

}  // namespace moonwright::runtime
