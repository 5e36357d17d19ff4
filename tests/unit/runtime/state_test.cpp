// state_test.cpp: making, entering and closing a state, within its memory and whatever fails.
#include "runtime/state.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lua_run.hpp"
#include "runtime/node.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::HasSubstr;

/// Uses most kinds of objects, and several libraries.
constexpr std::string_view kScript = R"(
  local list = {}
  for i = 1, 20 do list[i] = ("item %d"):format(i) end
  local co = coroutine.wrap(function(...) coroutine.yield(select("#", ...)) return math.pi end)
  assert(co(1, 2, 3) == 3 and co() == math.pi)
  assert(not pcall(error, setmetatable({}, {__index = list})))
  return #table.concat(list, ",") + utf8.len("moon"))";

/// Sees every allocation of a state and keeps books of its own. An Allocator, too, because Lua asks
/// its allocator for the bound of its stacks.
class Shadow : private Allocator {
 public:
  explicit Shadow(State& state)
      : Allocator(0, 0), inner_(&state.allocator()), sum_(inner_->figures().used) {
    lua_setallocf(state.lua(), allocate, static_cast<Allocator*>(this));
  }

  [[nodiscard]] bool agrees() const { return agrees_ && sum_ == inner_->figures().used; }
  [[nodiscard]] std::uint64_t sum() const { return sum_; }

 private:
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
    auto& shadow = *static_cast<Shadow*>(static_cast<Allocator*>(self));
    void* moved = Allocator::allocate(shadow.inner_, block, old_size, new_size);
    if (block != nullptr) {
      const auto known = shadow.blocks_.find(block);
      if (known != shadow.blocks_.end() && known->second != old_size) shadow.agrees_ = false;
    }
    if (new_size == 0 || moved != nullptr) {
      if (block != nullptr) {
        shadow.blocks_.erase(block);
        shadow.sum_ -= old_size;
      }
      if (new_size != 0) shadow.blocks_[moved] = new_size;
      shadow.sum_ += new_size;
    }
    const MemoryFigures figures = shadow.inner_->figures();
    shadow.agrees_ = shadow.agrees_ && shadow.sum_ == figures.used &&
                     figures.used <= figures.peak && figures.peak <= figures.limit;
    return moved;
  }

  Allocator* inner_;
  std::uint64_t sum_;
  std::unordered_map<void*, std::size_t> blocks_;
  bool agrees_ = true;
};

TEST(StateMemory, IsTheSumOfTheLiveBlocksAtEveryStepAndNothingAfterwards) {
  // Only at this level is a state closed object by object.
  auto state = open_state({.memory_bytes_max = 200'000, .sandbox = Sandbox::none});
  Shadow shadow(*state);
  EXPECT_EQ(run(*state, kScript), "154");
  EXPECT_TRUE(shadow.agrees());
  EXPECT_THAT(run(*state, "local t = {} for i = 1, 1e9 do t[i] = {i} end"),
              HasSubstr("not enough memory"));
  EXPECT_TRUE(shadow.agrees());
  EXPECT_GT(state->memory().violations, 0u);
  EXPECT_EQ(run(*state, kScript), "154") << "the state survives";
  EXPECT_TRUE(shadow.agrees());
  state.reset();
  EXPECT_EQ(shadow.sum(), 0u);
}

TEST(StateMemory, AnyBudgetEitherHoldsTheScriptOrEndsAsMemoryLimit) {
  bool opened = false;
  bool ran = false;
  for (std::uint64_t budget = 0; budget <= 32u << 10; budget += 8) {
    auto state = State::open({.memory_bytes_max = budget});
    ASSERT_TRUE(state || !opened) << budget << " B do not hold what less did";
    if (!state) {
      EXPECT_EQ(state.error().code, ErrorCode::memory_limit);
      continue;
    }
    opened = true;
    std::string out;
    const auto done = try_run(**state, kScript, out);
    EXPECT_LE((*state)->memory().peak, budget);
    if (done) {
      EXPECT_EQ(out, "154");
      ran = true;
    } else {
      EXPECT_EQ(done.error().code, ErrorCode::memory_limit) << budget << done.error().message;
    }
  }
  EXPECT_TRUE(ran);
}

TEST(StateMemory, EachAllocationMayFailWhileAStateIsMadeAndUsed) {
  std::uint64_t failures = 0;
  for (std::uint64_t allowed = 0;; ++allowed) {
    ASSERT_LT(allowed, 5'000u);
    auto state = State::open({.refuse_after = allowed});
    if (!state) {
      EXPECT_EQ(state.error().code, ErrorCode::memory_limit);
      ++failures;
      continue;
    }
    std::string out;
    const auto done = try_run(**state, kScript, out);
    if (done) break;
    EXPECT_EQ(done.error().code, ErrorCode::memory_limit) << done.error().message;
    EXPECT_EQ((*state)->memory().violations > 0, true);
    // Once there is memory again, all is well.
    (*state)->allocator().refuse_after(~std::uint64_t{0});
    EXPECT_EQ(run(**state, kScript), "154") << "after " << allowed << " allocations";
    ++failures;
  }
  EXPECT_GT(failures, 200u);
}

TEST(StateMemory, ALimitBelowAnEmptyStateSaysHowMuchThatIs) {
  const auto state = State::open({.memory_bytes_max = 2'048});
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, ErrorCode::memory_limit);
  EXPECT_EQ(state.error().message,
            "an empty Lua state does not fit into the memory limit of 2.00 KiB");
}

TEST(Allocator, NeverRefusesToShrinkOrToFree) {
  Allocator allocator(100, 0);
  void* block = Allocator::allocate(&allocator, nullptr, LUA_TTABLE, 100);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(allocator.figures().used, 100u) << "the tag of a new block is no size";
  EXPECT_EQ(Allocator::allocate(&allocator, block, 100, 101), nullptr);
  EXPECT_EQ(allocator.figures().used, 100u) << "a refused block keeps its size";
  allocator.refuse_after(0);
  block = Allocator::allocate(&allocator, block, 100, 50);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(allocator.figures().used, 50u);
  EXPECT_EQ(Allocator::allocate(&allocator, block, 50, 0), nullptr);
  EXPECT_EQ(allocator.figures().used, 0u);
  EXPECT_EQ(allocator.figures().peak, 100u);
  EXPECT_EQ(allocator.figures().violations, 1u);
}

TEST(StateProtect, MapsEveryStatusToOneCode) {
  EXPECT_EQ(code_of_status(LUA_ERRRUN), ErrorCode::error);
  EXPECT_EQ(code_of_status(LUA_ERRMEM), ErrorCode::memory_limit);
  EXPECT_EQ(code_of_status(LUA_ERRERR), ErrorCode::error_in_handler);
  EXPECT_EQ(code_of_status(LUA_ERRSYNTAX), ErrorCode::syntax_error);
  EXPECT_EQ(code_of_status(LUA_ERRFILE), ErrorCode::io);
}

TEST(StateProtect, AnswersWithTheTextOfTheErrorAndRunsNoneOfItsMetamethods) {
  const auto state = open_state();
  std::string out;
  const auto error_of = [&](std::string_view code) {
    const auto done = try_run(*state, code, out);
    EXPECT_FALSE(done);
    return done ? Error{} : done.error();
  };
  EXPECT_EQ(error_of("error('boom', 0)"), (Error{ErrorCode::error, "boom", {}}));
  EXPECT_EQ(error_of("local x = nil + 1").message,
            "case:1: attempt to perform arithmetic on a nil value");
  EXPECT_EQ(error_of("error(nil)").message, "nil");
  EXPECT_EQ(error_of("error(print)").message, "function");
  EXPECT_EQ(error_of("error(setmetatable({}, {__tostring = error, __name = 'x'}))").message,
            "table");
  EXPECT_EQ(error_of("error('a\\0b', 0)").message, std::string("a\0b", 3));
  EXPECT_EQ(error_of("local function f() return 1 + f() end f()").code, ErrorCode::error);
}

TEST(StateProtect, MayBeCalledWhileACoroutineRuns) {
  const auto state = open_state();
  lua_State* co = nullptr;
  const auto make = [](lua_State* L) {
    *static_cast<lua_State**>(lua_touserdata(L, 1)) = lua_newthread(L);
    static_cast<void>(luaL_ref(L, LUA_REGISTRYINDEX));
    return 0;
  };
  ASSERT_TRUE(state->protect(make, &co));
  lua_pushcfunction(co, [](lua_State* L) {
    State& mine = State::of(L);
    EXPECT_NE(L, mine.lua());
    EXPECT_EQ(run(mine, "return 6 * 7"), "42");
    EXPECT_EQ(run(mine, "error('inner', 0)"), "error: inner");
    return luaL_error(L, "outer");
  });
  int results = 0;
  EXPECT_EQ(lua_resume(co, state->lua(), 0, &results), LUA_ERRRUN);
  EXPECT_EQ(error_text(co), "outer");
  EXPECT_EQ(lua_gettop(state->lua()), 0);
}

TEST(State, IsFoundFromEachOfItsCoroutines) {
  ActorScript* const script = reinterpret_cast<ActorScript*>(std::uintptr_t{64});
  const auto state = open_state({.sandbox = Sandbox::none, .seed = 7, .script = script});
  lua_State* co = lua_newthread(state->lua());
  EXPECT_EQ(&State::of(co), state.get());
  EXPECT_EQ(State::of(co).script(), script);
  EXPECT_EQ(State::of(co).seed(), 7u);
  EXPECT_EQ(State::of(co).sandbox(), Sandbox::none);
  EXPECT_FALSE(is_awaiting(co));
  set_awaiting(co, true);
  EXPECT_TRUE(is_awaiting(co));
  EXPECT_FALSE(is_awaiting(state->lua()));
  EXPECT_FALSE(is_awaiting(lua_newthread(co))) << "a coroutine does not inherit the mark";
  EXPECT_EQ(&State::of(co), state.get());
  set_awaiting(co, false);
  EXPECT_FALSE(is_awaiting(co));
}

// Host objects ------------------------------------------------------------------------------------

struct Counter : HostNode {
  int* releases = nullptr;
  explicit Counter(int* counter) : releases(counter) {}
  ~Counter() { ++*releases; }
};

constexpr luaL_Reg kNoMethods[] = {{nullptr, nullptr}};
constexpr NodeType kCounterType{"counter", kNoMethods, nullptr};

/// Pushes three objects; the globals `a`, `b` and `c` hold them.
int make_counters(lua_State* L) {
  for (const char* name : {"a", "b", "c"}) {
    static_cast<void>(push_node<Counter>(L, kCounterType, static_cast<int*>(lua_touserdata(L, 1))));
    lua_setglobal(L, name);
  }
  return 0;
}

TEST(StateHostObjects, AreReleasedExactlyOnceByTheCollectorOrTheClose) {
  int releases = 0;
  auto state = open_state();
  ASSERT_TRUE(state->protect(make_counters, &releases));
  EXPECT_EQ(run(*state, "b = nil collectgarbage() return type(a), tostring(c):match('^%a+')"),
            "userdata, counter");
  EXPECT_EQ(releases, 1);
  EXPECT_EQ(run(*state, "a = nil collectgarbage() collectgarbage()"), "");
  EXPECT_EQ(releases, 2);
  state.reset();
  EXPECT_EQ(releases, 3);
}

TEST(StateHostObjects, AreReleasedOnceForEachThatWasMadeWhereverMemoryRunsOut) {
  bool done = false;
  for (std::uint64_t allowed = 0; !done; ++allowed) {
    int releases = 0;
    auto state = open_state();
    state->allocator().refuse_after(allowed);
    done = state->protect(make_counters, &releases).has_value();
    EXPECT_LE(releases, 0) << "nothing is released while it is in use";
    state.reset();
    EXPECT_LE(releases, 3);
    EXPECT_EQ(releases == 3, done || releases == 3);
  }
}

TEST(StateHostObjects, AreNotTakenForEachOther) {
  static constexpr NodeType kOther{"other", kNoMethods, nullptr};
  int releases = 0;
  const auto state = open_state();
  ASSERT_TRUE(state->protect(make_counters, &releases));
  lua_State* L = state->lua();
  lua_getglobal(L, "a");
  EXPECT_NE(to_node(L, -1, kCounterType), nullptr);
  EXPECT_EQ(to_node(L, -1, kOther), nullptr);
  lua_newtable(L);
  EXPECT_EQ(to_node(L, -1, kCounterType), nullptr);
  lua_pushlightuserdata(L, &releases);
  EXPECT_EQ(to_node(L, -1, kCounterType), nullptr);
  lua_settop(L, 0);
  EXPECT_EQ(
      run(*state, "return getmetatable(a), pcall(function() setmetatable(a, {}) end)"),
      "false, false, case:1: bad argument #1 to 'setmetatable' (table expected, got counter)");
}

// The panic handler -------------------------------------------------------------------------------

TEST(StatePanicDeathTest, ReportsTheErrorAndEndsTheProcess) {
  const auto state = open_state();
  EXPECT_DEATH(luaL_error(state->lua(), "nobody protects this"),
               "moonwright: panic: unprotected error in a Lua state: nobody protects this\n");
  EXPECT_DEATH(
      {
        lua_newtable(state->lua());
        lua_error(state->lua());
      },
      "moonwright: panic: unprotected error in a Lua state: table\n");
}

}  // namespace
}  // namespace moonwright::runtime
