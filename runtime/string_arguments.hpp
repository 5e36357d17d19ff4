// string_arguments.hpp: how the string functions read their arguments.
#pragma once

#include <cstddef>
#include <lua.hpp>
#include <string_view>

namespace moonwright::runtime {

/// The string argument at `index`; a number is one, too. Raises: "string expected".
inline std::string_view check_string(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(L, index, &size);
  return {text, size};
}

/// The value at `index`, which is known to be a string or a number.
inline std::string_view string_at(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(L, index, &size);
  return {text, size};
}

/// A position as scripts give the first one of a range, from 1 on; negative: from the end.
constexpr std::size_t first_position(lua_Integer position, std::size_t size) noexcept {
  if (position > 0) return static_cast<std::size_t>(position);
  if (position == 0 || position < -static_cast<lua_Integer>(size)) return 1;
  return size - static_cast<std::size_t>(-position) + 1;
}

/// The last one of a range; 0: before the string.
constexpr std::size_t last_position(lua_Integer position, std::size_t size) noexcept {
  if (position > static_cast<lua_Integer>(size)) return size;
  if (position >= 0) return static_cast<std::size_t>(position);
  if (position < -static_cast<lua_Integer>(size)) return 0;
  return size - static_cast<std::size_t>(-position) + 1;
}

}  // namespace moonwright::runtime
