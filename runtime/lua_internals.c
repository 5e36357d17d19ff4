/* lua_internals.c: see lua_internals.h. Compiled with Lua's own sources, as part of mw_lua. */
#define LUA_CORE
#include "lprefix.h"

#include "lua_internals.h"

#include "lstate.h"

static int yielded_in_hook(const lua_State *L) {
  return L->status == LUA_YIELD && isLua(L->ci) && (L->ci->callstatus & CIST_HOOKYIELD);
}

int moonwright_lua_count(const lua_State *L) {
  return yielded_in_hook(L) ? L->basehookcount : L->hookcount;
}

void moonwright_lua_set_count(lua_State *L, int count) {
  L->basehookcount = count;
  /* Otherwise Lua has left 1, for the instruction that it repeats. */
  if (!yielded_in_hook(L)) L->hookcount = count;
}

void moonwright_lua_set_call_depth(lua_State *main, int depth) {
  main->nCcalls = (main->nCcalls & 0xffff0000u) |
                  (l_uint32)(depth >= LUAI_MAXCCALLS ? 0 : LUAI_MAXCCALLS - depth);
}

void moonwright_lua_skip_handler(lua_State *L) { L->errfunc = 0; }

const void *moonwright_lua_stack(const lua_State *L) { return L->stack.p; }
