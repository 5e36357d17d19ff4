/*
 * lua_tables.h: values of a Lua state, looked at where they are. Only the bundled Lua can show them
 * (MOONWRIGHT_BUNDLED_LUA).
 *
 * Lua's own interface shows a value by pushing it, and asks for the last key to find the next: a
 * look-up for each entry, and a slot of the stack for each table that is open. A walk through a
 * large graph needs neither. Nothing here allocates, raises, pushes (but for one function), or runs
 * code of the state. What is shown stays valid as long as nothing of the state runs and nothing in
 * it is collected.
 */
#ifndef MOONWRIGHT_LUA_TABLES_H
#define MOONWRIGHT_LUA_TABLES_H

#include <stddef.h>

struct lua_State;

#ifdef __cplusplus
extern "C" {
#endif

enum MoonwrightKind {
  kMoonwrightNil,
  kMoonwrightFalse,
  kMoonwrightTrue,
  kMoonwrightInteger,
  kMoonwrightFloat,
  kMoonwrightString,
  kMoonwrightTable,
  kMoonwrightFunction,
  kMoonwrightCFunction, /* one without upvalues, which is no object: its address is the code's */
  kMoonwrightUserdata,
  kMoonwrightThread,
  kMoonwrightPointer /* a light userdata */
};

/* One value, borrowed. */
typedef struct MoonwrightValue {
  enum MoonwrightKind kind;
  union {
    long long integer;
    double real;
    const void* object; /* what it is told apart by: of everything from kMoonwrightString on */
  } as;
  const char* text; /* of a string, `size` bytes */
  size_t size;
} MoonwrightValue;

/* Shows the value at `index` of the stack. */
__attribute__((visibility("hidden"))) void moonwright_value_at(struct lua_State* L, int index,
                                                               MoonwrightValue* value);

/* Pushes a function or userdata that was shown. Needs a slot of the stack. */
__attribute__((visibility("hidden"))) void moonwright_value_push(struct lua_State* L,
                                                                 const MoonwrightValue* value);

/* What has been counted of a table. Begins as zeros. */
typedef struct MoonwrightTableSize {
  unsigned slots;    /* that have been looked at */
  unsigned elements; /* entries 1..n without a gap, in the part of the table that is an array */
  unsigned others;   /* all other entries */
} MoonwrightTableSize;

/* Goes on counting, through at most `slots` slots. Whether the whole table has been counted. */
__attribute__((visibility("hidden"))) int moonwright_table_count(const void* table,
                                                                 MoonwrightTableSize* size,
                                                                 unsigned slots);

/* How many slots there are in the table: at least as many as entries. */
__attribute__((visibility("hidden"))) unsigned moonwright_table_slots(const void* table);

/*
 * Shows the next entry from `slot` on, beginning with 0. The slot to go on from, or 0: there is
 * none. First come the elements, in order; then the others, in the order of lua_next().
 */
__attribute__((visibility("hidden"))) unsigned moonwright_table_next(const void* table,
                                                                     unsigned slot,
                                                                     MoonwrightValue* key,
                                                                     MoonwrightValue* value);

/* The metatable, or null. */
__attribute__((visibility("hidden"))) const void* moonwright_table_metatable(const void* table);

#ifdef __cplusplus
}
#endif

#endif
