// table_access.cpp: see table_access.hpp.
#include "runtime/table_access.hpp"

#include <algorithm>
#include <cstdint>

#include "runtime/state.hpp"

namespace moonwright::runtime {
namespace {

constexpr std::uint64_t kBytesPerElement = 16;
/// What is allowed under any limit, and the most that is allowed without one.
constexpr std::uint64_t kElementsFloor = std::uint64_t{1} << 20;
constexpr std::uint64_t kElementsCeiling = std::uint64_t{1} << 27;

bool has_field(lua_State* L, int index, const char* name) {
  lua_pushstring(L, name);
  const bool present = lua_rawget(L, index) != LUA_TNIL;
  lua_pop(L, 1);
  return present;
}

}  // namespace

void check_table(lua_State* L, int index, unsigned use) {
  if (lua_type(L, index) == LUA_TTABLE) return;
  if (lua_getmetatable(L, index) != 0) {
    const int metatable = lua_gettop(L);
    const bool usable = ((use & kRead) == 0 || has_field(L, metatable, "__index")) &&
                        ((use & kWrite) == 0 || has_field(L, metatable, "__newindex")) &&
                        ((use & kLength) == 0 || has_field(L, metatable, "__len"));
    lua_pop(L, 1);
    if (usable) return;
  }
  luaL_checktype(L, index, LUA_TTABLE);
}

lua_Integer checked_length(lua_State* L, unsigned use) {
  check_table(L, 1, use | kLength);
  return luaL_len(L, 1);
}

lua_Unsigned elements_max(lua_State* L) noexcept {
  return std::clamp(State::of(L).memory().limit / kBytesPerElement, kElementsFloor,
                    kElementsCeiling);
}

}  // namespace moonwright::runtime
