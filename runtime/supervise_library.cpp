// supervise_library.cpp: reading the options of supervisors and their children.
#include "runtime/supervise_library.hpp"

#include <lua.hpp>
#include <string_view>
#include <utility>

#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/option_reader.hpp"
#include "runtime/ref_userdata.hpp"
#include "runtime/spawn_library.hpp"

namespace moonwright::runtime {
namespace {

/// Supervisors inside supervisors that one call may describe.
constexpr std::size_t kDepthMax = 16;
/// Children that one table may list.
constexpr lua_Integer kChildrenMax = 10'000;

/// What is being read, by whichever of its options.
ChildRequest& child_of(SpawnRequest& request) { return static_cast<ChildRequest&>(request); }
ChildSpec& traits_of(SpawnRequest& request) { return child_of(request).child; }
SupervisorSpec& supervisor_of(SpawnRequest& request) { return *child_of(request).supervisor; }

// Children ----------------------------------------------------------------------------------------

constexpr Option kStopOptions[] = {
    {"drain",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).stop.drain = milliseconds_of_option(L, name);
     }},
    {"on_stop",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).stop.on_stop = milliseconds_of_option(L, name);
     }},
    {"kill",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).stop.kill = milliseconds_of_option(L, name);
     }},
};

constexpr Option kHealthOptions[] = {
    {"memory",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).health.memory_threshold = number_of_option(L, name);
     }},
    {"error_rate",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).health.error_rate = number_of_option(L, name);
     }},
    {"age",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).health.age = milliseconds_of_option(L, name);
     }},
    {"uses", [](lua_State* L, SpawnRequest& request,
                const char* name) { traits_of(request).health.uses = integer_of_option(L, name); }},
    {"slow",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).health.slow = milliseconds_of_option(L, name);
     }},
    {"slow_decay",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).health.slow_decay = number_of_option(L, name);
     }},
    {"mailbox_age",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).health.mailbox_age = milliseconds_of_option(L, name);
     }},
    {"limit_hits",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).health.limit_hits = count_of_option(L, name);
     }},
    {"emergency_collections",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).health.emergency_collections = count_of_option(L, name);
     }},
    {"recycle",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).health.recycle = boolean_of_option(L, name);
     }},
    {"check_every",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).health.check_every = milliseconds_of_option(L, name);
     }},
    {"drain_timeout",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).health.drain_timeout = milliseconds_of_option(L, name);
     }},
};

void read_supervisor_of_child(lua_State* L, SpawnRequest& request, const char* name);

constexpr Option kChildOptions[] = {
    {"id", [](lua_State* L, SpawnRequest& request,
              const char* name) { traits_of(request).id = text_of_option(L, name); }},
    {"restart",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).restart = word_of_option(L, name, parse_restart);
     }},
    {"stop", [](lua_State* L, SpawnRequest& request,
                const char* name) { read_nested(L, request, name, kStopOptions); }},
    {"start_deadline",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).start_deadline = milliseconds_of_option(L, name);
     }},
    {"weight", [](lua_State* L, SpawnRequest& request,
                  const char* name) { traits_of(request).weight = number_of_option(L, name); }},
    {"significant",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       traits_of(request).significant = boolean_of_option(L, name);
     }},
    {"health", [](lua_State* L, SpawnRequest& request,
                  const char* name) { read_nested(L, request, name, kHealthOptions); }},
    {"supervisor", read_supervisor_of_child},
};

// Supervisors -------------------------------------------------------------------------------------

Intensity& child_intensity_of(SpawnRequest& request) {
  auto& intensity = supervisor_of(request).child_intensity;
  if (!intensity) intensity = supervisor_of(request).intensity;
  return *intensity;
}

std::uint32_t intensity_of_option(lua_State* L, const char* name) {
  return option_is_unlimited(L) ? Intensity::kUnlimited : count_of_option(L, name);
}

constexpr Option kBackOffOptions[] = {
    {"first",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       supervisor_of(request).back_off.first = milliseconds_of_option(L, name);
     }},
    {"most",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       supervisor_of(request).back_off.most = milliseconds_of_option(L, name);
     }},
    {"factor",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       supervisor_of(request).back_off.factor = number_of_option(L, name);
     }},
    {"jitter",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       supervisor_of(request).back_off.jitter = number_of_option(L, name);
     }},
};

void read_children(lua_State* L, SpawnRequest& request, const char* name);

/// Read by whoever needs them from the table itself.
void read_elsewhere(lua_State*, SpawnRequest&, const char*) {}

constexpr Option kSupervisorOptions[] = {
    {"name", [](lua_State* L, SpawnRequest& request,
                const char* name) { supervisor_of(request).name = text_of_option(L, name); }},
    {"strategy",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       supervisor_of(request).strategy = word_of_option(L, name, parse_strategy);
     }},
    {"intensity",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       supervisor_of(request).intensity.restarts = intensity_of_option(L, name);
     }},
    {"period",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       supervisor_of(request).intensity.period = milliseconds_of_option(L, name);
     }},
    {"child_intensity",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       child_intensity_of(request).restarts = intensity_of_option(L, name);
     }},
    {"child_period",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       child_intensity_of(request).period = milliseconds_of_option(L, name);
     }},
    {"back_off", [](lua_State* L, SpawnRequest& request,
                    const char* name) { read_nested(L, request, name, kBackOffOptions); }},
    {"auto_shutdown",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       supervisor_of(request).auto_shutdown = word_of_option(L, name, parse_auto_shutdown);
     }},
    {"max_children",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       supervisor_of(request).max_children = count_of_option(L, name);
     }},
    {"memory",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       supervisor_of(request).memory_bytes_max =
           option_is_unlimited(L) ? kUnlimited : bytes_of_option(L, name);
     }},
    {"children", read_children},
    {"wait", read_elsewhere},
};

/// Reads the child whose table is at the top of the stack into `request`.
void read_child(lua_State* L, ChildRequest& request) {
  const int table = lua_gettop(L);
  read_options(L, request, kChildOptions, "a child", spawn_options());
  if (request.detached) {
    raise(L, ErrorCode::invalid_argument, "a child of a supervisor cannot be detached from it");
  }
  lua_settop(L, table);
  if (request.supervisor == nullptr) read_spawned(L, request);
}

/// The list of children at the top of the stack. Each is read into the scratch, where an error on
/// the way does no harm, and then joins its supervisor.
void read_children(lua_State* L, SpawnRequest& request, const char* name) {
  if (!lua_istable(L, -1)) wrong_type(L, name, "a list of children");
  const int list = lua_gettop(L);
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, list));
  if (count > kChildrenMax) {
    raise(L, ErrorCode::invalid_argument, "a supervisor is declared with at most 10,000 children");
  }
  auto& reading = ActorScript::of(L).scratch().children;
  for (lua_Integer i = 1; i <= count; ++i) {
    if (lua_rawgeti(L, list, i) != LUA_TTABLE) {
      raise_format(L, ErrorCode::invalid_argument, "children[%d] is a %s, expected a table",
                   static_cast<int>(i), luaL_typename(L, -1));
    }
    reading.push_back(std::make_unique<ChildRequest>());
    read_child(L, *reading.back());
    child_of(request).children.push_back(std::move(*reading.back()));
    reading.pop_back();
    lua_settop(L, list);
  }
}

/// The table of a supervisor at the top of the stack.
void read_supervisor(lua_State* L, ChildRequest& request) {
  if (ActorScript::of(L).scratch().children.size() > kDepthMax) {
    raise(L, ErrorCode::invalid_argument, "supervisors are nested more than 16 deep");
  }
  request.supervisor = std::make_unique<SupervisorSpec>();
  read_options(L, request, kSupervisorOptions, "a supervisor");
}

void read_supervisor_of_child(lua_State* L, SpawnRequest& request, const char* name) {
  if (!lua_istable(L, -1)) wrong_type(L, name, "a table");
  read_supervisor(L, child_of(request));
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

/// The inner scope of supervise(): nothing in here raises.
bool hand_over(ActorScript& script) {
  auto& reading = script.scratch().children;
  ChildRequest request = std::move(*reading.back());
  reading.clear();
  auto started = script.host().supervise(std::move(request));
  if (!started) {
    script.scratch().error = std::move(started.error());
    return false;
  }
  script.scratch().ref = std::move(*started);
  return true;
}

/// Begins to read into an empty request, which stays in the scratch.
ChildRequest& begin_reading(ActorScript& script) {
  auto& reading = script.scratch().children;
  reading.clear();
  reading.push_back(std::make_unique<ChildRequest>());
  return *reading.back();
}

}  // namespace

int supervise(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  if (lua_type(L, 1) != LUA_TTABLE) return type_error(L, 1, "table of options");
  lua_settop(L, 1);
  ChildRequest& request = begin_reading(script);
  read_supervisor(L, request);
  lua_settop(L, 1);
  lua_pushliteral(L, "wait");
  const bool waits = lua_rawget(L, 1) != LUA_TNIL && boolean_of_option(L, "wait");
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

bool is_child_order(lua_State* L) {
  std::size_t size = 0;
  const char* name = lua_tolstring(L, 2, &size);
  return std::string_view(name, size) == "start";
}

void read_child_order(lua_State* L) {
  if (lua_type(L, 3) != LUA_TTABLE) {
    type_error(L, 3, "table that describes a child");
    return;
  }
  lua_settop(L, 3);
  read_child(L, begin_reading(ActorScript::of(L)));
}

bool post_child_order(ActorScript& script, const detail::RefTarget& to, std::uint64_t correlation,
                      Instant deadline, bool granted) {
  auto& reading = script.scratch().children;
  ChildRequest request = std::move(*reading.back());
  reading.clear();
  auto posted = script.host().order_child(to, correlation, deadline, std::move(request), granted);
  if (posted) return true;
  script.scratch().error = std::move(posted.error());
  return false;
}

}  // namespace moonwright::runtime
