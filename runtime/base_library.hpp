// base_library.hpp: the base functions, with the semantics of the Lua 5.4 manual.
//
// They are ours rather than upstream's because each is opened on its own, when first used, and
// because several must differ: `load` takes text only, `setmetatable` refuses finalizers, `print`
// goes where the host says.
#pragma once

struct lua_State;

namespace moonwright::runtime::base {

int assert_(lua_State* L);
int collectgarbage(lua_State* L);
int dofile(lua_State* L);
int error(lua_State* L);
int getmetatable(lua_State* L);
int ipairs(lua_State* L);
int load(lua_State* L);
int loadfile(lua_State* L);
int next(lua_State* L);
int pairs(lua_State* L);
int pcall(lua_State* L);
int print(lua_State* L);
int rawequal(lua_State* L);
int rawget(lua_State* L);
int rawlen(lua_State* L);
int rawset(lua_State* L);
int select(lua_State* L);
int setmetatable(lua_State* L);
int tonumber(lua_State* L);
int tostring(lua_State* L);
int type(lua_State* L);
int warn(lua_State* L);
int xpcall(lua_State* L);

}  // namespace moonwright::runtime::base
