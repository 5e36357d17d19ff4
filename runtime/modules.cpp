// modules.cpp: see modules.hpp.
#include "runtime/modules.hpp"

#include <cstring>
#include <lua.hpp>
#include <memory>
#include <string>
#include <utility>

#include "runtime/actor_library.hpp"
#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/host_functions.hpp"
#include "runtime/libraries.hpp"

namespace moonwright::runtime {
namespace {

/// Stack layout of require: 1 the name, 2 the table of loaded modules.
constexpr int kLoaded = 2;

/// Remembers the module at the top of the stack and returns it.
int keep_module(lua_State* L) {
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawset(L, kLoaded);
  return 1;
}

/// After a loader has run: what it returned, or what it stored itself, or true.
int finish_loader(lua_State* L, int, lua_KContext) {
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushvalue(L, 1);
    if (lua_rawget(L, kLoaded) != LUA_TNIL) return 1;
    lua_pop(L, 1);
    lua_pushboolean(L, 1);
  }
  return keep_module(L);
}

bool push_preloaded(lua_State* L) {
  if (lua_getfield(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE) == LUA_TTABLE) {
    lua_pushvalue(L, 1);
    if (lua_rawget(L, -2) == LUA_TFUNCTION) {
      lua_remove(L, -2);
      return true;
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return false;
}

/// Finds and pushes the chunk of a module file, and its path; otherwise leaves the reason in the
/// script's scratch error. The inner scope ends before anything can raise.
bool push_file(lua_State* L, ActorScript& script, const char* name) {
  {
    auto found = script.host().find_module(name);
    if (!found) {
      script.scratch().error = std::move(found.error());
      return false;
    }
    script.scratch().code = std::move(*found);
  }
  const Code* code = script.scratch().code.get();
  code->push(L);
  lua_pushstring(L, code->chunk_name().c_str() + 1);
  return true;
}

}  // namespace

int require(lua_State* L) {
  std::size_t size = 0;
  const char* name = luaL_checklstring(L, 1, &size);
  luaL_argcheck(L, std::strlen(name) == size, 1, "a name without zero bytes expected");
  lua_settop(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, kLoaded) != LUA_TNIL) return 1;
  lua_pop(L, 1);
  if (push_runtime_module(L, name) || push_library(L, name)) return keep_module(L);
  if (push_preloaded(L)) {
    lua_pushvalue(L, 1);
    lua_callk(L, 1, 1, 0, finish_loader);
    return finish_loader(L, LUA_OK, 0);
  }
  ActorScript* script = State::of(L).script();
  if (script == nullptr) return luaL_error(L, "module '%s' not found", name);
  if (push_host_module(L, *script, name)) return keep_module(L);
  if (!push_file(L, *script, name)) return raise(L, script->scratch().error);
  lua_pushvalue(L, 1);
  lua_insert(L, -2);
  lua_callk(L, 2, 1, 0, finish_loader);
  return finish_loader(L, LUA_OK, 0);
}

}  // namespace moonwright::runtime
