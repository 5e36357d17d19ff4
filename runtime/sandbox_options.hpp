// sandbox_options.hpp: the option `sandbox` of a spawn.
#pragma once

struct lua_State;

namespace moonwright::runtime {

struct SpawnRequest;

/// Reads a level, or a table with level, libraries and capabilities, at the top of the stack.
/// Raises: invalid_argument.
void read_sandbox(lua_State* L, SpawnRequest& request, const char* name);

}  // namespace moonwright::runtime
