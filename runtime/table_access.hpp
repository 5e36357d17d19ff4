// table_access.hpp: what the table library accepts as a table, and how much of one.
#pragma once

#include <lua.hpp>

namespace moonwright::runtime {

/// What a function does with its table, which may be anything with the metamethods for it.
constexpr unsigned kRead = 1, kWrite = 2, kLength = 4;

/// Raises: "table expected", unless the argument at `index` is a table or has the metamethods for
/// `use`.
void check_table(lua_State* L, int index, unsigned use);

/// The length of the argument at 1, which must be a table for `use`. Raises: as check_table();
/// whatever its `__len` raises.
[[nodiscard]] lua_Integer checked_length(lua_State* L, unsigned use);

/// How many elements one call may move, sort or join: as many as the memory limit has room for. No
/// table has more, but what `#` or an argument says may be anything.
[[nodiscard]] lua_Unsigned elements_max(lua_State* L) noexcept;

}  // namespace moonwright::runtime
