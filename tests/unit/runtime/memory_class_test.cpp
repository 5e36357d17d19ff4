// memory_class_test.cpp: how large a stack may get, and how deep calls, in each memory class.
#include "runtime/memory_class.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <lua.hpp>
#include <string>
#include <string_view>

#include "fake_actor.hpp"
#include "lua_run.hpp"
#include "memory_sources.hpp"
#include "runtime/lua_internals.h"

namespace moonwright::runtime {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::StartsWith;

constexpr std::array kClasses = {MemoryClass::none, MemoryClass::minimal, MemoryClass::standard,
                                 MemoryClass::large};

std::unique_ptr<State> open_state_of(MemoryClass memory_class) {
  StateOptions options;
  options.memory_class = memory_class;
  return open_state(options);
}

TEST(MemoryClass, HasFigures) {
  const auto expect = [](MemoryClass memory_class, int at_start, int max, int depth) {
    const StackBounds bounds = bounds_of(memory_class);
    EXPECT_EQ(bounds.slots_at_start, at_start) << to_string(memory_class);
    EXPECT_EQ(bounds.slots_max, max) << to_string(memory_class);
    EXPECT_EQ(bounds.call_depth_max, depth) << to_string(memory_class);
  };
  expect(MemoryClass::none, 0, 1'000'000, 200);
  expect(MemoryClass::minimal, 128, 1'024, 64);
  expect(MemoryClass::standard, 1'024, 65'536, 128);
  expect(MemoryClass::large, 4'096, 1'000'000, 256);
}

/// A new coroutine for a task, kept by the state.
lua_State* make_task_thread(State& state) {
  lua_State* made = nullptr;
  const auto make = [](lua_State* L) {
    *static_cast<lua_State**>(lua_touserdata(L, 1)) = push_task_thread(L);
    static_cast<void>(luaL_ref(L, LUA_REGISTRYINDEX));
    return 0;
  };
  EXPECT_TRUE(state.protect(make, &made));
  return made;
}

// Whatever Lua it is, a stack that has room never has to grow for it.
TEST(MemoryClass, ReservesTheFirstSlotsOfATask) {
  for (const MemoryClass memory_class : kClasses) {
    const auto state = open_state_of(memory_class);
    lua_State* const thread = make_task_thread(*state);
    state->collect();
    const std::uint64_t used = state->memory().used;
    lua_settop(thread, state->stack_bounds().slots_at_start);
    lua_settop(thread, 0);
    EXPECT_EQ(state->memory().used, used) << to_string(memory_class);
  }
}

TEST(MemoryClass, MinimalTakesTheSmallestChunks) {
  /// Remembers the largest block that it was asked for.
  class MeasuringSource final : public CountingSource {
   public:
    void* allocate(std::size_t size) noexcept override {
      largest = std::max(largest, size);
      return CountingSource::allocate(size);
    }
    std::size_t largest = 0;
  };
  // A chain of tables is made of small blocks only.
  constexpr std::string_view kChain = "chain = nil for i = 1, 5000 do chain = {next = chain} end";
  for (const bool minimal : {true, false}) {
    MeasuringSource source;
    StateOptions options;
    options.memory_class = minimal ? MemoryClass::minimal : MemoryClass::standard;
    options.source = &source;
    const auto state = open_state(options);
    EXPECT_EQ(run(*state, kChain), "");
    constexpr std::size_t kSmallest = ChunkPool::source_bytes(ChunkPool::kChunkMin);
    if (minimal) {
      EXPECT_EQ(source.largest, kSmallest);
    } else {
      EXPECT_GT(source.largest, kSmallest);
    }
  }
}

// With another Lua than ours the stacks and depths are that one's.
#ifdef MOONWRIGHT_BUNDLED_LUA

/// What Lua adds to a stack that has overflown, for the message handler.
constexpr int kErrorSlots = 200;
/// Nested calls through C that are under way when code begins: in run(), and in a handler.
constexpr int kDepthBefore = 3;

/// `largest()`: recurses until its stack is full, in steps of a few slots; answers what the largest
/// size was, and the error.
constexpr std::string_view kLargest = R"(
  function largest()
    local largest = 0
    local function down(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
      local size = stack_size()
      if size > largest then largest = size end
      return 1 + down()
    end
    local ok, message = pcall(down)
    assert(not ok)
    return largest, message
  end
)";

int stack_size(lua_State* L) {
  lua_pushinteger(L, moonwright_lua_stack_size(L));
  return 1;
}

/// Makes `stack_size()`, the number of slots of the running coroutine's stack, a global.
void add_stack_size(State& state) {
  const auto add = [](lua_State* L) {
    lua_pushcfunction(L, stack_size);
    lua_setglobal(L, "stack_size");
    return 0;
  };
  EXPECT_TRUE(state.protect(add, nullptr));
}

TEST(MemoryClass, BoundsTheStackOfEveryCoroutine) {
  for (const MemoryClass memory_class : kClasses) {
    const auto state = open_state_of(memory_class);
    add_stack_size(*state);
    const std::string max = std::to_string(state->stack_bounds().slots_max);
    const std::string in_handler = std::to_string(state->stack_bounds().slots_max + kErrorSlots);
    EXPECT_EQ(run(*state, kLargest), "");
    EXPECT_EQ(run(*state, "return (largest())"), max) << to_string(memory_class);
    EXPECT_EQ(run(*state, "return (coroutine.wrap(largest)())"), max) << to_string(memory_class);
    EXPECT_EQ(run(*state, R"(
      local inner = coroutine.wrap(function() return coroutine.wrap(largest)() end)
      return (inner()))"),
              max)
        << to_string(memory_class);
    EXPECT_EQ(run(*state, R"(
      local function down(a, b, c, d, e, f, g, h) return 1 + down() end
      return xpcall(down, stack_size))"),
              "false, " + in_handler)
        << to_string(memory_class);
  }
}

TEST(MemoryClass, BoundsWhatIsPutOnAStackAtOnce) {
  const auto state = open_state_of(MemoryClass::minimal);
  EXPECT_EQ(run(*state, "return #{table.unpack({}, 1, 900)}"), "0");
  EXPECT_EQ(run(*state, "return pcall(table.unpack, {}, 1, 1100)"),
            "false, too many results to unpack");
  EXPECT_EQ(run(*state, "return select('#', ('x'):rep(900):byte(1, -1))"), "900");
  EXPECT_THAT(run(*state, "return pcall(string.byte, ('x'):rep(1100), 1, -1)"),
              HasSubstr("string slice too long"));
}

TEST(MemoryClass, EndsEndlessRecursionWithAnOrdinaryError) {
  for (const MemoryClass memory_class : kClasses) {
    const auto state = open_state_of(memory_class);
    // Each call takes one slot more.
    constexpr std::string_view kRecursion = R"(
      local depth = 0
      local function down() depth = depth + 1 return 1 + down() end
      local ok, message = pcall(coroutine.wrap(down))
      return depth, ok, message)";
    const std::string first = run(*state, kRecursion);
    const int slots_max = state->stack_bounds().slots_max;
    EXPECT_THAT(std::stoi(first), AllOf(Lt(slots_max), Gt(slots_max - 20)));
    EXPECT_THAT(first, HasSubstr(", false, case:3: stack overflow")) << to_string(memory_class);
    EXPECT_EQ(state->memory().violations, 0u);
    EXPECT_LT(state->collect().after, 20'000u) << "the stack has gone";
    EXPECT_EQ(run(*state, kRecursion), first) << "the state goes on as before";
  }
}

TEST(MemoryClass, BoundsTheDepthOfCallsThroughC) {
  // How often each way of a call through C can be nested, and the error at the end.
  constexpr std::string_view kNested = R"(
    local function try(call)
      local depth = 0
      local function down() depth = depth + 1 call(down) end
      local ok, message = pcall(down)
      return depth, message
    end
    return {
      gsub = function() return try(function(f) string.gsub("x", "x", f) end) end,
      sort = function() return try(function(f) table.sort({1, 2}, f) end) end,
      index = function() return try(function(f) return setmetatable({}, {__index = f}).x end) end,
      tostring = function()
        return try(function(f) return tostring(setmetatable({}, {__tostring = f})) end)
      end,
      pcall = function()
        local message
        local function call(f)
          local ok, result = pcall(f)
          message = message or result
        end
        return try(call), message
      end,
    })";
  for (const MemoryClass memory_class : kClasses) {
    const auto state = open_state_of(memory_class);
    const int depth = state->stack_bounds().call_depth_max - kDepthBefore;
    EXPECT_EQ(run(*state, "ways = (function() " + std::string(kNested) + " end)()"), "");
    for (const std::string way : {"gsub", "sort", "index", "tostring", "pcall"}) {
      for (const char* when : {"at first", "again"}) {
        if (way == "sort" && memory_class == MemoryClass::minimal) {
          // Its loop is in Lua: there the stack ends first.
          EXPECT_THAT(run(*state, "return ways.sort()"), HasSubstr("stack overflow")) << when;
          continue;
        }
        EXPECT_THAT(run(*state, "return ways." + way + "()"),
                    AllOf(StartsWith(std::to_string(depth) + ", "), EndsWith("C stack overflow")))
            << to_string(memory_class) << " " << way << " " << when;
      }
    }
    EXPECT_EQ(state->memory().violations, 0u);
  }
}

TEST(MemoryClass, CountsTheDepthOverAllCoroutines) {
  for (const MemoryClass memory_class : kClasses) {
    const auto state = open_state_of(memory_class);
    const int depth = state->stack_bounds().call_depth_max - kDepthBefore;
    EXPECT_EQ(run(*state, R"(
      local depth, message = 0, nil
      local function down()
        depth = depth + 1
        local ok, result = coroutine.resume(coroutine.create(down))
        message = message or result
      end
      coroutine.wrap(down)()
      return depth, message)"),
              std::to_string(depth) + ", C stack overflow")
        << to_string(memory_class);
  }
}

TEST(MemoryClass, LeavesCallsFromLuaToLuaToTheStack) {
  const auto state = open_state_of(MemoryClass::minimal);
  EXPECT_EQ(
      run(*state, "local function f(n) return n == 0 and 0 or 1 + f(n - 1) end return f(200)"),
      "200");
}

TEST(MemoryClass, BoundsTheSourceOfLoad) {
  const auto state = open_state_of(MemoryClass::minimal);
  EXPECT_EQ(run(*state, "return load('return ' .. ('('):rep(50) .. 7 .. (')'):rep(50))()"), "7");
  EXPECT_THAT(run(*state, "return load('return ' .. ('('):rep(70) .. 7 .. (')'):rep(70))"),
              HasSubstr("C stack overflow"));
}

// Through actors ----------------------------------------------------------------------------------

constexpr std::string_view kHandlers = R"(
  return {
    slots = function() return stack_size() end,
    largest = function() return largest() end,
    overflow = function()
      local function down() return 1 + down() end
      return down()
    end,
    nest = function()
      local depth = 0
      local function down() depth = depth + 1 string.gsub("x", "x", down) end
      local ok, message = pcall(down)
      return depth, message
    end,
  })";

TEST(MemoryClass, HoldsInTheHandlersOfAnActor) {
  for (const MemoryClass memory_class : kClasses) {
    ScriptOptions options;
    options.limits.memory_class = memory_class;
    options.limits.memory_bytes_max = 200u << 20;
    FakeActor actor(kHandlers, options);
    actor.start();
    add_stack_size(actor.script->state());
    EXPECT_EQ(run(actor.script->state(), kLargest), "");
    const StackBounds bounds = bounds_of(memory_class);
    EXPECT_EQ(actor.call({"largest"}),
              std::to_string(bounds.slots_max) + ", case:5: stack overflow");
    EXPECT_EQ(actor.call({"nest"}),
              std::to_string(bounds.call_depth_max - kDepthBefore) + ", C stack overflow");
    EXPECT_EQ(actor.call({"overflow"}), "error: script:6: stack overflow");
    EXPECT_EQ(actor.ending(), "not ended");
    actor.finish();
  }
}

TEST(MemoryClass, ReservesTheFirstSlotsOfHandlers) {
  for (const MemoryClass memory_class : kClasses) {
    ScriptOptions options;
    options.limits.memory_class = memory_class;
    FakeActor actor(kHandlers, options);
    actor.start();
    State& state = actor.script->state();
    add_stack_size(state);
    const int slots = state.stack_bounds().slots_at_start;
    EXPECT_GE(std::stoi(actor.call({"slots"})), slots) << to_string(memory_class);
    state.collect();
    EXPECT_GE(std::stoi(actor.call({"slots"})), slots) << "after a collection";
    // The others would reach the memory limit first.
    if (memory_class == MemoryClass::minimal || memory_class == MemoryClass::standard) {
      EXPECT_THAT(actor.call({"overflow"}), StartsWith("error: "));
    }
    EXPECT_GE(std::stoi(actor.call({"slots"})), slots) << "after a failure";
    actor.finish();
  }
}

#endif

}  // namespace
}  // namespace moonwright::runtime
