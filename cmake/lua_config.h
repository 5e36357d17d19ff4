/*
 * Forced into every source of Lua (gcc -include), so that upstream's files stay as they are.
 * What is set here was measured on small states: a bare one shrinks by about a third.
 */
#ifndef MOONWRIGHT_LUA_CONFIG_H
#define MOONWRIGHT_LUA_CONFIG_H

/* An idle actor interns few strings; the table grows by itself when it does not. */
#define MINSTRTABSIZE 32

/* Upstream's cache of C strings is 53 x 2 pointers per state: more than an idle actor needs. */
#define STRCACHE_N 7
#define STRCACHE_M 1

/*
 * Upstream seeds its string hash from the clock and three addresses. Ours is asked of the
 * operating system, or is fixed in a simulation; runtime/ defines it.
 */
struct lua_State;
__attribute__((visibility("hidden"))) unsigned int moonwright_lua_seed(struct lua_State *L);
#define luai_makeseed(L) moonwright_lua_seed(L)

/* The largest of the memory classes. Which states have less is said state by state. */
#define LUAI_MAXCCALLS 256

/*
 * The largest stack is a constant upstream; ours is a property of the state. For ldo.c, where
 * stacks grow and shrink; it always has the state as `L`.
 */
__attribute__((visibility("hidden"))) int moonwright_lua_stack_max(struct lua_State *L);
#if defined(MOONWRIGHT_BOUND_STACKS)
#define LUA_CORE
#include "luaconf.h"
#undef LUAI_MAXSTACK
#define LUAI_MAXSTACK moonwright_lua_stack_max(L)
#endif

/*
 * ThreadSanitizer keeps a call stack of its own. It takes back what a longjmp leaves, but does not
 * know _longjmp, which Lua prefers: each error and each yield would leave some frames behind.
 */
#if defined(__SANITIZE_THREAD__)
#define LUAI_THROW(L, c) longjmp((c)->b, 1)
#define LUAI_TRY(L, c, a) \
  if (setjmp((c)->b) == 0) { \
    a \
  }
#define luai_jmpbuf jmp_buf
#endif

/*
 * Scripts run in coroutines. The main thread of a state only makes them, by shallow calls for which
 * few slots are enough. For lstate.c, where `L1` gets its first stack. Last, because it includes
 * what the above changes.
 */
#if defined(MOONWRIGHT_SMALL_MAIN_STACK)
#include "lprefix.h"
#define LUA_CORE
#include "lstate.h"
#undef BASIC_STACK_SIZE
#define BASIC_STACK_SIZE (L1 == L ? LUA_MINSTACK + 5 : 2 * LUA_MINSTACK)
#endif

#endif
