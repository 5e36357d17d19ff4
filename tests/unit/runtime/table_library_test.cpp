// table_library_test.cpp: the table functions are those of Lua, only bounded.
#include "runtime/table_library.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "lua_run.hpp"
#include "upstream.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The same as upstream ----------------------------------------------------------------------------

/// `make(n)` gives a table of n elements; KIND says what it is.
constexpr const char* kKinds[] = {
    // a plain table
    "local function make(n) local t = {} for i = 1, n do t[i] = i * 10 end return t, t end",
    // one that does something else for what is not there
    "local function make(n) local t = {} for i = 1, n do t[i] = 'e' .. i end return "
    "setmetatable(t, "
    "{__index = function(_, k) return math.type(k) and k < 40 and 'default' .. k or nil end}), t "
    "end",
    // an empty one whose elements are elsewhere, behind functions
    "local function make(n) local t = {} for i = 1, n do t[i] = i / 2 end "
    "return setmetatable({}, {__index = function(_, k) return t[k] end, "
    "__newindex = function(_, k, v) t[k] = v end, __len = function() return #t end}), t end",
    // the same behind tables
    "local function make(n) local t = {} for i = 1, n do t[i] = i % 3 end "
    "return setmetatable({}, {__index = t, __newindex = t, __len = function() return n end}), t "
    "end",
    // one that refuses some of it
    "local function make(n) local t = {} for i = 1, n do t[i] = 'r' .. i end "
    "return setmetatable({}, {__index = t, __newindex = function(_, k, v) "
    "if k == 3 then error('no 3', 0) end t[k] = v end, __len = function() return n end}), t end",
};

/// Ten functions at random positions, some of them wrong.
constexpr const char* kSteps = R"(
  math.randomseed(tonumber((...)))
  local random = math.random
  local t, store = make(random(0, 9))
  local other, other_store = make(random(0, 3))
  local log = {}
  local function note(...) log[#log + 1] = {...} end
  local steps = {
    function() return table.insert(t, random(100)) end,
    function() return table.insert(t, random(-1, 12), "new") end,
    function() return table.remove(t) end,
    function() return table.remove(t, random(-1, 12)) end,
    function() return table.concat(t, ", ") end,
    function() return table.concat(t, random(9), random(-2, 6), random(-2, 12)) end,
    function() return table.unpack(t) end,
    function() return table.unpack(t, random(-2, 6), random(-2, 9)) end,
    function() return #table.move(t, random(-2, 6), random(-2, 9), random(-2, 12)) end,
    function()
      return table.move(t, random(-2, 6), random(-2, 9), random(-2, 12), other) == other
    end,
    function() return #table.move(other, 1, random(4), random(6), t) end,
    function() return table.insert(t, 1, "first") end,
  }
  for _ = 1, 10 do note(pcall(steps[random(#steps)])) end
  return log, store, other_store)";

TEST(TableFunctions, AnswerAsUpstreamDoesOverRandomTablesAndPositions) {
  Upstream upstream;
  for (const char* kind : kKinds) {
    for (int seed = 1; seed <= 400; ++seed) {
      ASSERT_TRUE(upstream.agree(std::string(kind) + kSteps, {std::to_string(seed)})) << kind;
    }
  }
}

TEST(TableFunctions, CheckTheirArgumentsAsUpstreamDoes) {
  Upstream upstream;
  for (const char* code : {
           "table.insert()",
           "table.insert({})",
           "table.insert({}, 1, 2, 3)",
           "table.insert(1, 2)",
           "table.insert('abc', 1)",
           "table.insert({}, 'x', 1)",
           "table.insert({}, 2, 1)",
           "table.insert({}, 0, 1)",
           "table.insert({}, 1.5, 1)",
           "table.insert({}, '1', 1)",
           "table.insert(setmetatable({}, {__len = function() return 'x' end}), 1)",
           "table.insert(setmetatable({}, {__len = function() return math.maxinteger end}), 5, 1)",
           "table.insert(setmetatable({}, {__len = function() return -5 end}), -4, 1)",
           "table.remove()",
           "table.remove(nil)",
           "table.remove({})",
           "table.remove({}, 0)",
           "table.remove({}, 1)",
           "table.remove({}, 2)",
           "table.remove({1, 2}, 3)",
           "table.remove({1, 2}, 4)",
           "table.remove({[0] = 'x'}, 0)",
           "table.remove({1}, {})",
           "table.remove(setmetatable({}, {__len = function() return -5 end}), -4)",
           "table.remove(setmetatable({}, {__len = function() return -5 end}), -8)",
           "table.concat()",
           "table.concat('abc')",
           "table.concat({}, {})",
           "table.concat({1, {}, 3})",
           "table.concat({1, 2.5, '3'}, 0)",
           "table.concat({1, 2}, ', ', 1, 3)",
           "table.concat({1, 2}, ', ', 2, 1)",
           "table.concat({}, 'x', 'y')",
           "table.concat({[math.maxinteger] = 'end'}, '-', math.maxinteger)",
           "table.concat({[math.maxinteger] = 'end'}, '-', math.maxinteger, math.maxinteger)",
           "table.concat({[math.mininteger] = 'a'}, '-', math.mininteger, math.mininteger + 1)",
           "table.concat({print})",
           "table.concat({1, nil, 3}, '', 1, 3)",
           "table.concat({true})",
           "table.concat({'a'}, 'x', 1, math.maxinteger)",
           "table.unpack()",
           "table.unpack(nil)",
           "table.unpack(5)",
           "table.unpack('abc')",
           "table.unpack('abc', 1, 2)",
           "table.unpack({}, 1, 1e7)",
           "table.unpack({}, 1, 1 << 40)",
           "table.unpack({}, math.mininteger, math.maxinteger)",
           "table.unpack({[math.maxinteger] = 7}, math.maxinteger)",
           "table.unpack({[math.maxinteger] = 7}, math.maxinteger - 1, math.maxinteger)",
           "table.unpack({1, 2}, 'x')",
           "table.unpack({1, 2}, 1, 'x')",
           "table.unpack({1, 2}, 2)",
           "table.unpack({1, 2}, 3)",
           "table.unpack({}, 1, 3)",
           "select('#', table.unpack({}, 1, 300))",
           "table.move()",
           "table.move({})",
           "table.move({}, 1)",
           "table.move({}, 1, 2)",
           "table.move(1, 1, 2, 3)",
           "table.move({}, 1, 2, 3, 4)",
           "table.move({}, 1, 0, 3, 'x')",
           "table.move({1, 2, 3}, 1, 3, 2)",
           "table.move({1, 2, 3}, 2, 3, 1)",
           "table.move({1, 2, 3}, 1, 3, 3)",
           "table.move({1, 2, 3}, 1, 0, 3)",
           "table.move({1, 2, 3}, 1, 3, 1, {})",
           "table.move('abc', 1, 2, 1, {})",
           "table.move({}, math.mininteger, math.maxinteger, 1)",
           "table.move({}, -1, math.maxinteger, 2)",
           "table.move({}, 1, math.maxinteger, 2)",
           "table.move({1}, math.maxinteger, math.maxinteger, 1)",
           "table.move({1}, 1, 1, math.maxinteger)",
           "table.move({1, 2}, 1, 2, math.maxinteger)",
           "table.move({1, 2}, 1, 2, math.mininteger)",
           "table.sort()",
           "table.sort('abc')",
           "table.sort({}, 5)",
           "table.sort({1, 2}, 5)",
           "table.sort({1}, 5)",
           "table.sort({1, 2}, {})",
           "table.sort({2, 1}, nil)",
           "table.sort(setmetatable({}, {__len = function() return 1 << 31 end}))",
           "table.sort(setmetatable({}, {__len = function() return -1 end}))",
           "table.sort(setmetatable({}, {__len = function() return 'x' end}))",
           "table.sort({{}, {}})",
           "table.sort({print, print, print})",
           "table.sort({1, true})",
           "table.pack(1, nil, 3)",
       }) {
    EXPECT_TRUE(upstream.agree(std::string("return ") + code));
  }
}

TEST(TableFunctions, MayBeGivenWhatBehavesLikeATable) {
  Upstream upstream(Sandbox::none);  // sees the metatable of strings
  EXPECT_TRUE(upstream.agree(R"(
    local meta = getmetatable("")
    meta.__len = function() return 3 end
    meta.__newindex = function(s, k, v) error("set " .. k .. " to " .. tostring(v), 0) end
    local index = meta.__index
    meta.__index = function(s, k) return math.type(k) and string.char(96 + k) or index[k] end
    local results = {
      table.concat("xyz", "-"), pcall(table.insert, "xyz", 1, 2), pcall(table.remove, "xyz"),
      table.unpack("xyz"), table.move("xyz", 1, 3, 1, {})[3], pcall(table.sort, "xyz")}
    meta.__index, meta.__len, meta.__newindex = index, nil, nil
    return results)"));
}

TEST(TableConcat, JoinsResultsOfAnySizeAsUpstreamDoes) {
  Upstream upstream;
  for (const char* code : {
           "for i = 1, 300 do t[i] = i % 2 == 0 and i or i / 4 end return table.concat(t, ', ')",
           "for i = 1, 3000 do t[i] = ('x'):rep(i % 7) end return table.concat(t), table.concat(t, "
           "'--')",
           "for i = 1, 40 do t[i] = ('x'):rep(i * 40) end return table.concat(t), table.concat(t, "
           "'--')",
           "t = {('a'):rep(1020)} for i = 1, 8 do t[i + 1] = 'b' r[i] = table.concat(t, '') end "
           "return r",
           "t = {('a'):rep(5000), 7, ('b'):rep(5000), 8.5} return table.concat(t, ('-'):rep(3000))",
           "t = {('a'):rep(5000), ('b'):rep(9000), {}} return table.concat(t)",
           "t = setmetatable({}, {__index = function(_, i) return ('y'):rep(i) end}) "
           "return table.concat(t, ',', 1, 200)",
       }) {
    EXPECT_TRUE(upstream.agree(std::string("local t, r = {}, {} ") + code));
  }
}

// Sorting -----------------------------------------------------------------------------------------

TEST(TableSort, SortsAsUpstreamDoes) {
  Upstream upstream;
  for (int seed = 1; seed <= 150; ++seed) {
    ASSERT_TRUE(upstream.agree(R"(
      math.randomseed(tonumber((...)))
      local n, range = math.random(0, 200), math.random(1, 400)
      local ints, mixed, texts, objects, proxied = {}, {}, {}, {}, {}
      local less = {__lt = function(a, b) return a.key < b.key end}
      for i = 1, n do
        local v = math.random(-range, range)
        ints[i] = v
        mixed[i] = i % 2 == 0 and v or v + 0.5
        texts[i] = ("k"):rep(v % 5) .. "\0" .. v
        objects[i] = setmetatable({key = v}, less)
        proxied[i] = v
      end
      table.sort(ints)
      table.sort(mixed, function(a, b) return a > b end)
      table.sort(texts)
      table.sort(objects)
      local proxy = setmetatable({}, {__index = proxied, __newindex = proxied,
                                      __len = function() return n end})
      table.sort(proxy)
      return ints, mixed, texts, objects, proxied)",
                               {std::to_string(seed)}));
  }
}

/// Calls table.sort on arrays of `n` elements with an order function that counts its calls.
constexpr std::string_view kCounted = R"(
  local calls
  local function sort(t, before)
    calls = 0
    local n = #t
    table.sort(t, function(a, b)
      calls = calls + 1
      assert(a ~= nil and b ~= nil)
      return before(a, b)
    end)
    assert(#t == n)
    local seen = {}
    for i = 1, n do
      local key = type(t[i]) == "table" and t[i].key or t[i]
      seen[key] = (seen[key] or 0) + 1
    end
    return seen
  end
  local function bound(n) return 4 * n * math.log(n + 2, 2) + 64 end
)";

TEST(TableSort, ComparesNLogNTimesWhateverTheOrderFunctionAnswers) {
  EXPECT_EQ(run(std::string(kCounted) + R"(
    local answers = {
      function() return true end, function() return false end,
      function(a, b) return a <= b end, function(a, b) return a ~= b end,
      function() return math.random(2) == 1 end,
      function(a, b) return (a * 7919) % 13 < (b * 104729) % 13 end,
      function(a, b) return calls % 3 == 0 end,
    }
    for n = 1, 1500, 67 do
      for _, before in ipairs(answers) do
        local t = {}
        for i = 1, n do t[i] = i end
        local seen = sort(t, before)
        for i = 1, n do assert(seen[i] == 1, "an element was lost") end
        assert(calls <= bound(n), calls)
      end
    end)"),
            "");
}

TEST(TableSort, ComparesNLogNTimesOnAnInputMadeAgainstQuicksort) {
  // McIlroy's adversary: decides what the values are while they are compared, so that each pivot
  // turns out to be among the smallest.
  EXPECT_EQ(run(std::string(kCounted) + R"(
    local function adversary(n)
      local solid, candidate, values = 0, nil, {}
      local function before(a, b)
        a, b = a.key, b.key
        if not values[a] and not values[b] then
          local frozen = a == candidate and a or b
          values[frozen] = solid
          solid = solid + 1
        end
        if not values[a] then candidate = a elseif not values[b] then candidate = b end
        return (values[a] or n) < (values[b] or n)
      end
      local t = {}
      for i = 1, n do t[i] = {key = i} end
      sort(t, before)
      for i = 2, n do assert(not before(t[i], t[i - 1]), "not sorted") end
      return calls
    end
    for _, n in ipairs { 10, 100, 1000, 3000 } do
      local calls = adversary(n)
      assert(calls <= bound(n), calls)
    end)"),
            "");
}

TEST(TableSort, ComparesSeldomOnRandomInput) {
  EXPECT_EQ(run(std::string(kCounted) + R"(
    local total, n = 0, 1000
    for _ = 1, 20 do
      local t = {}
      for i = 1, n do t[i] = math.random() end
      sort(t, function(a, b) return a < b end)
      total = total + calls
    end
    assert(total / 20 < 1.15 * n * math.log(n, 2), total / 20))"),
            "");
}

TEST(TableSort, LosesNoElementWhenTheOrderFunctionFails) {
  EXPECT_EQ(run(R"(
    for n = 2, 400, 31 do
      for fails_at = 1, 3000, 97 do
        local t, calls = {}, 0
        for i = 1, n do t[i] = (i * 7919) % 401 end
        pcall(table.sort, t, function(a, b)
          calls = calls + 1
          if calls == fails_at then error("enough") end
          return a < b
        end)
        local seen = {}
        for i = 1, n do seen[t[i]] = (seen[t[i]] or 0) + 1 end
        for i = 1, n do assert(seen[(i * 7919) % 401] == 1, "an element was lost") end
      end
    end)"),
            "");
}

TEST(TableSort, SurvivesAnOrderFunctionThatChangesTheTable) {
  EXPECT_EQ(run(R"(
    for n = 2, 100, 7 do
      for change = 1, 4 do
        local t, calls = {}, 0
        for i = 1, n do t[i] = (i * 7919) % 401 end
        pcall(table.sort, t, function(a, b)
          calls = calls + 1
          if change == 1 then t[#t] = nil
          elseif change == 2 then for k in pairs(t) do t[k] = nil end collectgarbage()
          elseif change == 3 then t[#t + 1] = calls
          else setmetatable(t, {__index = function() return 1 end, __newindex = error}) end
          return (a or 0) < (b or 0)
        end)
      end
    end)"),
            "");
}

// Bounded -----------------------------------------------------------------------------------------

std::string outcome_in(State& state, std::string_view code, std::uint64_t& steps) {
  const std::uint64_t before = state.meter().paid();
  std::string out = run(state, code);
  steps = state.meter().paid() - before;
  return out;
}

TEST(TableFunctions, EndWhatWouldRunForEver) {
  constexpr std::string_view kHuge =
      "local huge = setmetatable({}, {__len = function() return 1 << 60 end, __index = {}, "
      "__newindex = {}}) ";
  constexpr std::string_view kSparse = "local t = {} for k = 62, 0, -1 do t[1 << k] = '' end ";
  struct Case {
    std::string_view setup;
    const char* code;
    const char* outcome;
  };
  for (const auto& [setup, code, outcome] : {
           Case{"", "table.move({}, 1, 1 << 60, 2)",
                "error: case:1: bad argument #3 to 'move' (too many elements to move)"},
           Case{"", "table.concat(setmetatable({}, {__index = table.concat}), '', 1, 1 << 60)",
                "error: case:1: too many elements to join"},
           Case{kHuge, "table.insert(huge, 1, 1)",
                "error: case:1: bad argument #2 to 'insert' (too many elements to move)"},
           Case{kHuge, "table.remove(huge, 1)",
                "error: case:1: bad argument #2 to 'remove' (too many elements to move)"},
           Case{kHuge, "table.sort(huge)",
                "error: case:1: bad argument #1 to 'sort' (array too big)"},
           Case{kHuge, "table.unpack(huge)", "error: case:1: too many results to unpack"},
           Case{kSparse, "table.remove(t, 1)",
                "error: case:1: bad argument #2 to 'remove' (too many elements to move)"},
           Case{kSparse, "table.insert(t, 1, 1)",
                "error: case:1: bad argument #2 to 'insert' (too many elements to move)"},
       }) {
    for (const std::uint64_t limit : {std::uint64_t{16} << 20, kUnlimited}) {
      const auto state = open_state({.memory_bytes_max = limit});
      std::uint64_t paid = 0;
      const std::string code_text = std::string(setup) + code;
      if (limit == kUnlimited && code_text.find("concat") != std::string::npos) continue;
      EXPECT_EQ(outcome_in(*state, code_text, paid), outcome) << limit;
      EXPECT_LE(paid, 10'000'000u) << code;
    }
  }
}

TEST(TableFunctions, AppendAndRemoveAtTheEndWhateverTheLengthIs) {
  EXPECT_EQ(run("local t = {} for k = 62, 0, -1 do t[1 << k] = '' end local n = #t "
                "table.insert(t, 'x') local x = t[n + 1] return n > 1e18, x, table.remove(t)"),
            "true, x, x");
}

TEST(TableFunctions, PayForWhatTakesLong) {
  struct Case {
    const char* setup;
    const char* code;
    std::uint64_t steps;
  };
  for (const auto& [setup, code, steps] : {
           Case{"for i = 1, 1000000 do t[i] = i end", "table.insert(t, 1, 1)", 1'000'000},
           Case{"for i = 1, 1000000 do t[i] = i end", "table.remove(t, 1)", 999'999},
           Case{"for i = 1, 1000000 do t[i] = i end", "table.move(t, 1, #t, 2)", 1'000'000},
           Case{"", "table.move({}, 1, 1000000, 2)", 1'000'000},
           Case{"for i = 1, 1000000 do t[i] = 'x' end", "table.concat(t, ',')", 2'000'000},
           Case{"local s = ('x'):rep(1000000) for i = 1, 32 do t[i] = s end", "table.concat(t)",
                2'000'000},
           Case{"", "table.unpack({}, 1, 900000)", 900'000},
           Case{"for i = 1, 100000 do t[i] = i * 7919 % 100003 end", "table.sort(t)", 1'500'000},
           Case{"local s = ('x'):rep(1000000) for i = 1, 100 do t[i] = s end", "table.sort(t)",
                20'000'000},
       }) {
    const auto state = open_state();
    EXPECT_EQ(run(*state, std::string("t = {} ") + setup), "");
    std::uint64_t paid = 0;
    EXPECT_EQ(outcome_in(*state, std::string("local _ = ") + code, paid), "");
    EXPECT_GE(paid, steps) << code;
  }
}

// Memory ------------------------------------------------------------------------------------------

TEST(TableConcat, MakesNothingThatCannotFit) {
  const auto state = open_state({.memory_bytes_max = 1 << 20});
  EXPECT_EQ(run(*state,
                "local s, t = ('x'):rep(1000), {} for i = 1, 600 do t[i] = s end "
                "return pcall(table.concat, t)"),
            "false, resulting string too large");
  EXPECT_LE(state->memory().peak, 1u << 20);
}

TEST(TableFunctions, MayRunOutOfMemoryAnywhere) {
  constexpr std::string_view kUse = R"(
    local t = {}
    for i = 1, 40 do table.insert(t, 1, "element " .. i) end
    local long = table.concat(t, (", "):rep(50))
    table.sort(t)
    table.sort(t, function(a, b) return a .. "x" > b .. "x" end)
    local u = table.move(t, 1, 20, 30, {})
    return #long, t[1], u[49], table.remove(t, 2), select("#", table.unpack(t, 1, 300)))";
  const std::string expected = run(kUse);
  EXPECT_THAT(expected, StartsWith("4291, element 9, "));
  bool done = false;
  for (std::uint64_t allowed = 0; !done; ++allowed) {
    ASSERT_LT(allowed, 20'000u);
    const auto state = open_state();
    state->allocator().refuse_after(allowed);
    std::string out;
    const auto first = try_run(*state, kUse, out);
    done = first.has_value();
    if (done) {
      EXPECT_EQ(out, expected);
      continue;
    }
    // unpack cannot tell whether it was the stack's bound or the memory's.
    if (first.error().code != ErrorCode::memory_limit) {
      EXPECT_THAT(first.error().message, HasSubstr("too many results to unpack"));
    }
    state->allocator().refuse_after(~std::uint64_t{0});
    ASSERT_EQ(run(*state, kUse), expected) << "after " << allowed << " allocations";
  }
}

}  // namespace
}  // namespace moonwright::runtime
