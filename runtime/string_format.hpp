// string_format.hpp: string.format.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// `string.format` of the manual. Numbers are written as in the C locale, whatever the host has
/// set; below level `none` there are no addresses, neither by `%p` nor by `%s`.
int format(lua_State* L);

}  // namespace moonwright::runtime
