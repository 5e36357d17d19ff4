// load_library.cpp: load, loadfile, dofile, and the collector.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <lua.hpp>

#include "runtime/base_library.hpp"
#include "runtime/code.hpp"
#include "runtime/interruption.hpp"
#include "runtime/state.hpp"
#include "runtime/toll.hpp"

namespace moonwright::runtime::base {
namespace {

/// The stack slot that keeps the current piece of a reader function alive.
constexpr int kPieceSlot = 5;

const char* read_piece(lua_State* L, void*, std::size_t* size) {
  luaL_checkstack(L, 2, "too many nested functions");
  lua_pushvalue(L, 1);
  lua_call(L, 0, 1);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    *size = 0;
    return nullptr;
  }
  if (lua_isstring(L, -1) == 0) luaL_error(L, "reader function must return a string");
  lua_replace(L, kPieceSlot);
  const char* const piece = lua_tolstring(L, kPieceSlot, size);
  State::of(L).meter().spend(L, *size);
  return piece;
}

/// What is left of a text that is loaded.
struct Text {
  const char* at;
  std::size_t size;
};

/// Pays for each piece before it is read, so that a long text meets checkpoints.
const char* read_text(lua_State* L, void* self, std::size_t* size) {
  auto& text = *static_cast<Text*>(self);
  *size = std::min(text.size, kCompileBytes);
  if (*size == 0) return nullptr;
  State::of(L).meter().spend(L, *size);
  const char* const piece = text.at;
  text.at += *size;
  text.size -= *size;
  return piece;
}

/// Finishes a load: the function, with its environment if one was given, or nil and the message.
int finish_load(lua_State* L, int status, int environment_index) {
  if (status == LUA_OK) {
    if (environment_index != 0) {
      lua_pushvalue(L, environment_index);
      if (lua_setupvalue(L, -2, 1) == nullptr) lua_pop(L, 1);
    }
    return 1;
  }
  pass_on_ends(L, status);
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

int finish_dofile(lua_State* L, int, lua_KContext) { return lua_gettop(L) - 1; }

int option_or(lua_State* L, int index, int otherwise) {
  return static_cast<int>(luaL_optinteger(L, index, otherwise));
}

/// Switches that change how the collector works belong to the host, below level none.
int tune_collector(lua_State* L, const char* option) {
  if (std::strcmp(option, "stop") == 0) return lua_gc(L, LUA_GCSTOP);
  if (std::strcmp(option, "restart") == 0) return lua_gc(L, LUA_GCRESTART);
  const bool generational = std::strcmp(option, "generational") == 0;
  const int previous = generational ? lua_gc(L, LUA_GCGEN, option_or(L, 2, 0), option_or(L, 3, 0))
                                    : lua_gc(L, LUA_GCINC, option_or(L, 2, 0), option_or(L, 3, 0),
                                             option_or(L, 4, 0));
  lua_pushstring(L, previous == LUA_GCGEN ? "generational" : "incremental");
  return -1;
}

}  // namespace

int load(lua_State* L) {
  std::size_t size = 0;
  const char* text = lua_tolstring(L, 1, &size);
  const char* mode = luaL_optstring(L, 3, "bt");
  const char* chunk_name = luaL_optstring(L, 2, text != nullptr ? text : "=(load)");
  if (text == nullptr) luaL_checktype(L, 1, LUA_TFUNCTION);
  const int environment = lua_isnone(L, 4) ? 0 : 4;
  if (!State::of(L).allows_bytecode()) {
    // Nothing checks bytecode: what is made to do so crashes the interpreter.
    if (std::strchr(mode, 't') == nullptr) {
      lua_pushnil(L);
      lua_pushliteral(L, "binary chunks are not allowed");
      return 2;
    }
    mode = "t";
  }
  int status = LUA_OK;
  if (text != nullptr) {
    Text rest{text, size};
    status = lua_load(L, read_text, &rest, chunk_name, mode);
  } else {
    lua_settop(L, kPieceSlot);
    status = lua_load(L, read_piece, nullptr, chunk_name, mode);
  }
  return finish_load(L, status, environment);
}

int loadfile(lua_State* L) {
  const char* path = luaL_optstring(L, 1, nullptr);
  const char* mode = luaL_optstring(L, 2, nullptr);
  if (!State::of(L).allows_bytecode()) mode = "t";
  const int environment = lua_isnone(L, 3) ? 0 : 3;
  return finish_load(L, luaL_loadfilex(L, path, mode), environment);
}

int dofile(lua_State* L) {
  const char* path = luaL_optstring(L, 1, nullptr);
  lua_settop(L, 1);
  const char* const mode = State::of(L).allows_bytecode() ? nullptr : "t";
  if (luaL_loadfilex(L, path, mode) != LUA_OK) return lua_error(L);
  lua_callk(L, 0, LUA_MULTRET, 0, finish_dofile);
  return finish_dofile(L, 0, 0);
}

int collectgarbage(lua_State* L) {
  static const char* const kOptions[] = {"collect",     "count",        "step", "isrunning",
                                         "setpause",    "setstepmul",   "stop", "restart",
                                         "incremental", "generational", nullptr};
  constexpr int kFirstTuning = 6;
  constexpr std::uint64_t kCountedBytes = 16u << 10;
  State& state = State::of(L);
  const bool trusted = state.sandbox() == Sandbox::none;
  const int option = luaL_checkoption(L, 1, "collect", kOptions);
  switch (option) {
    case 0:
    case 2: {
      // It takes time in proportion to the heap: there is a checkpoint behind it.
      const std::uint64_t used = state.memory().used;
      const int done =
          option == 0 ? lua_gc(L, LUA_GCCOLLECT) : lua_gc(L, LUA_GCSTEP, option_or(L, 2, 0));
      if (option == 0) {
        lua_pushinteger(L, done);
      } else {
        lua_pushboolean(L, done);
      }
      Toll toll(L);
      toll.pay_bytes(static_cast<std::size_t>(used));
      toll.settle();
      return 1;
    }
    case 1: {
      // Exact figures tell of what else shares the state's memory: interned strings, for one.
      std::uint64_t used = state.memory().used;
      if (!trusted) used = (used + kCountedBytes - 1) / kCountedBytes * kCountedBytes;
      lua_pushnumber(L, static_cast<lua_Number>(used) / 1024.0);
      return 1;
    }
    case 3: lua_pushboolean(L, lua_gc(L, LUA_GCISRUNNING)); return 1;
    default: break;
  }
  lua_pushinteger(L, 0);
  if (!trusted || option < kFirstTuning) return 1;
  if (const int result = tune_collector(L, kOptions[option]); result >= 0) {
    lua_pushinteger(L, result);
  }
  return 1;
}

}  // namespace moonwright::runtime::base
