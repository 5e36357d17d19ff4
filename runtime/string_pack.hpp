// string_pack.hpp: string.pack, packsize and unpack.
#pragma once

struct lua_State;

namespace moonwright::runtime {

int pack(lua_State* L);
int packsize(lua_State* L);
int unpack(lua_State* L);

}  // namespace moonwright::runtime
