// spawn_library.cpp: reading the options of a spawn.
#include "runtime/spawn_library.hpp"

#include <cstring>
#include <limits>
#include <lua.hpp>
#include <string>
#include <utility>

#include "moonwright/bytes.hpp"
#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/ref_userdata.hpp"

namespace moonwright::runtime {
namespace {

/// One option of a table: its name and what reads the value at the top of the stack.
struct Option {
  const char* name;
  void (*read)(lua_State* L, SpawnRequest& request, const char* name);
};

int wrong_type(lua_State* L, const char* name, const char* expected) {
  return raise_format(L, ErrorCode::invalid_argument, "option '%s' is a %s, expected %s", name,
                      luaL_typename(L, -1), expected);
}

std::string_view text_of_option(lua_State* L, const char* name) {
  if (lua_type(L, -1) != LUA_TSTRING) wrong_type(L, name, "a string");
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  return {text, size};
}

std::uint64_t integer_of_option(lua_State* L, const char* name) {
  int is_integer = 0;
  const lua_Integer value = lua_tointegerx(L, -1, &is_integer);
  if (is_integer == 0 || lua_type(L, -1) != LUA_TNUMBER) wrong_type(L, name, "an integer");
  if (value < 0) {
    raise_format(L, ErrorCode::invalid_argument, "option '%s' is negative", name);
  }
  return static_cast<std::uint64_t>(value);
}

std::uint32_t count_of_option(lua_State* L, const char* name) {
  const std::uint64_t value = integer_of_option(L, name);
  if (value > std::numeric_limits<std::uint32_t>::max()) {
    raise_format(L, ErrorCode::invalid_argument, "option '%s' is too large", name);
  }
  return static_cast<std::uint32_t>(value);
}

/// The inner scope of bytes_of_option: nothing in here raises.
bool read_bytes(std::string_view text, ActorScript& script, std::uint64_t& out) {
  auto bytes = parse_bytes(text);
  if (bytes) {
    out = *bytes;
    return true;
  }
  script.scratch().error = std::move(bytes.error());
  return false;
}

/// A number of bytes, or text such as "8MiB".
std::uint64_t bytes_of_option(lua_State* L, const char* name) {
  if (lua_type(L, -1) == LUA_TNUMBER) return integer_of_option(L, name);
  if (lua_type(L, -1) != LUA_TSTRING) wrong_type(L, name, "a number of bytes or text as \"8MiB\"");
  std::uint64_t bytes = 0;
  ActorScript& script = ActorScript::of(L);
  if (!read_bytes(text_of_option(L, name), script, bytes)) {
    raise_format(L, ErrorCode::invalid_argument, "option '%s': %s", name,
                 script.scratch().error.message.c_str());
  }
  return bytes;
}

bool boolean_of_option(lua_State* L, const char* name) {
  if (!lua_isboolean(L, -1)) wrong_type(L, name, "true or false");
  return lua_toboolean(L, -1) != 0;
}

/// Reads the options of the table at the top of the stack; an unknown one raises, with its name.
template <std::size_t kCount>
void read_options(lua_State* L, SpawnRequest& request, const Option (&options)[kCount],
                  const char* where) {
  luaL_checkstack(L, 6, "too many nested options");
  const int table = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    const char* name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : nullptr;
    const Option* known = nullptr;
    for (const Option& option : options) {
      if (name != nullptr && std::strcmp(option.name, name) == 0) known = &option;
    }
    if (known == nullptr) {
      raise_format(L, ErrorCode::invalid_argument, "%s has no option '%s'", where,
                   name != nullptr ? name : luaL_typename(L, -2));
    }
    known->read(L, request, name);
    lua_settop(L, table + 1);
  }
}

template <std::size_t kCount>
void read_nested(lua_State* L, SpawnRequest& request, const char* name,
                 const Option (&options)[kCount]) {
  if (!lua_istable(L, -1)) wrong_type(L, name, "a table");
  read_options(L, request, options, name);
}

MessageLimits& message_limits(lua_State* L, SpawnRequest& request) {
  if (!request.message) request.message = ActorScript::of(L).limits().message;
  return *request.message;
}

MailboxLimits& mailbox_limits(SpawnRequest& request) {
  if (!request.options.mailbox) request.options.mailbox.emplace();
  return *request.options.mailbox;
}

constexpr Option kMessageOptions[] = {
    {"depth",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       message_limits(L, request).depth_max = count_of_option(L, name);
     }},
    {"entries",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       message_limits(L, request).entries_max = count_of_option(L, name);
     }},
    {"bytes",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       const std::uint64_t bytes = bytes_of_option(L, name);
       if (bytes > 1u << 30) {
         raise(L, ErrorCode::invalid_argument, "option 'bytes' of a message is more than 1 GiB");
       }
       message_limits(L, request).bytes_max = static_cast<std::uint32_t>(bytes);
     }},
};

constexpr Option kLimitOptions[] = {
    {"memory", [](lua_State* L, SpawnRequest& request,
                  const char* name) { request.memory_bytes_max = bytes_of_option(L, name); }},
    {"message", [](lua_State* L, SpawnRequest& request,
                   const char* name) { read_nested(L, request, name, kMessageOptions); }},
};

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

void read_sandbox(lua_State* L, SpawnRequest& request, const char* name) {
  const std::string_view level = text_of_option(L, name);
  if (level == "none") {
    request.options.sandbox = Sandbox::none;
  } else if (level == "restricted") {
    request.options.sandbox = Sandbox::restricted;
  } else {
    raise(L, ErrorCode::invalid_argument, "option 'sandbox' is \"none\" or \"restricted\"");
  }
}

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
    {"limits", [](lua_State* L, SpawnRequest& request,
                  const char* name) { read_nested(L, request, name, kLimitOptions); }},
    {"sandbox", read_sandbox},
    {"mailbox", [](lua_State* L, SpawnRequest& request,
                   const char* name) { read_nested(L, request, name, kMailboxOptions); }},
    {"thread", read_thread},
    {"max_in_flight", [](lua_State* L, SpawnRequest& request,
                         const char* name) { request.in_flight_max = count_of_option(L, name); }},
    {"detached", [](lua_State* L, SpawnRequest& request,
                    const char* name) { request.detached = boolean_of_option(L, name); }},
};

/// Pushes option `name` of the table at index 1 and answers whether it is set.
bool push_option(lua_State* L, const char* name) {
  lua_pushstring(L, name);
  if (lua_rawget(L, 1) != LUA_TNIL) return true;
  lua_pop(L, 1);
  return false;
}

void read_script(lua_State* L, SpawnRequest& request) {
  const bool has_file = push_option(L, "script");
  if (has_file) {
    const std::string_view path = text_of_option(L, "script");
    if (path.empty()) raise(L, ErrorCode::invalid_argument, "option 'script' is empty");
    request.options.script = Script::file(std::string(path));
  }
  if (push_option(L, "source")) {
    if (has_file) {
      raise(L, ErrorCode::invalid_argument, "options 'script' and 'source' exclude each other");
    }
    const std::string_view source = text_of_option(L, "source");
    const std::string_view name =
        push_option(L, "chunk_name") ? text_of_option(L, "chunk_name") : "source";
    request.options.script = Script::text(std::string(source), std::string(name));
  } else if (!has_file) {
    raise(L, ErrorCode::invalid_argument, "a spawn needs 'script' (a path) or 'source' (text)");
  }
  lua_settop(L, 1);
}

/// Pushes the values of option `args` and answers how many. A field `n` counts trailing nils.
int push_arguments(lua_State* L) {
  if (!push_option(L, "args")) return 0;
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

int spawn(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  SpawnRequest& request = script.scratch().spawn;
  request = SpawnRequest{};
  bool waits = false;
  int count = 0;
  if (lua_type(L, 1) == LUA_TTABLE) {
    lua_settop(L, 1);
    read_options(L, request, kSpawnOptions, "a spawn");
    lua_settop(L, 1);
    read_script(L, request);
    if (push_option(L, "wait")) waits = boolean_of_option(L, "wait");
    lua_settop(L, 1);
    count = push_arguments(L);
  } else if (lua_type(L, 1) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* path = lua_tolstring(L, 1, &size);
    request.options.script = Script::file(std::string(path, size));
    count = lua_gettop(L) - 1;
  } else {
    return type_error(L, 1, "path or table of options");
  }
  Encoder& encoder = script.encoder();
  if (!encoder.encode(L, 2, count, script.limits().message)) return raise(L, encoder.error());
  request.start.reset(Message::make(MessageKind::start, encoder.bytes(), encoder.refs()));
  if (waits) {
    script.require_await(L);
    request.started = script.open_request(script.scope().effective(), nullptr);
    if (request.started == 0) {
      return raise(L, ErrorCode::overload, "too many requests without an answer");
    }
  }
  const std::uint64_t started = request.started;
  if (!hand_over(script)) {
    script.close_request(started);
    return raise(L, script.scratch().error);
  }
  lua_settop(L, 0);
  push_ref(L, script.scratch().ref.target());
  script.scratch().ref = {};
  return waits ? script.await(L, finish_waiting, 0) : 1;
}

}  // namespace moonwright::runtime
