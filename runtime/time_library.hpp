// time_library.hpp: clocks, sleeping, timers, forks and deadlines, as functions of `actor`.
#pragma once

#include "runtime/message.hpp"

struct lua_State;

namespace moonwright::runtime {

int now(lua_State* L);
int sleep(lua_State* L);
int after(lua_State* L);
int every(lua_State* L);
int fork(lua_State* L);
int within(lua_State* L);

/// Gives the running task up for good, as its actor is to end. Where it cannot yield it raises.
int leave_task(lua_State* L);

/// The steps of all clocks at level `strict`.
inline constexpr std::chrono::milliseconds kCoarseTime{10};

/// Longest time that a script can give: about 31 years, far from where the clock overflows.
inline constexpr double kSecondsMax = 1e9;

/// The number of seconds at `index`; raises unless it is one from 0 to kSecondsMax.
[[nodiscard]] double check_seconds(lua_State* L, int index);

/// The instant `seconds` after `from`. Requires: 0 <= seconds <= kSecondsMax.
[[nodiscard]] Instant after_seconds(Instant from, double seconds) noexcept;

}  // namespace moonwright::runtime
