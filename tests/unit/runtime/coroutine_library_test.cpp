// coroutine_library_test.cpp: coroutines as in the manual, and awaits that pass through them.
#include "runtime/coroutine_library.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string_view>

#include "fake_actor.hpp"
#include "lua_run.hpp"

namespace moonwright::runtime {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

struct Case {
  std::string_view code;
  std::string_view expected;
};

/// In a bare state, and as a message handler's body: both must agree with the manual.
template <std::size_t kCount>
void check(const Case (&cases)[kCount]) {
  for (const auto& [code, expected] : cases) {
    EXPECT_EQ(run(code), expected) << code;
    FakeActor actor("local f = load(..., '=case') return {go = function() return f() end}");
    actor.start({code});
    std::string answer = actor.call({"go"});
    EXPECT_EQ(answer, expected) << code;
  }
}

TEST(Coroutine, ValuesGoInAndOut) {
  check({
      {"local co = coroutine.create(function(a, b) local c = coroutine.yield(a + b) return c, nil "
       "end) "
       "local r = {coroutine.resume(co, 1, 2)} local s = table.pack(coroutine.resume(co, 'x')) "
       "return r[1], r[2], s.n, s[1], s[2], s[3]",
       "true, 3, 3, true, x, nil"},
      {"local f = coroutine.wrap(function(...) while true do coroutine.yield(select('#', ...), "
       "...) end "
       "end) return f(nil, nil)",
       "2, nil, nil"},
      {"local f = coroutine.wrap(function() return 1, 2, 3 end) return f()", "1, 2, 3"},
      {"local f = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) "
       "local s = 0 for i in f do s = s + i end return s",
       "6"},
      {"local co = coroutine.create(function(...) return select('#', ...) end) "
       "return coroutine.resume(co, table.unpack({}, 1, 200))",
       "true, 200"},
      {"local co = coroutine.create(print) return select('#', coroutine.resume(co))", "1"},
  });
}

TEST(Coroutine, StatusTellsWhereItIs) {
  check({
      {"local co co = coroutine.create(function() coroutine.yield(coroutine.status(co)) end) "
       "local a = coroutine.status(co) local _, b = coroutine.resume(co) "
       "local c = coroutine.status(co) coroutine.resume(co) return a, b, c, coroutine.status(co)",
       "suspended, running, suspended, dead"},
      {"local outer outer = coroutine.create(function() "
       "return coroutine.wrap(function() return coroutine.status(outer) end)() end) "
       "return coroutine.resume(outer)",
       "true, normal"},
      {"local co = coroutine.create(error) coroutine.resume(co) return coroutine.status(co)",
       "dead"},
      {"local me, main = coroutine.running() return type(me), main, coroutine.status(me)",
       "thread, true, running"},
      {"return coroutine.wrap(function() local _, main = coroutine.running() return main end)()",
       "false"},
      {"return coroutine.isyieldable(), coroutine.wrap(function() return coroutine.isyieldable() "
       "end)()",
       "false, true"},
      {"local co = coroutine.create(print) return coroutine.isyieldable(co)", "true"},
  });
}

TEST(Coroutine, IsNotResumedTwiceAtATimeNorAfterItsEnd) {
  check({
      {"local co = coroutine.create(print) coroutine.resume(co) return coroutine.resume(co)",
       "false, cannot resume dead coroutine"},
      {"local co co = coroutine.create(function() return coroutine.resume(co) end) "
       "return coroutine.resume(co)",
       "true, false, cannot resume non-suspended coroutine"},
      {"return coroutine.resume((coroutine.running()))",
       "false, cannot resume non-suspended coroutine"},
      {"local f = coroutine.wrap(print) f() return pcall(function() f() end)",
       "false, case:1: cannot resume dead coroutine"},
      {"local f f = coroutine.wrap(function() f() end) return pcall(f)",
       "false, case:1: cannot resume non-suspended coroutine"},
  });
}

TEST(Coroutine, ErrorsComeOutOfResumeAsTheyAreAndOutOfWrapWithAPosition) {
  check({
      {"return coroutine.resume(coroutine.create(function() error('e') end))", "false, case:1: e"},
      {"local ok, e = coroutine.resume(coroutine.create(error), nil) return ok, e", "false, nil"},
      {"return pcall(function()\nlocal f = coroutine.wrap(function() error('e', 0) end)\nf()\nend)",
       "false, case:3: e"},
      {"local t = {} local ok, e = pcall(coroutine.wrap(function() error(t) end)) return e == t",
       "true"},
      {"local f = coroutine.wrap(function() coroutine.wrap(function() error('in') end)() end) "
       "return pcall(function() f() end)",
       "false, case:1: case:1: case:1: in"},
      {"return pcall(coroutine.create, 1) == false", "true"},
      {"return pcall(function() coroutine.create() end)",
       "false, case:1: bad argument #1 to 'create' (function expected, got no value)"},
      {"return pcall(function() coroutine.resume(1) end)",
       "false, case:1: bad argument #1 to 'resume' (coroutine expected, got number)"},
      {"return pcall(function() coroutine.status() end)",
       "false, case:1: bad argument #1 to 'status' (coroutine expected, got no value)"},
  });
}

TEST(Coroutine, CloseRunsWhatIsToBeClosed) {
  check({
      {"local log = '' local co = coroutine.create(function() "
       "local x <close> = setmetatable({}, {__close = function(_, e) log = log .. tostring(e) "
       "end}) "
       "coroutine.yield() end) coroutine.resume(co) local ok = coroutine.close(co) "
       "return ok, log, coroutine.status(co)",
       "true, nil, dead"},
      {"local co = coroutine.create(function() local x <close> = setmetatable({}, "
       "{__close = function() error('c', 0) end}) coroutine.yield() end) coroutine.resume(co) "
       "return coroutine.close(co)",
       "false, c"},
      {"return coroutine.close(coroutine.create(print))", "true"},
      {"local co = coroutine.create(error) coroutine.resume(co, 'e') return coroutine.close(co)",
       "false, e"},
      {"return pcall(function() coroutine.close((coroutine.running())) end)",
       "false, case:1: cannot close a running coroutine"},
      {"local co co = coroutine.create(function() return coroutine.wrap(function() "
       "return pcall(function() coroutine.close(co) end) end)() end) return coroutine.resume(co)",
       "true, false, case:1: cannot close a normal coroutine"},
      {"local log = '' local f = coroutine.wrap(function() local x <close> = setmetatable({}, "
       "{__close = function(_, e) log = log .. e end}) error('boom', 0) end) pcall(f) return log",
       "boom"},
      {"local f = coroutine.wrap(function() local x <close> = setmetatable({}, {__close = "
       "function() error('second', 0) end}) error('first', 0) end) local ok, e = pcall(f) return e",
       "second"},
  });
}

TEST(Coroutine, YieldNeedsACoroutineOfTheScriptsOwn) {
  EXPECT_THAT(run("coroutine.yield()"), HasSubstr("attempt to yield from outside a coroutine"));
  FakeActor actor(R"(
    return {
      top = function() coroutine.yield() end,
      metamethod = function()
        return coroutine.wrap(function()
          return pcall(tostring, setmetatable({}, {__tostring = coroutine.yield}))
        end)()
      end,
    })");
  actor.start();
  EXPECT_THAT(actor.call({"top"}), HasSubstr("attempt to yield from outside a coroutine"));
  EXPECT_EQ(actor.call({"metamethod"}), "false, attempt to yield across a C-call boundary");
}

TEST(Coroutine, NestsAsDeepAsTheCStackAllows) {
  constexpr std::string_view kDeep = R"(
    local function dive(n)
      local ok, e = coroutine.resume(coroutine.create(function() return dive(n + 1) end))
      if not ok then return n, e end
      return e
    end
    local depth = dive(0)
    return depth > 150 and depth < 250)";
  EXPECT_EQ(run(kDeep), "true");
  EXPECT_EQ(run("local function f() return coroutine.wrap(f)() end "
                "local ok, e = pcall(f) return ok, e:match('C stack overflow')"),
            "false, C stack overflow");
}

TEST(Coroutine, ManyMayBeClosedInAChain) {
  EXPECT_EQ(run(R"(
    local last = false
    for i = 1, 50000 do
      local previous = last
      last = coroutine.create(function()
        local x <close> = setmetatable({}, {__close = function()
          if previous then coroutine.close(previous) end
        end})
        coroutine.yield()
      end)
      coroutine.resume(last)
    end
    coroutine.close(last)
    return "alive")"),
            "alive");
}

// Awaits ------------------------------------------------------------------------------------------

constexpr std::string_view kAwaiting = R"(
  local actor = require "actor"
  local co, task
  return {
    generator = function()
      local values = {}
      for i in coroutine.wrap(function()
        for i = 1, 3 do actor.sleep(1) coroutine.yield(i) end
      end) do values[#values + 1] = i end
      return table.concat(values, " ")
    end,
    nested = function()
      return coroutine.wrap(function(...)
        return coroutine.wrap(function(...)
          actor.sleep(1)
          return coroutine.yield(...) or "inner"
        end)(...)
      end)("a", "b")
    end,
    start = function()
      co = coroutine.create(function() actor.sleep(10) return "slept" end)
      return coroutine.resume(co)
    end,
    status = function() return coroutine.status(co) end,
    disturb = function()
      local ok, problem = pcall(coroutine.close, co)
      return problem, coroutine.resume(co)
    end,
    park = function() task = coroutine.running() actor.sleep(10) return "parked" end,
    disturb_task = function()
      local ok, problem = pcall(coroutine.close, task)
      return coroutine.status(task), problem, coroutine.resume(task)
    end,
    fails = function()
      local ok, e = coroutine.resume(coroutine.create(function()
        actor.sleep(1)
        error("after the wait", 0)
      end))
      return ok, e
    end,
    within = function()
      local inner = coroutine.wrap(function()
        actor.within(2, function() coroutine.yield("inside") actor.sleep(100) end)
      end)
      local first = inner()
      actor.sleep(1)
      local ok, e = pcall(inner)
      return first, ok, e.code, e.scope
    end,
    inherits = function()
      return pcall(actor.within, 1, function()
        coroutine.wrap(function() actor.sleep(100) end)()
      end) == false
    end,
  })";

class AwaitingCoroutine : public ::testing::Test {
 protected:
  AwaitingCoroutine() { actor_.start(); }
  FakeActor actor_{kAwaiting};
};

TEST_F(AwaitingCoroutine, MayYieldValuesBetweenItsWaits) {
  const auto request = actor_.ask({"generator"});
  actor_.advance(seconds(2));
  EXPECT_EQ(actor_.answer(request), "nothing");
  actor_.advance(seconds(1));
  EXPECT_EQ(actor_.answer(request), "1 2 3");
}

TEST_F(AwaitingCoroutine, PassesItsWaitThroughAllThatResumedIt) {
  const auto request = actor_.ask({"nested"});
  EXPECT_EQ(actor_.answer(request), "nothing");
  actor_.advance(seconds(1));
  EXPECT_EQ(actor_.answer(request), "a, b");
}

TEST_F(AwaitingCoroutine, IsNormalAndNobodyElseResumesOrClosesIt) {
  const auto request = actor_.ask({"start"});
  EXPECT_EQ(actor_.call({"status"}), "normal");
  EXPECT_EQ(actor_.call({"disturb"}),
            "cannot close a normal coroutine, false, cannot resume non-suspended coroutine");
  actor_.advance(seconds(10));
  EXPECT_EQ(actor_.answer(request), "true, slept");
  EXPECT_EQ(actor_.call({"status"}), "dead");
}

TEST_F(AwaitingCoroutine, OfAHandlerItselfIsNotDisturbedEither) {
  const auto request = actor_.ask({"park"});
  EXPECT_EQ(
      actor_.call({"disturb_task"}),
      "normal, cannot close a normal coroutine, false, cannot resume non-suspended coroutine");
  actor_.advance(seconds(10));
  EXPECT_EQ(actor_.answer(request), "parked");
}

TEST_F(AwaitingCoroutine, MayFailAfterItsWait) {
  const auto request = actor_.ask({"fails"});
  actor_.advance(seconds(1));
  EXPECT_EQ(actor_.answer(request), "false, after the wait");
}

TEST_F(AwaitingCoroutine, KeepsTheDeadlineOfItsOwnWithinWhileItIsSuspended) {
  const auto request = actor_.ask({"within"});
  actor_.advance(seconds(1));
  EXPECT_EQ(actor_.answer(request), "nothing");
  actor_.advance(seconds(1));
  EXPECT_EQ(actor_.answer(request), "inside, false, timeout, within");
}

TEST_F(AwaitingCoroutine, InheritsTheDeadlineOfWhoeverResumesIt) {
  const auto request = actor_.ask({"inherits"});
  actor_.advance(seconds(1));
  EXPECT_EQ(actor_.answer(request), "true");
}

TEST(ForkedCoroutine, IsNotStartedByAnybodyElse) {
  // The slot of a finished task, coroutine included, is taken by the next one.
  FakeActor actor(R"(
    local actor = require "actor"
    local saved
    return {
      save = function() saved = coroutine.running() end,
      fork = function()
        actor.fork(function() saved_ran = coroutine.running() == saved end)
        local other = actor.fork(function() end)
        return coroutine.resume(saved)
      end,
      ran = function() return saved_ran end,
    })");
  actor.start();
  const auto first = actor.ask({"save"});
  EXPECT_EQ(actor.answer(first), "");
  EXPECT_THAT(actor.call({"fork"}), HasSubstr("false, cannot resume"));
}

}  // namespace
}  // namespace moonwright::runtime
