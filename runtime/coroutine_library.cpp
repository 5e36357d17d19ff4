// coroutine_library.cpp: see coroutine_library.hpp.
#include "runtime/coroutine_library.hpp"

#include <lua.hpp>
#include <utility>

#include "runtime/actor_script.hpp"
#include "runtime/interruption.hpp"
#include "runtime/state.hpp"
#include "runtime/weak_table.hpp"

namespace moonwright::runtime {
namespace {

/// Where resume and wrap keep the coroutine that they drive, and the deadline of its own `within`
/// while it awaits: kept here, it needs no memory just when the wait has been set up.
constexpr int kCoroutine = 1;
constexpr int kOwnScope = 2;

/// Its address is the registry key of the table from coroutine to the deadline of its own `within`,
/// with weak keys. Only coroutines that yielded in the middle of one are in it.
const char kScopesKey = 0;

void store_own_scope(lua_State* L, Instant deadline) {
  luaL_checkstack(L, 4, "too many coroutines");
  push_weak_table(L, &kScopesKey, "k");
  lua_pushvalue(L, kCoroutine);
  lua_pushinteger(L, deadline.time_since_epoch().count());
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

/// The deadline that was stored for the coroutine; kNever if there is none. It is stored no more.
Instant take_own_scope(lua_State* L) {
  luaL_checkstack(L, 4, "too many coroutines");
  Instant deadline = kNever;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kScopesKey) == LUA_TTABLE) {
    lua_pushvalue(L, kCoroutine);
    if (lua_rawget(L, -2) == LUA_TNUMBER) {
      deadline = Instant(std::chrono::nanoseconds(lua_tointeger(L, -1)));
      lua_pushvalue(L, kCoroutine);
      lua_pushnil(L);
      lua_rawset(L, -4);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return deadline;
}

/// What lua_resume() of a coroutine came to.
struct Resumed {
  int status;
  int results;
  bool passes;  ///< the yield is on its way to the runtime
  Instant own;  ///< the deadline of the coroutine's own `within`, if it yielded in one
};

/// Lets whoever interrupts the thread know which coroutine runs from here on.
void go_into(lua_State* from, lua_State* to) noexcept {
  Meter& meter = State::of(to).meter();
  Runner& runner = Runner::current();
  if (runner.running() == nullptr) return;  // a state without an actor around it
  meter.switch_from(from);
  runner.set_running(to);
  meter.switch_to(to, runner);
}

/// Closes `co`, which runs its closing variables. Raises nothing.
int run_close(lua_State* L, lua_State* co) {
  const Resumption link(Runner::current(), L);
  go_into(L, co);
#if LUA_VERSION_RELEASE_NUM >= 50406
  const int status = lua_closethread(co, L);
#else
  const int status = lua_resetthread(co);
#endif
  go_into(co, L);
  return status;
}

/// The same, and passes on what no script may catch.
int close_coroutine(lua_State* L, lua_State* co) {
  const int status = run_close(L, co);
  if (status != LUA_OK) pass_on_ends(L, status);
  return status;
}

/// Resumes `co` under the deadline `own`. Raises nothing.
Resumed resume_once(lua_State* L, lua_State* co, int arguments, Instant own) {
  ActorScript* script = State::of(L).script();
  Resumed resumed{LUA_OK, 0, false, kNever};
  if (script == nullptr) {
    resumed.status = lua_resume(co, L, arguments, &resumed.results);
    return resumed;
  }
  const Scope outer = script->scope();
  const bool could_yield = script->chain_can_yield();
  script->scope() = {outer.effective(), own};
  script->set_chain_can_yield(could_yield && lua_isyieldable(L) != 0);
  const Resumption link(Runner::current(), L);
  go_into(L, co);
  resumed.status = lua_resume(co, L, arguments, &resumed.results);
  go_into(co, L);
  resumed.passes = resumed.status == LUA_YIELD && script->passing() != Passing::none;
  if (resumed.status == LUA_YIELD) resumed.own = script->scope().own;
  script->scope() = outer;
  script->set_chain_can_yield(could_yield);
  return resumed;
}

lua_State* check_coroutine(lua_State* L, int index) {
  lua_State* co = lua_tothread(L, index);
  luaL_argexpected(L, co != nullptr, index, "coroutine");
  return co;
}

const char* status_of(lua_State* L, lua_State* co) {
  if (L == co) return "running";
  if (is_awaiting(co)) return "normal";
  switch (lua_status(co)) {
    case LUA_YIELD: return "suspended";
    case LUA_OK: {
      lua_Debug frame;
      if (lua_getstack(co, 0, &frame) != 0) return "normal";
      return lua_gettop(co) == 0 ? "dead" : "suspended";
    }
    default: return "dead";
  }
}

/// Takes the results of `co`, or its error, over to `L`: what resume() returns, without the true or
/// false in front. Negative: one error value.
int take_results(lua_State* L, lua_State* co, const Resumed& resumed) {
  if (resumed.status != LUA_OK && resumed.status != LUA_YIELD) {
    lua_xmove(co, L, 1);
    return -1;
  }
  if (lua_checkstack(L, resumed.results + 1) == 0) {
    lua_pop(co, resumed.results);
    lua_pushliteral(L, "too many results to resume");
    return -1;
  }
  lua_xmove(co, L, resumed.results);
  return resumed.results;
}

/// Ends a coroutine that an error left behind and raises the error, with the position put before it
/// as coroutine.wrap does.
int raise_from(lua_State* L, lua_State* co) {
  const int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_pushvalue(L, -1);
    lua_xmove(L, co, 1);
    if (close_coroutine(L, co) != LUA_OK) {
      lua_pop(L, 1);
      lua_xmove(co, L, 1);
    }
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

/// The two ways to resume, told apart in the context of the continuation.
enum class Style : lua_KContext { resume, wrap };

int drive(lua_State* L, lua_State* co, int arguments, Instant own, Style style);

int go_on(lua_State* L, int, lua_KContext context) {
  lua_State* co = lua_tothread(L, kCoroutine);
  const Instant own{std::chrono::nanoseconds(lua_tointeger(L, kOwnScope))};
  set_awaiting(co, false);
  return drive(L, co, 0, own, static_cast<Style>(context));
}

int drive(lua_State* L, lua_State* co, int arguments, Instant own, Style style) {
  const Resumed resumed = resume_once(L, co, arguments, own);
  if (resumed.status != LUA_OK && resumed.status != LUA_YIELD) pass_on_ends(L, resumed.status);
  lua_settop(L, kCoroutine);
  if (resumed.passes) {
    set_awaiting(co, true);
    lua_pushinteger(L, resumed.own.time_since_epoch().count());
    return lua_yieldk(L, 0, static_cast<lua_KContext>(style), go_on);
  }
  if (resumed.own != kNever) store_own_scope(L, resumed.own);
  const int count = take_results(L, co, resumed);
  if (style == Style::wrap) return count < 0 ? raise_from(L, co) : count;
  lua_pushboolean(L, count >= 0 ? 1 : 0);
  lua_insert(L, 2);
  return count < 0 ? 2 : count + 1;
}

/// Moves the arguments above the coroutine at index 1 over to it; false and a message if it cannot
/// be resumed.
bool hand_over(lua_State* L, lua_State* co, int arguments, const char** problem) {
  const char* status = status_of(L, co);
  if (status[0] != 's') {
    *problem =
        status[0] == 'd' ? "cannot resume dead coroutine" : "cannot resume non-suspended coroutine";
    return false;
  }
  if (lua_checkstack(co, arguments) == 0) {
    *problem = "too many arguments to resume";
    return false;
  }
  lua_xmove(L, co, arguments);
  return true;
}

int create(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State* co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  return 1;
}

int resume(lua_State* L) {
  lua_State* co = check_coroutine(L, 1);
  const int arguments = lua_gettop(L) - 1;
  const char* problem = nullptr;
  if (!hand_over(L, co, arguments, &problem)) {
    lua_pushboolean(L, 0);
    lua_pushstring(L, problem);
    return 2;
  }
  return drive(L, co, arguments, take_own_scope(L), Style::resume);
}

int wrapped(lua_State* L) {
  lua_State* co = lua_tothread(L, lua_upvalueindex(1));
  const int arguments = lua_gettop(L);
  const char* problem = nullptr;
  if (!hand_over(L, co, arguments, &problem)) {
    luaL_where(L, 1);
    lua_pushstring(L, problem);
    lua_concat(L, 2);
    return lua_error(L);
  }
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(1));
  return drive(L, co, arguments, take_own_scope(L), Style::wrap);
}

int wrap(lua_State* L) {
  create(L);
  lua_pushcclosure(L, wrapped, 1);
  return 1;
}

bool is_task_thread(lua_State* L) {
  ActorScript* script = State::of(L).script();
  return script != nullptr && script->current() != nullptr && script->current()->thread == L;
}

int yield(lua_State* L) {
  if (is_task_thread(L)) return luaL_error(L, "attempt to yield from outside a coroutine");
  return lua_yield(L, lua_gettop(L));
}

int status(lua_State* L) {
  lua_pushstring(L, status_of(L, check_coroutine(L, 1)));
  return 1;
}

int is_yieldable(lua_State* L) {
  lua_State* co = lua_isnone(L, 1) ? L : check_coroutine(L, 1);
  lua_pushboolean(L, lua_isyieldable(co) != 0 && !is_task_thread(co) ? 1 : 0);
  return 1;
}

int running(lua_State* L) {
  const int is_main = lua_pushthread(L);
  lua_pushboolean(L, is_main != 0 || is_task_thread(L) ? 1 : 0);
  return 2;
}

int close(lua_State* L) {
  lua_State* co = check_coroutine(L, 1);
  const char* state = status_of(L, co);
  if (state[0] != 'd' && state[0] != 's') {
    return luaL_error(L, "cannot close a %s coroutine", state);
  }
  const int closed = close_coroutine(L, co);
  lua_pushboolean(L, closed == LUA_OK ? 1 : 0);
  if (closed == LUA_OK) return 1;
  lua_xmove(co, L, 1);
  return 2;
}

constexpr luaL_Reg kFunctions[] = {
    {"close", close},   {"create", create},   {"isyieldable", is_yieldable},
    {"resume", resume}, {"running", running}, {"status", status},
    {"wrap", wrap},     {"yield", yield},     {nullptr, nullptr},
};

}  // namespace

int open_coroutine(lua_State* L) {
  luaL_newlib(L, kFunctions);
  return 1;
}

}  // namespace moonwright::runtime
