// pool_library.cpp: reading the options of a pool.
#include "runtime/pool_library.hpp"

#include <lua.hpp>
#include <string>
#include <utility>

#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/option_reader.hpp"
#include "runtime/ref_userdata.hpp"
#include "runtime/spawn_library.hpp"

namespace moonwright::runtime {
namespace {

/// Modules that one table may list.
constexpr lua_Integer kModulesMax = 100;

PoolOptions& pool_of(SpawnRequest& request) { return static_cast<PoolRequest&>(request).pool; }

constexpr Option kSizeOptions[] = {
    {"min", [](lua_State* L, SpawnRequest& request,
               const char* name) { pool_of(request).size.min = count_of_option(L, name); }},
    {"max", [](lua_State* L, SpawnRequest& request,
               const char* name) { pool_of(request).size.max = count_of_option(L, name); }},
    {"grow_above",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).size.grow_above = number_of_option(L, name);
     }},
    {"shrink_below",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).size.shrink_below = number_of_option(L, name);
     }},
    {"factor", [](lua_State* L, SpawnRequest& request,
                  const char* name) { pool_of(request).size.factor = number_of_option(L, name); }},
    {"patience",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).size.patience = milliseconds_of_option(L, name);
     }},
    {"check_every",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).size.check_every = milliseconds_of_option(L, name);
     }},
};

constexpr Option kAgingOptions[] = {
    {"generation_size",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).aging.generation_size = integer_of_option(L, name);
     }},
    {"generations",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).aging.generations = integer_of_option(L, name);
     }},
    {"recycle_below",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).aging.recycle_below = number_of_option(L, name);
     }},
    {"stale",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).aging.stale = milliseconds_of_option(L, name);
     }},
};

constexpr Option kQueueOptions[] = {
    {"max", [](lua_State* L, SpawnRequest& request,
               const char* name) { pool_of(request).queue.max = count_of_option(L, name); }},
    {"timeout",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).queue.timeout = milliseconds_of_option(L, name);
     }},
};

constexpr Option kWarmUpOptions[] = {
    {"script",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).warm_up.script = Script::file(std::string(text_of_option(L, name)));
     }},
    {"source",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).warm_up.script =
           Script::text(std::string(text_of_option(L, name)), "warm_up");
     }},
    {"times", [](lua_State* L, SpawnRequest& request,
                 const char* name) { pool_of(request).warm_up.repeat = count_of_option(L, name); }},
    {"collect",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).warm_up.collect = boolean_of_option(L, name);
     }},
};

void read_modules(lua_State* L, SpawnRequest& request, const char* name) {
  if (!lua_istable(L, -1)) wrong_type(L, name, "a list of modules");
  const int list = lua_gettop(L);
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, list));
  if (count > kModulesMax) {
    raise(L, ErrorCode::invalid_argument, "option 'preload' has more than 100 modules");
  }
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(L, list, i);
    const std::string_view module = text_of_option(L, name);
    pool_of(request).preload.emplace_back(module);
    lua_settop(L, list);
  }
}

/// Read by whoever needs them from the table itself.
void read_elsewhere(lua_State*, SpawnRequest&, const char*) {}

constexpr Option kPoolOptions[] = {
    {"size", [](lua_State* L, SpawnRequest& request,
                const char* name) { read_nested(L, request, name, kSizeOptions); }},
    {"route",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).route = word_of_option(L, name, parse_route);
     }},
    {"concurrency",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).concurrency = count_of_option(L, name);
     }},
    {"aging", [](lua_State* L, SpawnRequest& request,
                 const char* name) { read_nested(L, request, name, kAgingOptions); }},
    {"queue", [](lua_State* L, SpawnRequest& request,
                 const char* name) { read_nested(L, request, name, kQueueOptions); }},
    {"preload", read_modules},
    {"warm_up", [](lua_State* L, SpawnRequest& request,
                   const char* name) { read_nested(L, request, name, kWarmUpOptions); }},
    {"memory",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).memory_bytes_max =
           option_is_unlimited(L) ? kUnlimited : bytes_of_option(L, name);
     }},
    {"start_deadline",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).start_deadline = milliseconds_of_option(L, name);
     }},
    {"intensity",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).intensity.restarts =
           option_is_unlimited(L) ? Intensity::kUnlimited : count_of_option(L, name);
     }},
    {"period",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       pool_of(request).intensity.period = milliseconds_of_option(L, name);
     }},
    {"wait", read_elsewhere},
};

int finish_waiting(lua_State* L, int, lua_KContext) {
  const Delivery& delivery = ActorScript::of(L).delivery();
  if (delivery.failed) {
    push_failure(L, delivery);
    return lua_error(L);
  }
  lua_settop(L, 1);
  return 1;
}

/// The inner scope of make_pool(): nothing in here raises.
bool hand_over(ActorScript& script) {
  const auto request = std::exchange(script.scratch().pool, nullptr);
  request->pool.name = std::exchange(request->options.name, {});
  auto made = script.host().make_pool(std::move(*request));
  if (!made) {
    script.scratch().error = std::move(made.error());
    return false;
  }
  script.scratch().ref = std::move(*made);
  return true;
}

/// Begins to read into an empty request, which stays in the scratch.
PoolRequest& begin_reading(ActorScript& script) {
  script.scratch().pool = std::make_unique<PoolRequest>();
  return *script.scratch().pool;
}

}  // namespace

int make_pool(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  if (lua_type(L, 1) != LUA_TTABLE) return type_error(L, 1, "table of options");
  lua_settop(L, 1);
  PoolRequest& request = begin_reading(script);
  read_options(L, request, kPoolOptions, "a pool", spawn_options());
  if (request.detached) {
    raise(L, ErrorCode::invalid_argument, "the states of a pool cannot be detached from it");
  }
  lua_settop(L, 1);
  read_spawned(L, request);
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

}  // namespace moonwright::runtime
