/* lua_internals.c: see lua_internals.h. Compiled with Lua's own sources, as part of mw_lua. */
#define LUA_CORE
#include "lprefix.h"

#include "lua_internals.h"

#include "ldo.h"
#include "lgc.h"
#include "lobject.h"
#include "lstate.h"
#include "ltm.h"

/*
 * Takes the place of luaT_gettmbyobj() where Lua looks for what to call instead of a value that is
 * no function. What it finds may be no function either, and Lua goes on without executing a single
 * instruction, each step moving all arguments: values that name each other, or themselves, would
 * keep it busy for minutes. A chain that goes on for longer than this ends as if there was nothing.
 */
#define CALL_CHAIN_MAX 100

const TValue *moonwright_lua_call_handler(lua_State *L, const TValue *o, TMS event) {
  static __thread const void *last;
  static __thread int length;
  const TValue *found = luaT_gettmbyobj(L, o, event);
  /* The next link of a chain is asked for what the last one gave. */
  length = iscollectable(o) && gcvalue(o) == last ? length + 1 : 0;
  last = iscollectable(found) ? (const void *)gcvalue(found) : NULL;
  return length > CALL_CHAIN_MAX ? &G(L)->nilvalue : found;
}

/*
 * Takes the place of luaD_growstack() in lua_checkstack(), which never raises. Two things are
 * different from upstream. A stack that would get too large is left as it is: upstream enlarges it
 * by what is meant for the handling of errors, and answers yes when asked again. And where there is
 * no memory, the garbage is collected before the answer is no, as for every other block.
 */
int moonwright_lua_grow_stack(lua_State *L, int n, int raises) {
  const global_State *g = G(L);
  if (n > moonwright_lua_stack_max(L) - cast_int(L->top.p - L->stack.p)) return 0;
  if (luaD_growstack(L, n, raises)) return 1;
  if (!completestate(g) || g->gcstopem || g->gcemergency) return 0;
  luaC_fullgc(L, 1);
  return luaD_growstack(L, n, raises);
}

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

void moonwright_lua_memory_error(lua_State *L) { luaD_throw(L, LUA_ERRMEM); }

void moonwright_lua_allow_hooks(lua_State *L, int allow) { L->allowhook = cast_byte(allow); }

void moonwright_lua_skip_handler(lua_State *L) { L->errfunc = 0; }

int moonwright_lua_step_outward(const lua_State *L, lua_Debug *frame) {
  CallInfo *outer = frame->i_ci->previous;
  if (outer == NULL || outer == &L->base_ci) return 0;
  frame->i_ci = outer;
  return 1;
}

const void *moonwright_lua_c_call(const lua_State *L) {
  const CallInfo *call = L->ci;
  return call != &L->base_ci && !isLua(call) ? call : NULL;
}

int moonwright_lua_has_left(const lua_State *L, const void *call) { return L->ci->next == call; }

void moonwright_lua_collect_silently(lua_State *L) {
  const global_State *g = G(L);
  if (completestate(g) && !g->gcstopem && !g->gcemergency) luaC_fullgc(L, 1);
}

int moonwright_lua_stack_size(const lua_State *L) { return stacksize(L); }
