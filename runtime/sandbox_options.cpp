// sandbox_options.cpp: see sandbox_options.hpp. What may be granted is decided by whoever starts
// the actor.
#include "runtime/sandbox_options.hpp"

#include <lua.hpp>
#include <string>
#include <vector>

#include "runtime/error_value.hpp"
#include "runtime/option_reader.hpp"

namespace moonwright::runtime {
namespace {

/// What a list in such options may have at most.
constexpr lua_Unsigned kListMax = 1'000;

/// Reads the list of texts at the top of the stack.
void read_list(lua_State* L, const char* name, std::vector<std::string>& out) {
  if (!lua_istable(L, -1)) wrong_type(L, name, "a list of texts");
  const lua_Unsigned count = lua_rawlen(L, -1);
  if (count > kListMax) {
    raise_format(L, ErrorCode::invalid_argument, "option '%s' has more than 1,000 entries", name);
  }
  luaL_checkstack(L, 2, "too many nested options");
  for (lua_Unsigned i = 1; i <= count; ++i) {
    lua_rawgeti(L, -1, static_cast<lua_Integer>(i));
    out.emplace_back(text_of_option(L, name));
    lua_pop(L, 1);
  }
}

Capabilities& capabilities(SpawnRequest& request) {
  auto& given = request.options.sandbox.capabilities;
  if (!given) given.emplace();
  return *given;
}

constexpr Option kFileOptions[] = {
    {"read", [](lua_State* L, SpawnRequest& request,
                const char* name) { read_list(L, name, capabilities(request).fs.read); }},
    {"write", [](lua_State* L, SpawnRequest& request,
                 const char* name) { read_list(L, name, capabilities(request).fs.write); }},
};

/// Any name is a capability: `fs` has a table, a module of the host true or false.
void read_capabilities(lua_State* L, SpawnRequest& request, const char* name) {
  if (!lua_istable(L, -1)) wrong_type(L, name, "a table");
  capabilities(request);
  luaL_checkstack(L, 4, "too many nested options");
  const int table = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    if (lua_type(L, -2) != LUA_TSTRING) {
      raise(L, ErrorCode::invalid_argument,
            "option 'capabilities' has names as keys: { fs = { read = { ... } }, db = true }");
    }
    const char* const capability = lua_tostring(L, -2);
    if (std::string_view(capability) == "fs" && !lua_isboolean(L, -1)) {
      read_nested(L, request, "fs", kFileOptions);
    } else if (std::string_view(capability) == "fs" && lua_toboolean(L, -1) != 0) {
      raise(L, ErrorCode::invalid_argument,
            "option 'fs' says which paths: { read = { ... }, write = { ... } }");
    } else if (boolean_of_option(L, capability)) {
      capabilities(request).modules.emplace_back(capability);
    }
    lua_settop(L, table + 1);
  }
}

constexpr Option kSandboxOptions[] = {
    {"level",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.options.sandbox.level = word_of_option(L, name, parse_sandbox);
     }},
    {"libraries",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       read_list(L, name, request.options.sandbox.libraries.emplace());
     }},
    {"capabilities", read_capabilities},
};

}  // namespace

void read_sandbox(lua_State* L, SpawnRequest& request, const char* name) {
  if (lua_type(L, -1) == LUA_TSTRING) {
    request.options.sandbox.level = word_of_option(L, name, parse_sandbox);
  } else if (lua_istable(L, -1)) {
    read_options(L, request, kSandboxOptions, "a sandbox");
  } else {
    wrong_type(L, name, "a level or a table");
  }
}

}  // namespace moonwright::runtime
