// libraries.cpp: which names there are at which level, and how each is opened.
#include "runtime/libraries.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <lua.hpp>
#include <string_view>

#include "runtime/base_library.hpp"
#include "runtime/coroutine_library.hpp"
#include "runtime/debug_library.hpp"
#include "runtime/lifecycle_library.hpp"
#include "runtime/math_library.hpp"
#include "runtime/modules.hpp"
#include "runtime/os_library.hpp"
#include "runtime/state.hpp"
#include "runtime/string_library.hpp"
#include "runtime/table_library.hpp"
#include "runtime/utf8_library.hpp"

namespace moonwright::runtime {
namespace {

/// How a global comes to be.
enum class Kind { function, library, value };

struct Global {
  const char* name;
  Kind kind;
  lua_CFunction make;  ///< the function itself, or what returns the library or the value
  Sandbox lowest;      ///< the last level that has it
  Library library;     ///< what it is a part of; `print` of none
};

int open_string(lua_State* L) {
  luaopen_string(L);
  set_string_functions(L);
  if (State::of(L).sandbox() == Sandbox::none) return 1;
  lua_pushnil(L);
  lua_setfield(L, -2, "dump");
  // What strings mean is not for a script to change: libraries of the host may rely on it.
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
  return 1;
}

int push_globals(lua_State* L) {
  lua_pushglobaltable(L);
  return 1;
}

int push_version(lua_State* L) {
  lua_pushliteral(L, LUA_VERSION);
  return 1;
}

constexpr Global kGlobals[] = {
    {"_G", Kind::value, push_globals, Sandbox::strict, Library::base},
    {"_VERSION", Kind::value, push_version, Sandbox::strict, Library::base},
    {"assert", Kind::function, base::assert_, Sandbox::strict, Library::base},
    {"collectgarbage", Kind::function, base::collectgarbage, Sandbox::restricted, Library::base},
    {"error", Kind::function, base::error, Sandbox::strict, Library::base},
    {"getmetatable", Kind::function, base::getmetatable, Sandbox::strict, Library::base},
    {"ipairs", Kind::function, base::ipairs, Sandbox::strict, Library::base},
    {"load", Kind::function, base::load, Sandbox::restricted, Library::base},
    {"next", Kind::function, base::next, Sandbox::strict, Library::base},
    {"pairs", Kind::function, base::pairs, Sandbox::strict, Library::base},
    {"pcall", Kind::function, base::pcall, Sandbox::strict, Library::base},
    {"print", Kind::function, base::print, Sandbox::strict, Library::base},
    {"rawequal", Kind::function, base::rawequal, Sandbox::strict, Library::base},
    {"rawget", Kind::function, base::rawget, Sandbox::strict, Library::base},
    {"rawlen", Kind::function, base::rawlen, Sandbox::strict, Library::base},
    {"rawset", Kind::function, base::rawset, Sandbox::strict, Library::base},
    {"require", Kind::function, require, Sandbox::strict, Library::require},
    {"select", Kind::function, base::select, Sandbox::strict, Library::base},
    {"setmetatable", Kind::function, base::setmetatable, Sandbox::strict, Library::base},
    {"tonumber", Kind::function, base::tonumber, Sandbox::strict, Library::base},
    {"tostring", Kind::function, base::tostring, Sandbox::strict, Library::base},
    {"type", Kind::function, base::type, Sandbox::strict, Library::base},
    {"warn", Kind::function, base::warn, Sandbox::strict, Library::base},
    {"xpcall", Kind::function, base::xpcall, Sandbox::strict, Library::base},
    {"coroutine", Kind::library, open_coroutine, Sandbox::strict, Library::coroutine},
    {"lifecycle", Kind::library, open_lifecycle, Sandbox::strict, Library::base},
    {"math", Kind::library, open_math, Sandbox::strict, Library::math},
    {"string", Kind::library, open_string, Sandbox::strict, Library::string},
    {"table", Kind::library, open_table, Sandbox::strict, Library::table},
    {"utf8", Kind::library, open_utf8, Sandbox::strict, Library::utf8},
    {"dofile", Kind::function, base::dofile, Sandbox::none, Library::base},
    {"loadfile", Kind::function, base::loadfile, Sandbox::none, Library::base},
    {"debug", Kind::library, open_debug, Sandbox::none, Library::debug},
    {"io", Kind::library, luaopen_io, Sandbox::none, Library::io},
    {"os", Kind::library, open_os, Sandbox::restricted, Library::os},
    {"package", Kind::library, luaopen_package, Sandbox::none, Library::package},
};

bool is_allowed(const State& state, const Global& global) noexcept {
  if (global.make == base::print) return true;
  return state.sandbox() <= global.lowest && state.libraries().has(global.library);
}

const Global* find_global(lua_State* L, std::string_view name) noexcept {
  for (const Global& global : kGlobals) {
    if (name == global.name) return is_allowed(State::of(L), global) ? &global : nullptr;
  }
  return nullptr;
}

/// Makes `global`, stores it among the globals and leaves it on the stack.
void open_global(lua_State* L, const Global& global) {
  luaL_checkstack(L, 6, "cannot open a library");
  lua_pushglobaltable(L);
  const int globals = lua_gettop(L);
  lua_pushcfunction(L, global.make);
  if (global.kind != Kind::function) {
    lua_pushstring(L, global.name);
    lua_call(L, 1, 1);
  }
  lua_pushstring(L, global.name);
  lua_pushvalue(L, -2);
  lua_rawset(L, globals);
  // luaopen_package brings a `require` of its own; ours stays the only one.
  if (global.make == luaopen_package) {
    lua_pushcfunction(L, require);
    lua_setfield(L, globals, "require");
  }
  lua_remove(L, globals);
}

bool is_present(lua_State* L, const char* name) {
  lua_pushglobaltable(L);
  lua_pushstring(L, name);
  const bool present = lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 2);
  return present;
}

void open_everything(lua_State* L) {
  luaL_checkstack(L, 6, "cannot open the libraries");
  State& state = State::of(L);
  for (const Global& global : kGlobals) {
    if (find_global(L, global.name) == nullptr || is_present(L, global.name)) continue;
    open_global(L, global);
    lua_pop(L, 1);
  }
  lua_pushglobaltable(L);
  lua_pushnil(L);
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
  state.set_lazy_globals(nullptr);
}

/// `__index` of the globals: a name that is not there yet.
int index_globals(lua_State* L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  std::size_t size = 0;
  const char* name = lua_tolstring(L, 2, &size);
  const Global* global = find_global(L, {name, size});
  if (global == nullptr) return 0;
  open_global(L, *global);
  return 1;
}

/// `__newindex` of the globals: a script that sets a library's name means it to stay set, to nil
/// too.
int set_global(lua_State* L) {
  if (lua_type(L, 2) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* name = lua_tolstring(L, 2, &size);
    if (find_global(L, {name, size}) != nullptr) open_everything(L);
  }
  lua_settop(L, 3);
  lua_rawset(L, 1);
  return 0;
}

/// `__index` of strings until the library is open: opens it and looks again.
int index_string(lua_State* L) {
  open_string_library(L);
  lua_settop(L, 2);
  lua_gettable(L, 1);
  return 1;
}

constexpr const char* kArithmetic[] = {"__add", "__sub", "__mul",  "__mod",
                                       "__pow", "__div", "__idiv", "__unm"};

/// Arithmetic on strings until the library is open: the library knows how to convert them. Its own
/// function takes this call over, so that an error names the script's line.
template <int kEvent>
int string_arithmetic(lua_State* L) {
  open_string_library(L);
  lua_pushliteral(L, "");
  luaL_getmetafield(L, -1, kArithmetic[kEvent]);
  const lua_CFunction function = lua_tocfunction(L, -1);
  lua_settop(L, 2);
  return function(L);
}

constexpr luaL_Reg kStringEvents[] = {
    {"__index", index_string},
    {kArithmetic[0], string_arithmetic<0>},
    {kArithmetic[1], string_arithmetic<1>},
    {kArithmetic[2], string_arithmetic<2>},
    {kArithmetic[3], string_arithmetic<3>},
    {kArithmetic[4], string_arithmetic<4>},
    {kArithmetic[5], string_arithmetic<5>},
    {kArithmetic[6], string_arithmetic<6>},
    {kArithmetic[7], string_arithmetic<7>},
    {nullptr, nullptr},
};

}  // namespace

void install_libraries(lua_State* L) {
  lua_pushglobaltable(L);
  State::of(L).set_lazy_globals(lua_topointer(L, -1));
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, index_globals);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, set_global);
  lua_setfield(L, -2, "__newindex");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);

  if (!State::of(L).libraries().has(Library::string)) return;
  lua_pushliteral(L, "");
  luaL_newlib(L, kStringEvents);
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

void open_if_globals(lua_State* L, int index) {
  State& state = State::of(L);
  if (state.lazy_globals() == nullptr || lua_topointer(L, index) != state.lazy_globals()) return;
  if (lua_type(L, index) == LUA_TTABLE) open_everything(L);
}

void open_string_library(lua_State* L) {
  if (is_present(L, "string")) {
    // The script replaced the global before the library was open: open it for the metatable alone.
    lua_pushcfunction(L, open_string);
    lua_call(L, 0, 0);
    return;
  }
  open_global(L, *find_global(L, "string"));
  lua_pop(L, 1);
}

bool is_library(std::string_view name) noexcept {
  for (const Global& global : kGlobals) {
    if (name == global.name) return global.kind != Kind::function;
  }
  return false;
}

bool is_built_in(std::string_view name) noexcept {
  return std::any_of(std::begin(kGlobals), std::end(kGlobals),
                     [name](const Global& global) { return name == global.name; });
}

bool push_library(lua_State* L, const char* name) {
  const Global* global = find_global(L, name);
  if (global == nullptr || global->kind == Kind::function) return false;
  lua_pushglobaltable(L);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  lua_pushcfunction(L, global->make);
  lua_pushstring(L, name);
  lua_call(L, 1, 1);
  return true;
}

}  // namespace moonwright::runtime
