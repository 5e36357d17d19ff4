// limit_options.cpp: see limit_options.hpp. Ranges are checked by whoever starts the actor; here it
// is only made sure that a value is what its name says.
#include "runtime/limit_options.hpp"

#include <limits>
#include <lua.hpp>

#include "runtime/error_value.hpp"

namespace moonwright::runtime {
namespace {

constexpr std::uint32_t kPercentMax = std::numeric_limits<std::uint16_t>::max();

std::uint16_t percent_of_option(lua_State* L, const char* name) {
  return static_cast<std::uint16_t>(count_of_option(L, name, kPercentMax));
}

std::chrono::nanoseconds time_limit_of_option(lua_State* L, const char* name) {
  return option_is_unlimited(L) ? kNoTimeLimit : time_of_option(L, name);
}

constexpr Option kMessageOptions[] = {
    {"depth",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.message_depth_max = count_of_option(L, name);
     }},
    {"entries",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.message_entries_max = count_of_option(L, name);
     }},
    {"bytes",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       const std::uint64_t bytes = bytes_of_option(L, name);
       if (bytes > 1u << 30) {
         raise(L, ErrorCode::invalid_argument, "option 'bytes' of a message is more than 1 GiB");
       }
       request.limits.message_bytes_max = static_cast<std::uint32_t>(bytes);
     }},
};

constexpr Option kCollectorOptions[] = {
    {"mode",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.collector_mode = word_of_option(L, name, parse_collector_mode);
     }},
    {"pause",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.collector_pause = percent_of_option(L, name);
     }},
    {"step", [](lua_State* L, SpawnRequest& request,
                const char* name) { request.limits.collector_step = percent_of_option(L, name); }},
    {"minor",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.collector_minor = percent_of_option(L, name);
     }},
    {"major",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.collector_major = percent_of_option(L, name);
     }},
};

constexpr Option kLimitOptions[] = {
    {"memory",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.memory_bytes_max =
           option_is_unlimited(L) ? kUnlimited : bytes_of_option(L, name);
     }},
    {"instructions",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.instructions_max =
           option_is_unlimited(L) ? kUnlimited : integer_of_option(L, name);
     }},
    {"cpu_time",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.cpu_time_max = time_limit_of_option(L, name);
     }},
    {"timeout", [](lua_State* L, SpawnRequest& request,
                   const char* name) { request.limits.timeout = time_limit_of_option(L, name); }},
    {"actors", [](lua_State* L, SpawnRequest& request,
                  const char* name) { request.limits.actors_max = count_of_option(L, name); }},
    {"check_interval",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.check_interval = count_of_option(L, name);
     }},
    {"warning_threshold",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.warning_threshold = number_of_option(L, name);
     }},
    {"collect_threshold",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.collect_threshold = number_of_option(L, name);
     }},
    {"collect_interval",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.collect_interval = milliseconds_of_option(L, name);
     }},
    {"collector", [](lua_State* L, SpawnRequest& request,
                     const char* name) { read_nested(L, request, name, kCollectorOptions); }},
    {"memory_class",
     [](lua_State* L, SpawnRequest& request, const char* name) {
       request.limits.memory_class = word_of_option(L, name, parse_memory_class);
     }},
    {"message", [](lua_State* L, SpawnRequest& request,
                   const char* name) { read_nested(L, request, name, kMessageOptions); }},
};

}  // namespace

void read_limits(lua_State* L, SpawnRequest& request, const char* name) {
  read_nested(L, request, name, kLimitOptions);
}

void read_profile(lua_State* L, SpawnRequest& request, const char* name) {
  request.limits.profile = text_of_option(L, name);
  if (request.limits.profile.empty()) {
    raise(L, ErrorCode::invalid_argument, "option 'profile' is empty");
  }
}

void read_on_limit(lua_State* L, SpawnRequest& request, const char* name) {
  request.limits.on_limit = word_of_option(L, name, parse_on_limit);
}

void read_cancel_grace(lua_State* L, SpawnRequest& request, const char* name) {
  request.limits.cancel_grace = milliseconds_of_option(L, name);
}

void read_max_in_flight(lua_State* L, SpawnRequest& request, const char* name) {
  request.limits.in_flight_max = count_of_option(L, name);
}

}  // namespace moonwright::runtime
