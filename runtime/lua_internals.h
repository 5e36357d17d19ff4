/*
 * lua_internals.h: the few fields of a lua_State that exact accounting needs and that Lua's
 * interface does not show. Only the bundled Lua can answer; with another (MOONWRIGHT_LUA=system)
 * the counts are charged by parts of intervals instead.
 */
#ifndef MOONWRIGHT_LUA_INTERNALS_H
#define MOONWRIGHT_LUA_INTERNALS_H

struct lua_Debug;
struct lua_State;

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Instructions until the count hook of `L` fires. In its hook, or when it yielded in it: the whole
 * count, as nothing has been done since.
 */
__attribute__((visibility("hidden"))) int moonwright_lua_count(const struct lua_State *L);

/*
 * Lets the count hook of `L`, which must be armed, fire after `count` instructions. Unlike
 * lua_sethook() it takes the same time whatever the depth of the stack. `L` may have been stopped
 * in its hook, where Lua repeats one instruction that has been counted: it is not counted again.
 */
__attribute__((visibility("hidden"))) void moonwright_lua_set_count(struct lua_State *L, int count);

/*
 * Bounds the depth of nested calls through C, at most 256, on `main` and under the coroutines that
 * it resumes. To be called while nothing runs.
 */
__attribute__((visibility("hidden"))) void moonwright_lua_set_call_depth(struct lua_State *main,
                                                                         int depth);

/* Lets the next error of `L` unwind to its pcall or xpcall without calling a message handler. */
__attribute__((visibility("hidden"))) void moonwright_lua_skip_handler(struct lua_State *L);

/*
 * Whether hooks are called on `L`. Lua calls none while one runs; whoever lets it has to forbid it
 * again before the hook returns.
 */
__attribute__((visibility("hidden"))) void moonwright_lua_allow_hooks(struct lua_State *L,
                                                                      int allow);

/* Raises the error of memory that was refused, as Lua itself does. Does not return. */
__attribute__((visibility("hidden"), noreturn)) void moonwright_lua_memory_error(
    struct lua_State *L);

/*
 * Moves `frame`, of lua_getstack(), to the call around it. 0: there is none. Going through a whole
 * stack by lua_getstack() alone takes the square of its depth.
 */
__attribute__((visibility("hidden"))) int moonwright_lua_step_outward(const struct lua_State *L,
                                                                      struct lua_Debug *frame);

/*
 * The call of a C function that `L` is in, null if it is in none. Reads two words, which are always
 * there to be read: in a signal handler, too.
 */
__attribute__((visibility("hidden"))) const void *moonwright_lua_c_call(const struct lua_State *L);

/* Whether that call was made by the function that `L` is in now. */
__attribute__((visibility("hidden"))) int moonwright_lua_has_left(const struct lua_State *L,
                                                                  const void *call);

/*
 * Collects all garbage as Lua does when memory was refused: no finalizer is called. What has one
 * stays.
 */
__attribute__((visibility("hidden"))) void moonwright_lua_collect_silently(struct lua_State *L);

/* How many slots the stack of `L` has now. */
__attribute__((visibility("hidden"))) int moonwright_lua_stack_size(const struct lua_State *L);

#ifdef __cplusplus
}
#endif

#endif
