// limit_options.hpp: the options of a spawn that say what the new actor may use.
#pragma once

#include "runtime/option_reader.hpp"

namespace moonwright::runtime {

/// Readers for options of these names; they fill SpawnRequest::limits.
void read_limits(lua_State* L, SpawnRequest& request, const char* name);
void read_profile(lua_State* L, SpawnRequest& request, const char* name);
void read_on_limit(lua_State* L, SpawnRequest& request, const char* name);
void read_cancel_grace(lua_State* L, SpawnRequest& request, const char* name);
void read_max_in_flight(lua_State* L, SpawnRequest& request, const char* name);

}  // namespace moonwright::runtime
