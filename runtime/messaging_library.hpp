// messaging_library.hpp: send, call and request, as functions of `actor` and as methods of
// references.
#pragma once

struct lua_State;
struct luaL_Reg;

namespace moonwright::runtime {

/// The methods of a reference: send, call, request, id.
extern const luaL_Reg kRefMethods[];

/// The functions of the same names in the module `actor`. The receiver is a reference or the name
/// of a registered actor.
int send(lua_State* L);
int call(lua_State* L);
int request(lua_State* L);

/// What call() resumes with: the results of the reply, or its error, raised.
int finish_call(lua_State* L, int status, long context);

}  // namespace moonwright::runtime
