// interruption.cpp: the hook, and the two ways out of a script.
#include "runtime/interruption.hpp"

#include <cstdint>
#include <lua.hpp>

#include "runtime/actor_script.hpp"
#include "runtime/debug_library.hpp"
#include "runtime/lua_internals.h"
#include "runtime/meter.hpp"
#include "runtime/runner.hpp"
#include "runtime/stack_walk.hpp"
#include "runtime/state.hpp"
#include "runtime/warnings.hpp"

namespace moonwright::runtime {
namespace {

void take_sample(lua_State* L, ActorScript& script, Runner& runner, bool in_hook) {
  const std::uint32_t weight = runner.take_samples();
  if (weight == 0) return;
  // Where this is asked in a C function, that is on top of the stack still.
  const bool c_on_top = in_hook && has_returned_from(L, runner.c_call());
  script.host().sample_cpu({L, &runner, weight, c_on_top});
}

/// From where a running script looks up.
enum class Place : std::uint8_t {
  library,  ///< a function that pays for what it does
  hook,
  hook_before_line,  ///< the hook of the count, with that of a line to follow
};

void look_up(lua_State* L, ActorScript& script, Place place) {
  const bool in_hook = place != Place::library;
  Meter& meter = script.state().meter();
  Runner& runner = Runner::current();
  std::uint8_t attention = runner.take_attention();
  if ((attention & kSample) != 0) {
    take_sample(L, script, runner, in_hook);
    attention = static_cast<std::uint8_t>(attention & ~kSample);
  }
  script.host().sample_memory(L, script.state().allocator().used());
  if (meter.end() == End::none) script.judge(attention != 0);
  // A warning runs script code, for which a hook is the place: what it interrupts is in order.
  if (in_hook && meter.end() == End::none) give_warnings(L, script);
  if (meter.end() != End::none) {
    leave(L);
    return;
  }
  if ((attention & kSliceOver) == 0 && !meter.preempts_always()) return;
  if (!script.may_preempt()) return;
  if (place == Place::hook_before_line) {
    // Lua would take the line for done: it is the line's hook that gives way.
    runner.interrupt(attention, 0);
  } else if (in_hook) {
    if (script.can_preempt(L)) {
      script.preempt(L);
      return;
    }
    // It is reminded again in a moment.
    script.note_unyielding();
    if (meter.end() != End::none) leave(L);
  } else {
    runner.interrupt(attention, 0);
    meter.request_hook(L);
  }
}

/// What scripts have set hooks for. Only lines can give way.
void debug_hook(lua_State* L, lua_Debug* event, ActorScript* script) {
  // Lua calls it even if the hook of the count has just ended the script.
  if (lua_status(L) != LUA_OK) return;
  call_debug_hook(L, event);
  if (event->event != LUA_HOOKLINE || script == nullptr) return;
  if (Runner::current().wanted() || script->state().meter().preempts_always()) {
    look_up(L, *script, Place::hook);
  }
}

void hook(lua_State* L, lua_Debug* event) {
  State& state = State::of(L);
  ActorScript* const script = state.script();
  const bool works = script != nullptr && script->current() != nullptr;
  if (event->event != LUA_HOOKCOUNT) {
    debug_hook(L, event, works ? script : nullptr);
    return;
  }
  Runner& runner = Runner::current();
  if (works && runner.wants_sample_only() && state.meter().is_quiet()) {
    // No reason to begin to count instructions, or to look at any limit.
    disarm_hook(L);
    static_cast<void>(runner.take_attention());
    take_sample(L, *script, runner, true);
    return;
  }
  state.meter().hook_fired(L);
  if (state.meter().take_hook_due()) call_debug_hook(L, event);
  if (!works) return;
  const bool line_follows = (state.debug_hooks().mask & LUA_MASKLINE) != 0;
  look_up(L, *script, line_follows ? Place::hook_before_line : Place::hook);
}

}  // namespace

void arm_hook(lua_State* L) noexcept { arm_count_hook(L, 1); }

void arm_count_hook(lua_State* L, int count) noexcept {
  lua_sethook(L, hook, LUA_MASKCOUNT | State::of(L).debug_hooks().mask, count);
}

bool is_armed(lua_State* L) noexcept { return (lua_gethookmask(L) & LUA_MASKCOUNT) != 0; }

void disarm_hook(lua_State* L) noexcept {
  const int mask = State::of(L).debug_hooks().mask;
  lua_sethook(L, mask != 0 ? hook : nullptr, mask, 0);
}

void checkpoint(lua_State* L) {
  ActorScript* const script = State::of(L).script();
  if (script == nullptr || script->current() == nullptr) return;
  if (Runner::current().wanted() || script->state().meter().end() != End::none) {
    look_up(L, *script, Place::library);
  }
}

void leave(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  if (script.can_yield(L)) {
    script.set_passing(Passing::ended);
    lua_yield(L, 0);
    return;
  }
  arm_hook(L);
#ifdef MOONWRIGHT_BUNDLED_LUA
  moonwright_lua_skip_handler(L);
#endif
  // No allocation, and nothing that a script could make use of.
  lua_pushnil(L);
  lua_error(L);
}

void pass_on_ends(lua_State* L, int status) {
  State& state = State::of(L);
  ActorScript* const script = state.script();
  if (script == nullptr || script->current() == nullptr) return;
  script->note_error(status);
  if (state.meter().end() != End::none) leave(L);
}

}  // namespace moonwright::runtime
