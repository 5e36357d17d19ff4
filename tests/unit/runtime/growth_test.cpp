// growth_test.cpp: what a state uses as scripts grow in typical ways, and after collections: to the
// byte, because Lua asks for the same blocks in the same order each time.
#include <gtest/gtest.h>

#include <cstdint>
#include <lua.hpp>
#include <ostream>
#include <string_view>

#include "lua_run.hpp"

namespace moonwright::runtime {
namespace {

// Sizes of Lua 5.4's objects where pointers have 8 bytes, as Lua asks for them. Assertions and
// sanitizers do not change them.
constexpr std::uint64_t kTable = 56;
constexpr std::uint64_t kElement = 16;  ///< of the part of a table that is a sequence
constexpr std::uint64_t kEntry = 24;    ///< of the other part
constexpr std::uint64_t long_string(std::uint64_t length) { return 24 + length + 1; }
/// The record of a call. Each collection drops one that is not in use, and the next call makes it
/// again.
constexpr std::uint64_t kCallRecord = 64;

/// A state whose grow(), drop() and idle() do nothing. What those of a pattern take comes on top.
constexpr std::uint64_t kState = 5'058;

/// Bytes in use; all but the first are beyond that one. `peak` is since the state was made, and a
/// pattern's own compilation takes up to 2 KiB.
struct Growth {
  std::uint64_t initial = 0;  ///< with the functions of the pattern in the state
  std::uint64_t peak = 0;     ///< the most until it had grown
  std::uint64_t grown = 0;    ///< when it had grown
  std::uint64_t kept = 0;     ///< after a collection
  std::uint64_t dropped = 0;  ///< after a second one, when nothing of it was needed any more
  std::uint64_t freed = 0;    ///< by both

  friend bool operator==(const Growth&, const Growth&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Growth& growth) {
    return out << "{.initial = " << growth.initial << ", .peak = " << growth.peak
               << ", .grown = " << growth.grown << ", .kept = " << growth.kept
               << ", .dropped = " << growth.dropped << ", .freed = " << growth.freed << "}";
  }
};

/// Calls a global function without arguments or results.
void call(State& state, const char* name) {
  struct Job {
    const char* name;
  };
  Job job{name};
  const auto body = [](lua_State* L) {
    lua_getglobal(L, static_cast<const Job*>(lua_touserdata(L, 1))->name);
    lua_call(L, 0, 0);
    return 0;
  };
  const auto done = state.protect(body, &job);
  EXPECT_TRUE(done) << done.error().message;
}

/// What a pattern takes that defines grow(), drop(), which lets go of everything, and idle().
Growth measure(std::string_view pattern) {
  StateOptions options;
  options.seed = 42;
  const auto state = open_state(options);
  EXPECT_EQ(run(*state, "function idle() end"), "");
  EXPECT_EQ(run(*state, pattern), "");
  const auto used_after_collection = [&state] {
    state->collect();
    call(*state, "idle");
    return state->memory().used;
  };
  Growth growth;
  growth.initial = used_after_collection();
  const std::uint64_t freed_before = state->memory().forced_freed;
  call(*state, "grow");
  growth.peak = state->memory().peak - growth.initial;
  growth.grown = state->memory().used - growth.initial;
  growth.kept = used_after_collection() - growth.initial;
  call(*state, "drop");
  growth.dropped = used_after_collection() - growth.initial;
  growth.freed = state->memory().forced_freed - freed_before;
  EXPECT_EQ(state->memory().forced_collections, 3u);
  EXPECT_EQ(state->memory().violations, 0u);
  return growth;
}

class GrowthPatterns : public ::testing::Test {
 protected:
  void SetUp() override {
#ifndef MOONWRIGHT_BUNDLED_LUA
    GTEST_SKIP() << "another Lua may ask for other blocks";
#endif
    if (sizeof(void*) != 8) GTEST_SKIP() << "the sizes are those of 64 bits";
  }

  /// The same in each state, in this process and in every other.
  static void expect(std::string_view pattern, const Growth& expected) {
    for (int run = 0; run < 3; ++run) EXPECT_EQ(measure(pattern), expected) << run;
  }
};

TEST_F(GrowthPatterns, LinearGrowthIsTheSumOfItsTables) {
  // 1,000 tables in a list, which has room for 1,024.
  constexpr std::uint64_t kList = kTable + 1'024 * kElement + 1'000 * (kTable + kElement);
  static_assert(kList == 88'440);
  expect(R"(
    local list
    function grow()
      list = {}
      for i = 1, 1000 do list[i] = {i} end
    end
    function drop() list = nil end)",
         {.initial = kState + 488,
          .peak = kList,
          .grown = kList,
          .kept = kList,
          .dropped = 0,
          .freed = kList + 2 * kCallRecord});
}

TEST_F(GrowthPatterns, ExponentialGrowthIsCollectedAllButTheLastSteps) {
  // 16 bytes become 1 MiB. The collector, which begins at one and a half times what was alive, is
  // two steps behind at most.
  constexpr std::uint64_t kLast = long_string(1 << 20);
  constexpr std::uint64_t kOneBefore = long_string(1 << 19);
  constexpr std::uint64_t kTwoBefore = long_string(1 << 18);
  static_assert(kLast == 1'048'601 && kOneBefore == 524'313 && kTwoBefore == 262'169);
  expect(R"(
    local text
    function grow()
      text = "0123456789abcdef"
      for _ = 1, 16 do text = text .. text end
    end
    function drop() text = nil end)",
         {.initial = kState + 530,
          .peak = kLast + kOneBefore + kTwoBefore,
          .grown = kLast + kOneBefore,
          .kept = kLast,
          .dropped = 0,
          .freed = kLast + kOneBefore + 2 * kCallRecord});
}

TEST_F(GrowthPatterns, NestedTablesTakeNoMoreThanOthers) {
  constexpr std::uint64_t kNest = 10'000 * (kTable + kElement);
  static_assert(kNest == 720'000);
  expect(R"(
    local outermost
    function grow()
      for _ = 1, 10000 do outermost = {outermost or false} end
    end
    function drop() outermost = nil end)",
         {.initial = kState + 488,
          .peak = kNest,
          .grown = kNest,
          .kept = kNest,
          .dropped = 0,
          .freed = kNest + 2 * kCallRecord});
}

TEST_F(GrowthPatterns, CircularTablesAreFreedLikeOthers) {
  // A ring that can be walked both ways. Its first table has one entry before it has two.
  constexpr std::uint64_t kRing = 1'000 * (kTable + 2 * kEntry);
  static_assert(kRing == 104'000);
  expect(R"(
    local first
    function grow()
      first = {}
      local last = first
      for _ = 2, 1000 do
        last.next = {before = last, next = false}
        last = last.next
      end
      last.next, first.before = first, last
    end
    function drop() first = nil end)",
         {.initial = kState + 662,
          .peak = kRing + kEntry,
          .grown = kRing,
          .kept = kRing,
          .dropped = 0,
          .freed = kRing + 2 * kCallRecord});
}

TEST_F(GrowthPatterns, BeginWithASmallState) {
  const Growth growth = measure("function grow() end drop = grow");
  EXPECT_EQ(growth.initial, kState);
  EXPECT_EQ(growth.grown, 0u);
  EXPECT_EQ(growth.freed, 2 * kCallRecord);
}

TEST_F(GrowthPatterns, GarbageAloneIsLessThanTheStateItself) {
  const Growth growth = measure(R"(
    function grow() for i = 1, 100000 do local garbage = {i} end end
    function drop() end)");
  EXPECT_LT(growth.peak, growth.initial);
  EXPECT_EQ(growth.kept, 0u);
}

}  // namespace
}  // namespace moonwright::runtime
