// callbacks_test.cpp: functions that sort and gsub call may yield, wait and be preempted.
#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "fake_actor.hpp"
#include "lua_run.hpp"
#include "upstream.hpp"

namespace moonwright::runtime {
namespace {

using std::chrono::seconds;

/// Runs `body` in a coroutine that is resumed until it ends, and tells what it answered and whether
/// it yielded.
std::string yielding(const std::string& body) {
  return run("local yield = coroutine.yield local co = coroutine.create(function() " + body +
             " end) local yields = 0 while true do local ok, result = coroutine.resume(co) "
             "if coroutine.status(co) == 'dead' then return ok, result, yields > 0 end "
             "yields = yields + 1 end");
}

TEST(Callbacks, OfSortMayYield) {
  EXPECT_EQ(yielding("local t = {5, 2, 4, 1, 3} "
                     "table.sort(t, function(a, b) yield() return a < b end) "
                     "return table.concat(t, ' ')"),
            "true, 1 2 3 4 5, true");
  EXPECT_EQ(yielding("local t = {} for i = 1, 300 do t[i] = i * 7919 % 307 end "
                     "table.sort(t, function(a, b) yield() return a > b end) "
                     "for i = 2, 300 do assert(t[i - 1] > t[i]) end return #t"),
            "true, 300, true");
  EXPECT_EQ(yielding("local less = {__lt = function(a, b) yield() return a[1] < b[1] end} "
                     "local t = {} for i = 1, 40 do t[i] = setmetatable({-i}, less) end "
                     "table.sort(t) for i = 2, 40 do assert(t[i - 1][1] < t[i][1]) end return #t"),
            "true, 40, true");
  EXPECT_EQ(yielding("local t = {3, 2, 1} "
                     "return pcall(table.sort, t, function() yield() error('mine', 0) end)"),
            "true, false, true");
}

TEST(Callbacks, OfGsubMayYield) {
  EXPECT_EQ(yielding("return (('a b c'):gsub('%a', function(c) yield() return c:upper() end))"),
            "true, A B C, true");
  EXPECT_EQ(yielding("return (('x'):rep(3000):gsub('x', function() yield() return 'yy' end)) == "
                     "('y'):rep(6000)"),
            "true, true, true");
  EXPECT_EQ(yielding("local t = setmetatable({b = 'B'}, {__index = function(_, k) yield() "
                     "return k == 'a' and 'A' end}) return (('a b c'):gsub('%a', t))"),
            "true, A B c, true");
  EXPECT_EQ(
      yielding("local last = setmetatable({}, {__index = function(_, k) yield() return k .. k "
               "end}) local t = setmetatable({}, {__index = setmetatable({b = 1}, "
               "{__index = last})}) return (('a b c'):gsub('%a', t))"),
      "true, aa 1 cc, true");
  EXPECT_EQ(
      yielding("return (('k=v'):gsub('(%w)=(%w)', function(k, v) yield() return v .. k end))"),
      "true, vk, true");
}

TEST(Callbacks, OfGsubFindTheirOwnWorkAgain) {
  // Two that take turns, and each calls gsub inside of gsub.
  EXPECT_EQ(run(R"(
    local function work(letter)
      return coroutine.wrap(function()
        return (("a-b-c"):gsub("%a", function(c)
          coroutine.yield()
          return (c:rep(3):gsub(".", function(x) coroutine.yield() return x .. letter end))
        end))
      end)
    end
    local one, two = work("1"), work("2")
    local a, b
    repeat a, b = a or one(), b or two() until a and b
    return a, b, (("x"):gsub("x", function() return "y" end)))"),
            "a1a1a1-b1b1b1-c1c1c1, a2a2a2-b2b2b2-c2c2c2, y");
  EXPECT_EQ(run(R"(
    local function fail(c) if c == "b" then error("mine", 0) end end
    local ok, e = pcall(string.gsub, "abc", "%a", fail)
    local bad, f = pcall(string.gsub, "abc", "%a", function() return {} end)
    local left = coroutine.wrap(function() ("abc"):gsub("%a", coroutine.yield) end)
    left()
    return ok, e, bad, f, (("abc"):gsub("%a", function(c) return c .. c end)))"),
            "false, mine, false, invalid replacement value (a table), aabbcc");
}

TEST(Callbacks, OfGsubIndexTablesAsLuaDoes) {
  Upstream upstream;
  for (const char* table : {
           "{a = 'x', b = false, c = 1}",
           "setmetatable({a = 1}, {})",
           "setmetatable({a = 1}, {__index = {b = 2}})",
           "setmetatable({a = 1}, {__index = string})",
           "setmetatable({}, {__index = 'abc'})",
           "setmetatable({}, {__index = 5})",
           "setmetatable({}, {__index = true})",
           "setmetatable({}, {__index = function(t, k) return k .. type(t) end})",
           "setmetatable({}, {__index = function() end})",
           "setmetatable({}, {__index = function() return {} end})",
           "setmetatable({}, {__index = print})",
           "setmetatable({}, {__index = setmetatable({}, {__index = function(_, k) return k:rep(2) "
           "end})})",
           "setmetatable({}, {__index = setmetatable({}, {__call = function() return 'called' "
           "end})})",
           "(function() local t = {} return setmetatable(t, {__index = t}) end)()",
       }) {
    EXPECT_TRUE(upstream.agree(std::string("return string.gsub('a b c', '%a', ") + table + ")"));
  }
}

TEST(Callbacks, MayAwait) {
  FakeActor actor(R"(
    local actor = require "actor"
    return {
      sort = function()
        local t = { 3, 1, 2 }
        table.sort(t, function(a, b) actor.sleep(1) return a < b end)
        return table.concat(t, " ")
      end,
      gsub = function()
        return (("a b"):gsub("%a", function(c) actor.sleep(1) return c .. c end))
      end,
    })");
  actor.start();
  for (const auto& [message, expected] : {std::pair{"sort", "1 2 3"}, {"gsub", "aa bb"}}) {
    const auto request = actor.ask({message});
    EXPECT_EQ(actor.answer(request), "nothing");
    actor.advance(seconds(10));
    EXPECT_EQ(actor.answer(request), expected);
  }
}

TEST(Callbacks, ArePreemptedAndSoAreLongSortsWithoutAny) {
  ScriptOptions options;
  options.count_hook = options.preempt_always = true;
  options.limits.check_interval = 1;
  FakeActor actor(R"(
    local big = { ("the quick brown fox"):rep(1500):byte(1, -1) }
    return {
      big = function()
        table.sort(big)
        return big[1] <= big[10000] and big[10000] <= big[28500] and "sorted"
      end,
      gsub = function()
        return (("abc"):gsub("%a", function(c) for _ = 1, 200 do end return c:upper() end))
      end,
      sort = function()
        local t = { 2, 3, 1 }
        table.sort(t, function(a, b) for _ = 1, 200 do end return a < b end)
        return table.concat(t, " ")
      end,
    })",
                  options);
  actor.start();
  for (const auto& [message, expected] :
       {std::pair{"big", "sorted"}, {"gsub", "ABC"}, {"sort", "1 2 3"}}) {
    constexpr std::uint64_t kTurns = 1'000'000;
    actor.turns_left = kTurns;
    EXPECT_EQ(actor.call({message}), expected);
    EXPECT_GT(kTurns - actor.turns_left, 50u) << message;
  }
}

TEST(Callbacks, LeaveLargeArraysSortedHoweverTheyBegin) {
  Upstream upstream;
  for (const char* make : {"i", "-i", "i % 7", "i * 7919 % 40009", "1", "math.abs(20000 - i)",
                           "tostring(i * 7919 % 40009)", "i % 2 == 0 and i or -i", "i + 0.5"}) {
    EXPECT_TRUE(upstream.agree(std::string("local t, sum = {}, 0 for i = 1, 40000 do t[i] = ") +
                               make +
                               " end table.sort(t) for i = 1, #t do "
                               "sum = (sum * 31 + #tostring(t[i]) + (tonumber(t[i]) // 1 | 0)) & "
                               "0xffffffff end return sum, t[1], t[20000], t[40000]"));
  }
}

}  // namespace
}  // namespace moonwright::runtime
