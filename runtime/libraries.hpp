// libraries.hpp: the globals of a state, opened when they are first used.
//
// An idle actor needs none of them, and opening all costs more memory than its whole script. So the
// table of globals starts empty, and a metatable fills it in name by name. Functions that could
// tell the difference (pairs, next, rawget, rawset, getmetatable and setmetatable on the globals)
// open everything first and drop the metatable.
#pragma once

#include <string_view>

struct lua_State;

namespace moonwright::runtime {

/// Prepares the globals and the string metatable of a new state, as its sandbox level allows.
/// Raises: memory errors.
void install_libraries(lua_State* L);

/// Opens everything at once if the value at `index` is the table of globals, so that raw access
/// finds what a script expects. Cheap for any other value. Raises: memory errors.
void open_if_globals(lua_State* L, int index);

/// Opens the string library, which the metatable of strings otherwise does at its first use.
/// Raises: memory errors.
void open_string_library(lua_State* L);

/// Whether `name` is a library at some level, which no host module may be called.
[[nodiscard]] bool is_library(std::string_view name) noexcept;

/// The same of any global that is there from the beginning, functions included.
[[nodiscard]] bool is_built_in(std::string_view name) noexcept;

/// Pushes the library `name` ("math", …) and answers true, or pushes nothing: no such library, or
/// not at this level. For `require`. Raises: memory errors.
[[nodiscard]] bool push_library(lua_State* L, const char* name);

}  // namespace moonwright::runtime
