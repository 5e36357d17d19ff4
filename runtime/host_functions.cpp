// host_functions.cpp: calling C++ from Lua: arguments and results travel as in a message.
#include "runtime/host_functions.hpp"

#include <exception>
#include <lua.hpp>
#include <memory>
#include <string>
#include <utility>

#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/node.hpp"

namespace moonwright::runtime {
namespace {

/// Keeps an exposed module alive as long as a function of it can be called.
struct ModuleNode : HostNode {
  std::shared_ptr<const HostModule> module;
};

/// A result buffer that one call made larger than this is given back at the next.
constexpr std::size_t kKeptBytesMax = 64u << 10;

constexpr luaL_Reg kNoMethods[] = {{nullptr, nullptr}};
constexpr NodeType kModuleType{"host module", kNoMethods, nullptr};

/// Runs `function` and encodes what it returns; the script's scratch error says what went wrong.
/// Nothing in here raises, and no exception leaves.
bool invoke(const HostFunction& function, ActorScript& script, ByteBuffer& out,
            RefList& refs) noexcept {
  try {
    auto arguments = decode_values(script.encoder().bytes(), script.encoder().refs());
    if (!arguments) {
      script.scratch().error = std::move(arguments.error());
      return false;
    }
    Call call{*arguments, ActorRef::of(script.host().self())};
    auto results = function(call);
    auto encoded = results ? encode_values(*results, script.limits().message, out, refs)
                           : Result<void>(fail(std::move(results.error())));
    if (encoded) return true;
    script.scratch().error = std::move(encoded.error());
  } catch (const std::exception& exception) {
    script.scratch().error = {ErrorCode::error, exception.what(), {}};
  } catch (...) {
    script.scratch().error = {ErrorCode::error, "a host function threw an exception", {}};
  }
  return false;
}

int call_host_function(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  auto* node = static_cast<ModuleNode*>(lua_touserdata(L, lua_upvalueindex(1)));
  const auto index = static_cast<std::size_t>(lua_tointeger(L, lua_upvalueindex(2)));
  if (node->release == nullptr) return luaL_error(L, "the host module is gone");
  if (!script.encoder().encode(L, 1, lua_gettop(L), script.limits().message)) {
    return raise(L, script.encoder().error());
  }
  Scratch& scratch = script.scratch();
  scratch.bytes.clear(kKeptBytesMax);
  scratch.refs.clear();
  if (!invoke(node->module->functions[index].second, script, scratch.bytes, scratch.refs)) {
    return raise(L, scratch.error);
  }
  lua_settop(L, 0);
  const int count = decode(L, scratch.bytes.view(), scratch.refs);
  return count < 0 ? raise(L, ErrorCode::corrupt, "a host function's results") : count;
}

}  // namespace

bool push_host_module(lua_State* L, ActorScript& script, const char* name) {
  Scratch& scratch = script.scratch();
  scratch.module = script.host().host_module(name);
  if (scratch.module == nullptr) return false;
  auto* node = push_node<ModuleNode>(L, kModuleType);
  node->module = std::move(scratch.module);
  const auto& functions = node->module->functions;
  lua_createtable(L, 0, static_cast<int>(functions.size()));
  for (std::size_t i = 0; i < functions.size(); ++i) {
    lua_pushlstring(L, functions[i].first.data(), functions[i].first.size());
    lua_pushvalue(L, -3);
    lua_pushinteger(L, static_cast<lua_Integer>(i));
    lua_pushcclosure(L, call_host_function, 2);
    lua_rawset(L, -3);
  }
  lua_remove(L, -2);
  return true;
}

}  // namespace moonwright::runtime
