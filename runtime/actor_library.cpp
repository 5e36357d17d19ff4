// actor_library.cpp: the table of the module `actor`, and its small functions.
#include "runtime/actor_library.hpp"

#include <cstring>
#include <lua.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "runtime/actor_script.hpp"
#include "runtime/base_library.hpp"
#include "runtime/carry_library.hpp"
#include "runtime/dead_letters_library.hpp"
#include "runtime/error_value.hpp"
#include "runtime/futures.hpp"
#include "runtime/info_library.hpp"
#include "runtime/messaging_library.hpp"
#include "runtime/node.hpp"
#include "runtime/pool_library.hpp"
#include "runtime/profile_library.hpp"
#include "runtime/quota_library.hpp"
#include "runtime/ref_userdata.hpp"
#include "runtime/relations_library.hpp"
#include "runtime/spawn_library.hpp"
#include "runtime/supervise_library.hpp"
#include "runtime/time_library.hpp"

namespace moonwright::runtime {
namespace {

std::string_view check_text(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TSTRING) type_error(L, index, "string");
  std::size_t size = 0;
  const char* text = lua_tolstring(L, index, &size);
  return {text, size};
}

int self(lua_State* L) {
  push_ref(L, ActorScript::of(L).host().self());
  return 1;
}

int name(lua_State* L) {
  const std::string_view text = ActorScript::of(L).host().name();
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

int sender(lua_State* L) {
  const Task* task = ActorScript::of(L).current();
  // A caller outside the actors has no address to write to.
  if (task == nullptr || task->sender.id() == 0) return 0;
  push_ref(L, task->sender.target());
  return 1;
}

/// Puts the error of `result` where raise() finds it; answers whether there is none.
bool keep_error(ActorScript& script, Result<void> result) {
  if (result) return true;
  script.scratch().error = std::move(result.error());
  return false;
}

int register_name(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  const std::string_view wanted = check_text(L, 1);
  if (!keep_error(script, script.host().register_name(wanted))) {
    return raise(L, script.scratch().error);
  }
  return 0;
}

int whereis(lua_State* L) {
  const std::string_view wanted = check_text(L, 1);
  ActorScript& script = ActorScript::of(L);
  ActorRef& found = script.scratch().ref;
  found = script.host().whereis(wanted);
  if (!found) return 0;
  push_ref(L, found.target());
  found = {};
  return 1;
}

// Promises ----------------------------------------------------------------------------------------

/// An answer that the handler has put off. Whoever drops it answers `cancelled`.
struct PromiseNode : HostNode {
  Task* task = nullptr;  ///< the handler's slot
  std::uint32_t life = 0;
  ActorScript* script = nullptr;
  Host* host = nullptr;
  ReplyTo to;

  ~PromiseNode() {
    if (task != nullptr && task->life == life && task->deferred == &to) task->deferred = nullptr;
    script->promise_gone();
    if (!to.owed()) return;
    script->answer_given();
    host->refuse(to, {ErrorCode::cancelled, "the promise of an answer was dropped", {}});
  }
};

int promise_reply(lua_State* L);
int promise_error(lua_State* L);
constexpr luaL_Reg kPromiseMethods[] = {
    {"reply", promise_reply}, {"error", promise_error}, {nullptr, nullptr}};
constexpr NodeType kPromiseType{"promise", kPromiseMethods, nullptr};

int defer(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  Task* task = script.current();
  if (task == nullptr || task->kind != TaskKind::handler) {
    return raise(L, ErrorCode::invalid_argument, "actor.defer() belongs into a message handler");
  }
  if (task->deferred != nullptr) {
    return raise(L, ErrorCode::invalid_argument, "this handler has put its answer off already");
  }
  auto* node = push_node<PromiseNode>(L, kPromiseType);
  node->task = task;
  node->life = task->life;
  node->script = &script;
  node->host = &script.host();
  node->to = std::exchange(task->reply, {});
  script.promise_made();
  task->reply.deadline = node->to.deadline;  // still bounds what the handler asks of others
  if (node->to.owed()) {
    task->deferred = &node->to;
    script.answer_put_off();
  }
  return 1;
}

/// Answers whether it was the promise's first answer.
int promise_reply(lua_State* L) {
  auto* node = static_cast<PromiseNode*>(check_node(L, 1, kPromiseType));
  ActorScript& script = ActorScript::of(L);
  const bool owed = node->to.owed();
  if (owed) {
    Encoder& encoder = script.encoder();
    if (!encoder.encode(L, 2, lua_gettop(L) - 1, script.limits().message)) {
      return raise(L, encoder.error());
    }
    script.host().reply(node->to, encoder);
    script.answer_given();
  }
  lua_pushboolean(L, owed ? 1 : 0);
  return 1;
}

int promise_error(lua_State* L) {
  auto* node = static_cast<PromiseNode*>(check_node(L, 1, kPromiseType));
  ActorScript& script = ActorScript::of(L);
  if (lua_isnoneornil(L, 2)) type_error(L, 2, "message or error");
  lua_settop(L, 2);
  const bool owed = node->to.owed();
  if (owed) {
    const bool is_table = lua_type(L, 2) == LUA_TTABLE;
    if (is_table) {
      lua_pushliteral(L, "message");
      lua_rawget(L, 2);
    }
    Error& error = script.scratch().error;
    const ErrorCode code = is_error_value(L, 2) ? error_code_at(L, 2) : ErrorCode::error;
    error = {code, std::string(error_text(L)), {}};
    if (is_table && script.encoder().encode(L, 2, 1, script.limits().message)) {
      script.host().refuse_with_value(node->to, error, script.encoder());
    } else {
      script.host().refuse(node->to, error);
    }
    script.answer_given();
  }
  lua_pushboolean(L, owed ? 1 : 0);
  return 1;
}

/// Longest reason that actor.exit() takes: it travels to everybody who watches the actor.
constexpr std::size_t kReasonBytesMax = 4096;

int exit(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  const std::string_view reason = lua_isnoneornil(L, 1) ? "normal" : check_text(L, 1);
  if (reason.empty() || reason.size() > kReasonBytesMax) {
    argument_error(L, 1, "a reason of 1 to 4096 bytes expected");
  }
  // "error", "killed", "timeout" and so on say what went wrong.
  if (parse_error_code(reason)) {
    argument_error(L, 1, "this reason is the runtime's own");
  }
  script.request_exit(std::string(reason));
  return leave_task(L);
}

int log(lua_State* L) {
  Host& host = ActorScript::of(L).host();
  LogLevel level = LogLevel::info;
  int text_index = 1;
  if (lua_gettop(L) >= 2) {
    bool known = false;
    for (const LogLevel each :
         {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
      if (check_text(L, 1) != to_string(each)) continue;
      level = each;
      known = true;
    }
    if (!known) argument_error(L, 1, "trace, debug, info, warn or error expected");
    text_index = 2;
  }
  if (!host.logs(level)) return 0;
  std::size_t size = 0;
  const char* text = luaL_tolstring(L, text_index, &size);
  host.log(level, {text, size});
  return 0;
}

// The module --------------------------------------------------------------------------------------

constexpr luaL_Reg kFunctions[] = {
    {"after", after},
    {"all", all},
    {"any", any},
    {"call", call},
    {"checkpoint", take_checkpoint},
    {"dead_letters", dead_letters},
    {"defer", defer},
    {"every", every},
    {"exit", exit},
    {"fork", fork},
    {"grant", grant},
    {"info", info},
    {"kill", kill},
    {"link", link},
    {"log", log},
    {"monitor", monitor},
    {"mark", mark},
    {"name", name},
    {"now", now},
    {"passivate", passivate},
    {"pool", make_pool},
    {"profile", profile},
    {"recycle", recycle},
    {"quota", quota},
    {"register", register_name},
    {"reload", reload},
    {"request", request},
    {"self", self},
    {"send", send},
    {"sender", sender},
    {"sleep", sleep},
    {"spawn", spawn},
    {"stop", stop},
    {"supervise", supervise},
    {"tasks", tasks},
    {"trap", trap},
    {"unlink", unlink},
    {"whereis", whereis},
    {"within", within},
    {nullptr, nullptr},
};

/// `__index`: a function that has not been used yet moves into the table.
int index_module(lua_State* L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  const char* key = lua_tostring(L, 2);
  for (const luaL_Reg* entry = kFunctions; entry->name != nullptr; ++entry) {
    if (std::strcmp(entry->name, key) != 0) continue;
    lua_pushcfunction(L, entry->func);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    return 1;
  }
  return 0;
}

/// `__pairs`: all functions, used or not.
int pairs_module(lua_State* L) {
  lua_settop(L, 1);
  lua_getmetatable(L, 1);
  lua_insert(L, 1);
  luaL_setfuncs(L, kFunctions, 0);
  lua_pushcfunction(L, base::next);
  lua_pushvalue(L, 2);
  lua_pushnil(L);
  return 3;
}

}  // namespace

bool is_runtime_module(const char* name) noexcept { return std::strcmp(name, "actor") == 0; }

bool push_runtime_module(lua_State* L, const char* name) {
  if (!is_runtime_module(name) || State::of(L).script() == nullptr) return false;
  lua_createtable(L, 0, 4);
  lua_createtable(L, 0, 3);
  lua_pushcfunction(L, index_module);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, pairs_module);
  lua_setfield(L, -2, "__pairs");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  return true;
}

}  // namespace moonwright::runtime
