// actor_script_time_test.cpp: sleeping, timers, forks and the deadlines of within().
#include <gmock/gmock.h>

#include <chrono>
#include <lua.hpp>
#include <string>
#include <string_view>

#include "fake_actor.hpp"

namespace moonwright::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::StartsWith;

/// A script whose handler `go` is `body`; it prints.
class Timed {
 public:
  explicit Timed(std::string_view body)
      : actor_(
            "local actor = require 'actor' local t, f "
            "return {go = function(...) " +
            std::string(body) +
            " end, cancel = function() return (t or f):cancel() end, "
            "stop = function() if t then t:cancel() end end}") {
    actor_.start();
    actor_.send({"go"});
  }

  /// What has been printed since the last call, after `time` more.
  std::string after(std::chrono::nanoseconds time) {
    actor_.advance(time);
    return std::exchange(actor_.host.printed, {});
  }
  FakeActor& actor() { return actor_; }

 private:
  FakeActor actor_;
};

TEST(Sleep, EndsAtItsTimeAndNotBefore) {
  Timed run("actor.sleep(1.5) print('awake', actor.now() - math.floor(actor.now()))");
  EXPECT_EQ(run.after(milliseconds(1'499)), "");
  EXPECT_EQ(run.after(milliseconds(1)), "awake\t0.5\n");
}

TEST(Sleep, OfNothingLetsOthersGoFirst) {
  Timed run("actor.fork(print, 'fork') actor.sleep(0) print('slept')");
  EXPECT_EQ(run.after(seconds(0)), "fork\nslept\n");
}

TEST(Times, AreCheckedByTheirRange) {
  FakeActor actor(R"(
    local actor = require "actor"
    return {try = function(name, time)
      local _, e = pcall(actor[name], time, function() end)
      return e.code
    end})");
  actor.start();
  for (const char* name : {"sleep", "after", "every", "within"}) {
    for (const Value& time : Values{-1, "1", nullptr, 1.1e9, 0.0 / 0.0}) {
      EXPECT_EQ(actor.call({"try", name, time}), "invalid_argument") << name;
    }
  }
  EXPECT_EQ(actor.call({"try", "every", 0}), "invalid_argument");
}

TEST(Timers, FireOnceWithTheirArguments) {
  Timed run("t = actor.after(2, print, 1, nil, 3, nil)");
  EXPECT_EQ(run.after(seconds(1)), "");
  EXPECT_EQ(run.after(seconds(1)), "1\tnil\t3\tnil\n");
  EXPECT_EQ(run.after(seconds(100)), "");
  EXPECT_EQ(run.actor().call({"cancel"}), "false");
}

TEST(Timers, FireInTheOrderOfTheirTimes) {
  Timed run(
      "for _, s in ipairs{3, 1, 2, 1} do actor.after(s, print, s) end actor.after(0, print, 0)");
  EXPECT_EQ(run.after(seconds(3)), "0\n1\n1\n2\n3\n");
}

TEST(Timers, FireAgainAndAgainUntilCancelled) {
  Timed run("local n = 0 t = actor.every(1, function(x) n = n + 1 print(x, n) end, 'x')");
  EXPECT_EQ(run.after(seconds(3)), "x\t1\nx\t2\nx\t3\n");
  EXPECT_EQ(run.actor().call({"cancel"}), "true");
  EXPECT_EQ(run.actor().call({"cancel"}), "false");
  EXPECT_EQ(run.after(seconds(3)), "");
  EXPECT_EQ(run.actor().script->timer_count(), 0u);
}

TEST(Timers, DoNotMakeUpForTicksThatWereMissed) {
  Timed run("t = actor.every(1, print, 'tick')");
  run.actor().host.clock += milliseconds(5'500);
  EXPECT_EQ(run.after(seconds(0)), "tick\n");
  EXPECT_EQ(run.after(milliseconds(500)), "tick\n");
}

TEST(Timers, SkipATickWhileTheLastIsStillAtIt) {
  Timed run("t = actor.every(1, function() print('begin') actor.sleep(2.5) print('end') end)");
  EXPECT_EQ(run.after(seconds(4)), "begin\nend\nbegin\n");
}

TEST(Timers, MayCancelThemselves) {
  Timed run("t = actor.every(1, function() print(t:cancel(), t:cancel()) end)");
  EXPECT_EQ(run.after(seconds(5)), "true\tfalse\n");
  Timed once("t = actor.after(1, function() print(t:cancel()) end)");
  EXPECT_EQ(once.after(seconds(5)), "false\n");
  EXPECT_EQ(once.actor().script->timer_count(), 0u);
}

TEST(Timers, NeverCancelALaterOneThroughAnOldHandle) {
  Timed run(
      "t = actor.after(1, print, 'old') actor.after(2, function() "
      "actor.after(1, print, 'new') print(t:cancel()) end)");
  EXPECT_EQ(run.after(seconds(4)), "old\nfalse\nnew\n");
}

TEST(Timers, ThatFailAreLoggedAndGoOn) {
  Timed run("t = actor.every(1, function() error('tick', 0) end)");
  run.after(seconds(2));
  EXPECT_EQ(run.actor().host.log_lines.size(), 2u);
  EXPECT_THAT(run.actor().last_log(), StartsWith("error: error in a timer: tick"));
}

TEST(Forks, AreBoundedInNumber) {
  ScriptOptions options;
  options.limits.memory_bytes_max = kUnlimited;
  FakeActor actor(
      "local actor = require 'actor' local ok, e "
      "for i = 1, 100001 do ok, e = pcall(actor.fork, actor.sleep, 1) end print(ok, e.code)",
      std::move(options));
  actor.start();
  EXPECT_EQ(actor.host.printed, "false\toverload\n");
  EXPECT_EQ(actor.script->fork_count(), 100'000u);
}

TEST(Timers, AreBoundedInNumber) {
  Timed run(
      "local ok, e for i = 1, 100001 do ok, e = pcall(actor.after, 1, print, i) end "
      "print(ok, e.code)");
  EXPECT_EQ(run.after(seconds(0)), "false\toverload\n");
  EXPECT_EQ(run.actor().script->timer_count(), 100'000u);
  run.after(seconds(1));
  EXPECT_EQ(run.actor().script->timer_count(), 0u);
}

TEST(Forks, RunSoonWithTheirArguments) {
  Timed run("f = actor.fork(print, 1, nil, 3, nil) print('first')");
  EXPECT_EQ(run.after(seconds(0)), "first\n1\tnil\t3\tnil\n");
  EXPECT_EQ(run.actor().call({"cancel"}), "false");
}

TEST(Forks, ThatFailAreLogged) {
  Timed run("actor.fork(error, 'fork failed', 0)");
  EXPECT_THAT(run.actor().last_log(), StartsWith("error: error in a fork: fork failed"));
}

TEST(Forks, ThatAreCancelledBeforeTheyBeginNeverDo) {
  Timed run("f = actor.fork(print, 'ran') print(f:cancel(), f:cancel())");
  EXPECT_EQ(run.after(seconds(1)), "true\ttrue\n");
  EXPECT_EQ(run.actor().call({"cancel"}), "false");
  EXPECT_TRUE(run.actor().host.log_lines.empty());
}

TEST(Forks, ThatAreCancelledRaiseAtEachWait) {
  Timed run(R"(f = actor.fork(function()
    print(select(2, pcall(actor.sleep, 10)).code)
    print(select(2, pcall(actor.sleep, 10)).code)
    actor.sleep(10)
    print("not reached")
  end))");
  EXPECT_EQ(run.actor().call({"cancel"}), "true");
  EXPECT_EQ(run.after(seconds(0)), "cancelled\ncancelled\n");
  EXPECT_TRUE(run.actor().host.log_lines.empty()) << "being cancelled is no failure";
}

TEST(Forks, MayCancelThemselves) {
  Timed run("f = actor.fork(function() print(f:cancel()) actor.sleep(1) print('not reached') end)");
  EXPECT_EQ(run.after(seconds(5)), "true\n");
}

TEST(Forks, OutliveTheirHandlesAndTheHandlersThatMadeThem) {
  Timed run(
      "for i = 1, 50 do actor.fork(function() actor.sleep(i) end) end "
      "actor.fork(function() actor.sleep(51) print('last') end) collectgarbage()");
  EXPECT_EQ(run.after(seconds(51)), "last\n");
}

TEST(Forks, CanBeForkedByTheThousand) {
  Timed run(
      "local n = 0 for i = 1, 5000 do actor.fork(function() n = n + 1 actor.sleep(i % 7) "
      "n = n - 1 if n == 0 then print('all') end end) end");
  EXPECT_EQ(run.after(seconds(7)), "all\n");
  State& state = run.actor().script->state();
  lua_gc(state.lua(), LUA_GCCOLLECT);
  EXPECT_LT(state.memory().used, 300'000u) << "their coroutines are let go";
}

// Within ------------------------------------------------------------------------------------------

TEST(Within, ReturnsWhatTheFunctionReturns) {
  Timed run("print(actor.within(1, function(...) actor.sleep(0.5) return ... end, 1, nil, 3))");
  EXPECT_EQ(run.after(seconds(1)), "1\tnil\t3\n");
}

TEST(Within, CutsEveryWaitShort) {
  Timed run(
      "local _, e = pcall(actor.within, 1, actor.sleep, 100) print(e.code, e.scope) "
      "actor.sleep(1) print('free again')");
  EXPECT_EQ(run.after(seconds(1)), "timeout\twithin\n");
  EXPECT_EQ(run.after(seconds(1)), "free again\n");
}

TEST(Within, RaisesThoughTheFunctionSwallowedTheTimeout) {
  Timed run(
      "local _, e = pcall(actor.within, 1, function() "
      "print(select(2, pcall(actor.sleep, 100)).code) "
      "print(select(2, pcall(actor.sleep, 0)).code) return 'swallowed' end) print(e.code)");
  EXPECT_EQ(run.after(seconds(1)), "timeout\ntimeout\ntimeout\n");
}

TEST(Within, GivesTheNearestOfNestedDeadlines) {
  Timed run(
      "local _, e = pcall(actor.within, 1, function() "
      "local ok, inner = pcall(actor.within, 50, actor.sleep, 100) print(inner.scope) end) "
      "print(e.code) print(pcall(actor.within, 50, function() "
      "return select(2, pcall(actor.within, 1, actor.sleep, 100)).code end))");
  EXPECT_EQ(run.after(seconds(1)), "within\ntimeout\n");
  EXPECT_EQ(run.after(seconds(1)), "true\ttimeout\n");
}

TEST(Within, PassesErrorsOn) {
  Timed run(
      "print(pcall(actor.within, 1, error, 'mine', 0)) actor.sleep(5) print('no deadline left')");
  EXPECT_EQ(run.after(seconds(5)), "false\tmine\nno deadline left\n");
}

TEST(Within, IsNotInheritedByForksAndTimers) {
  Timed run(
      "actor.within(1, function() actor.fork(function() actor.sleep(3) print('fork') end) "
      "actor.after(0.5, function() actor.sleep(3) print('timer') end) end)");
  EXPECT_EQ(run.after(seconds(5)), "fork\ntimer\n");
}

TEST(Within, OfNoTimeAtAllRefusesTheFirstWait) {
  Timed run("local _, e = pcall(actor.within, 0, actor.sleep, 0) print(e.code)");
  EXPECT_EQ(run.after(seconds(0)), "timeout\n");
  Timed quick("print(actor.within(0, function() return 'no wait' end))");
  EXPECT_EQ(quick.after(seconds(0)), "no wait\n");
}

}  // namespace
}  // namespace moonwright::runtime
