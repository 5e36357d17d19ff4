// spawn_library.cpp: reading the options of a spawn.
#include "runtime/spawn_library.hpp"

#include <lua.hpp>
#include <string>
#include <utility>

#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/interruption.hpp"
#include "runtime/limit_options.hpp"
#include "runtime/option_reader.hpp"
#include "runtime/ref_userdata.hpp"
#include "runtime/sandbox_options.hpp"

namespace moonwright::runtime {
namespace {

MailboxLimits& mailbox_limits(SpawnRequest& request) {
  if (!request.options.mailbox) request.options.mailbox.emplace();
  return *request.options.mailbox;
}

constexpr Option kMailboxOptions[] = {
    {"max",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       mailbox_limits(request).messages_max = count_of_option(L, name);
     }},
    {"max_bytes",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       mailbox_limits(request).bytes_max = bytes_of_option(L, name);
     }},
    {"policy",
     [](lua_State* L, SpawnRequest&, const char* name) {
       if (text_of_option(L, name) != "reject") {
         raise(L, ErrorCode::invalid_argument, "option 'policy' of a mailbox is \"reject\"");
       }
     }},
};

void read_thread(lua_State* L, SpawnRequest& request, const char* name) {
  const std::string_view kind = text_of_option(L, name);
  if (kind == "dedicated") {
    request.options.thread = ThreadKind::dedicated;
  } else if (kind == "shared") {
    request.options.thread = ThreadKind::shared;
  } else {
    raise(L, ErrorCode::invalid_argument, "option 'thread' is \"shared\" or \"dedicated\"");
  }
}

/// Options that need the stack or each other; spawn_from_table() reads them by name.
void read_later(lua_State*, SpawnRequest&, const char*) {}

constexpr Option kSpawnOptions[] = {
    {"script", read_later},
    {"source", read_later},
    {"chunk_name", read_later},
    {"args", read_later},
    {"wait", read_later},
    {"name",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.options.name = text_of_option(L, name);
       if (request.options.name.empty()) {
         raise(L, ErrorCode::invalid_argument, "option 'name' is empty");
       }
     }},
    {"limits", read_limits},
    {"profile", read_profile},
    {"on_limit", read_on_limit},
    {"cancel_grace", read_cancel_grace},
    {"sandbox", read_sandbox},
    {"mailbox", [](lua_State* L, SpawnRequest& request,
                   const char* name) { read_nested(L, request, name, kMailboxOptions); }},
    {"thread", read_thread},
    {"on_error",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.options.on_error = word_of_option(L, name, parse_on_error);
     }},
    {"checkpoint_every",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.options.checkpoint_every =
           std::chrono::ceil<std::chrono::milliseconds>(time_of_option(L, name));
     }},
    {"passivate_after",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.options.passivate_after =
           std::chrono::ceil<std::chrono::milliseconds>(time_of_option(L, name));
     }},
    {"quota_wait", [](lua_State* L, SpawnRequest& request,
                      const char* name) { request.options.quota_wait = time_of_option(L, name); }},
    {"max_in_flight", read_max_in_flight},
    {"detached", [](lua_State* L, SpawnRequest& request,
                    const char* name) { request.detached = boolean_of_option(L, name); }},
};

/// Pushes option `name` of the table at `table` and answers whether it is set.
bool push_option(lua_State* L, int table, const char* name) {
  lua_pushstring(L, name);
  if (lua_rawget(L, table) != LUA_TNIL) return true;
  lua_pop(L, 1);
  return false;
}

void read_script(lua_State* L, int table, SpawnRequest& request) {
  const bool has_file = push_option(L, table, "script");
  if (has_file) {
    const std::string_view path = text_of_option(L, "script");
    if (path.empty()) raise(L, ErrorCode::invalid_argument, "option 'script' is empty");
    request.options.script = Script::file(std::string(path));
  }
  if (push_option(L, table, "source")) {
    if (has_file) {
      raise(L, ErrorCode::invalid_argument, "options 'script' and 'source' exclude each other");
    }
    const std::string_view source = text_of_option(L, "source");
    const std::string_view name =
        push_option(L, table, "chunk_name") ? text_of_option(L, "chunk_name") : "source";
    request.options.script = Script::text(std::string(source), std::string(name));
  } else if (!has_file) {
    raise(L, ErrorCode::invalid_argument, "a spawn needs 'script' (a path) or 'source' (text)");
  }
  lua_settop(L, table);
}

/// Pushes the values of option `args` and answers how many. A field `n` counts trailing nils.
int push_arguments(lua_State* L, int table) {
  if (!push_option(L, table, "args")) return 0;
  if (!lua_istable(L, -1)) wrong_type(L, "args", "a list");
  const int list = lua_gettop(L);
  lua_pushliteral(L, "n");
  lua_Integer count = lua_rawget(L, list) == LUA_TNUMBER
                          ? lua_tointeger(L, -1)
                          : static_cast<lua_Integer>(lua_rawlen(L, list));
  lua_pop(L, 1);
  if (count < 0 || count > 10'000) {
    raise(L, ErrorCode::invalid_argument, "option 'args' has more than 10,000 values");
  }
  luaL_checkstack(L, static_cast<int>(count) + 4, "too many arguments");
  for (lua_Integer i = 1; i <= count; ++i) lua_rawgeti(L, list, i);
  lua_remove(L, list);
  return static_cast<int>(count);
}

void encode_arguments(lua_State* L, SpawnRequest& request, int first, int count) {
  ActorScript& script = ActorScript::of(L);
  Encoder& encoder = script.encoder();
  if (!encoder.encode(L, first, count, script.limits().message)) raise(L, encoder.error());
  request.start.reset(Message::make(MessageKind::start, encoder.bytes(), encoder.refs()));
}

/// Hands the request over; leaves the child's address or the error in the scratch. The inner scope
/// of spawn(): nothing in here raises.
bool hand_over(ActorScript& script) {
  auto spawned = script.host().spawn(std::exchange(script.scratch().spawn, {}));
  if (!spawned) {
    script.scratch().error = std::move(spawned.error());
    return false;
  }
  script.scratch().ref = std::move(*spawned);
  return true;
}

int finish_waiting(lua_State* L, int, lua_KContext) {
  const Delivery& delivery = ActorScript::of(L).delivery();
  if (delivery.failed) {
    push_failure(L, delivery);
    return lua_error(L);
  }
  lua_settop(L, 1);
  return 1;
}

}  // namespace

OptionList spawn_options() noexcept { return kSpawnOptions; }

void read_spawned(lua_State* L, SpawnRequest& request) {
  const int table = lua_gettop(L);
  read_script(L, table, request);
  const int count = push_arguments(L, table);
  encode_arguments(L, request, table + 1, count);
  lua_settop(L, table);
}

int spawn(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  SpawnRequest& request = script.scratch().spawn;
  request = SpawnRequest{};
  bool waits = false;
  if (lua_type(L, 1) == LUA_TTABLE) {
    lua_settop(L, 1);
    read_options(L, request, kSpawnOptions, "a spawn");
    lua_settop(L, 1);
    if (push_option(L, 1, "wait")) waits = boolean_of_option(L, "wait");
    lua_settop(L, 1);
    read_spawned(L, request);
  } else if (lua_type(L, 1) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* path = lua_tolstring(L, 1, &size);
    request.options.script = Script::file(std::string(path, size));
    encode_arguments(L, request, 2, lua_gettop(L) - 1);
  } else {
    return type_error(L, 1, "path or table of options");
  }
  if (waits) {
    script.require_await(L);
    request.started = script.open_request(script.scope().effective(), nullptr);
    if (request.started == 0) {
      return raise(L, ErrorCode::overload, "too many requests without an answer");
    }
  }
  const std::uint64_t started = request.started;
  const bool detached = request.detached;
  if (!hand_over(script)) {
    script.close_request(started);
    checkpoint(L);  // it may have been given up because the script has to end
    return raise(L, script.scratch().error);
  }
  lua_settop(L, 0);
  push_ref(L, script.scratch().ref.target());
  if (detached) set_granted(L, -1);  // it is no descendant, and still the spawner's work
  script.scratch().ref = {};
  return waits ? script.await(L, finish_waiting, 0) : 1;
}

}  // namespace moonwright::runtime
