// pristine.cpp: see pristine.hpp.
#include "runtime/pristine.hpp"

#include <lua.hpp>

#include "runtime/libraries.hpp"

namespace moonwright::runtime {
namespace {

/// Fields of all tables together; whoever has more is not used again.
constexpr int kFieldsMax = 20'000;

// The anchored table has these lists. A table has the same place in the first three.
enum Part : int { kTables = 1, kCopies, kMetatables, kBasic, kParts = kBasic };

struct Remembering {
  int anchor = LUA_NOREF;
  int fields = 0;
};

struct Restoring {
  int anchor;
  const PoolReuse& options;
  bool same = true;
};

/// Pushes a value of each basic type, one after the other, and calls `visit` with its number.
template <class Visit>
void for_each_basic(lua_State* L, const Visit& visit) {
  int number = 0;
  const auto next = [&] {
    visit(++number);
    lua_pop(L, 1);
  };
  lua_pushnil(L), next();
  lua_pushboolean(L, 0), next();
  lua_pushinteger(L, 0), next();
  lua_pushliteral(L, ""), next();
  lua_pushlightuserdata(L, nullptr), next();
  lua_pushcfunction(L, [](lua_State*) { return 0; }), next();
  lua_pushthread(L), next();
}

/// Notes the table at the top of the stack, which it takes, unless it is known.
/// @param parts the index of the lists; `known` that of a set of the tables in them.
void note(lua_State* L, int parts, int known) {
  lua_pushvalue(L, -1);
  if (lua_rawget(L, known) != LUA_TNIL) {
    lua_pop(L, 2);
    return;
  }
  lua_pop(L, 1);
  lua_rawgeti(L, parts, kTables);
  const auto place = static_cast<lua_Integer>(lua_rawlen(L, -1)) + 1;
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, place);
  lua_pop(L, 1);
  lua_pushboolean(L, 1);
  lua_rawset(L, known);
}

void note_metatable(lua_State* L, int index, int parts, int known) {
  if (lua_getmetatable(L, index) != 0) note(L, parts, known);
}

/// Copies the table of this place, and notes those that it leads to. Answers how many fields.
int copy(lua_State* L, lua_Integer place, int parts, int known) {
  luaL_checkstack(L, 12, "a copy of the globals");
  lua_rawgeti(L, parts, kTables);
  lua_rawgeti(L, -1, place);
  lua_remove(L, -2);
  const int table = lua_gettop(L);
  lua_newtable(L);
  const int fields = lua_gettop(L);
  int count = 0;
  for (lua_pushnil(L); lua_next(L, table) != 0; ++count) {
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, fields);
    if (lua_type(L, -1) == LUA_TTABLE) {
      note(L, parts, known);
    } else {
      lua_pop(L, 1);
    }
  }
  lua_rawgeti(L, parts, kCopies);
  lua_pushvalue(L, fields);
  lua_rawseti(L, -2, place);
  lua_rawgeti(L, parts, kMetatables);
  if (lua_getmetatable(L, table) == 0) lua_pushboolean(L, 0);
  lua_rawseti(L, -2, place);
  note_metatable(L, table, parts, known);
  lua_settop(L, table - 1);
  return count;
}

int remember_all(lua_State* L) {
  auto* const job = static_cast<Remembering*>(lua_touserdata(L, 1));
  luaL_checkstack(L, 20, "a copy of the globals");
  lua_pushglobaltable(L);
  open_if_globals(L, -1);
  open_string_library(L);
  lua_settop(L, 1);
  lua_createtable(L, kParts, 0);
  const int parts = lua_gettop(L);
  for (int part = kTables; part <= kParts; ++part) {
    lua_newtable(L);
    lua_rawseti(L, parts, part);
  }
  lua_newtable(L);
  const int known = lua_gettop(L);
  // The first two have places of their own: restore_all() relies on it.
  lua_pushglobaltable(L);
  note(L, parts, known);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  note(L, parts, known);
  lua_rawgeti(L, parts, kBasic);
  const int basic = lua_gettop(L);
  for_each_basic(L, [&](int number) {
    if (lua_getmetatable(L, -1) == 0) lua_pushboolean(L, 0);
    lua_rawseti(L, basic, number);
    note_metatable(L, -1, parts, known);
  });
  lua_settop(L, known);
  lua_rawgeti(L, parts, kTables);
  const int tables = lua_gettop(L);
  for (lua_Integer place = 1; place <= static_cast<lua_Integer>(lua_rawlen(L, tables)); ++place) {
    job->fields += copy(L, place, parts, known);
    if (job->fields > kFieldsMax) return 0;
  }
  lua_pushvalue(L, parts);
  job->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

/// Puts the table and the copy of this place on the stack.
void push_pair(lua_State* L, int parts, lua_Integer place) {
  for (const int part : {kTables, kCopies}) {
    lua_rawgeti(L, parts, part);
    lua_rawgeti(L, -1, place);
    lua_remove(L, -2);
  }
}

/// Has the fields of `table` as they are in `copy`.
void restore_fields(lua_State* L, int table, int copy) {
  for (lua_pushnil(L); lua_next(L, table) != 0;) {
    lua_pushvalue(L, -2);
    lua_rawget(L, copy);
    const bool changed = lua_rawequal(L, -1, -2) == 0;
    if (changed) {
      lua_pushvalue(L, -3);
      lua_pushvalue(L, -2);
      lua_rawset(L, table);
    }
    lua_pop(L, 2);
  }
  for (lua_pushnil(L); lua_next(L, copy) != 0;) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, table);
  }
}

bool has_same_fields(lua_State* L, int table, int copy) {
  int left = 0;
  for (lua_pushnil(L); lua_next(L, table) != 0; ++left) {
    lua_pushvalue(L, -2);
    lua_rawget(L, copy);
    const bool same = lua_rawequal(L, -1, -2) != 0;
    lua_pop(L, 2);
    if (!same) {
      lua_pop(L, 1);
      return false;
    }
  }
  for (lua_pushnil(L); lua_next(L, copy) != 0; --left) lua_pop(L, 1);
  return left == 0;
}

/// Whether the value at `index` has the metatable, or none, of this place in a list of them.
bool has_same_metatable(lua_State* L, int index, int parts, Part list, lua_Integer place) {
  if (lua_getmetatable(L, index) == 0) lua_pushboolean(L, 0);
  lua_rawgeti(L, parts, list);
  lua_rawgeti(L, -1, place);
  const bool same = lua_rawequal(L, -1, -3) != 0;
  lua_pop(L, 3);
  return same;
}

int restore_all(lua_State* L) {
  auto* const job = static_cast<Restoring*>(lua_touserdata(L, 1));
  luaL_checkstack(L, 20, "the globals as they were");
  lua_rawgeti(L, LUA_REGISTRYINDEX, job->anchor);
  const int parts = lua_gettop(L);
  const bool restores[] = {job->options.globals, job->options.modules};
  lua_rawgeti(L, parts, kTables);
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, -1));
  lua_pop(L, 1);
  for (lua_Integer place = 1; place <= count && job->same; ++place) {
    push_pair(L, parts, place);
    const int table = parts + 1;
    const bool is_root = place <= 2;
    if (is_root && restores[place - 1]) restore_fields(L, table, table + 1);
    job->same = (is_root || has_same_fields(L, table, table + 1)) &&
                has_same_metatable(L, table, parts, kMetatables, place);
    lua_settop(L, parts);
  }
  for_each_basic(L, [&](int number) {
    job->same = job->same && has_same_metatable(L, -1, parts, kBasic, number);
  });
  return 0;
}

}  // namespace

std::unique_ptr<Pristine> Pristine::remember(State& state) {
  Remembering job;
  if (!state.protect(remember_all, &job) || job.anchor == LUA_NOREF) return nullptr;
  return std::unique_ptr<Pristine>(new Pristine(state, job.anchor));
}

bool Pristine::restore(const PoolReuse& options) {
  Restoring job{anchor_, options};
  return state_.protect(restore_all, &job) && job.same;
}

}  // namespace moonwright::runtime
