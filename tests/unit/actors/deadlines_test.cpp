// deadlines_test.cpp: waits end when they should, by a clock that only the test moves.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Asks a silent actor and reports what came of it, and when.
constexpr const char* kCaller = R"(
  local actor, silent = require "actor", ...
  local handlers, outcome = {}, "none"
  local function try(f, ...)
    local began = actor.now()
    local ok, err = pcall(f, ...)
    outcome = ok and "ok" or ("%s %s after %.3f"):format(err.code, err.scope, actor.now() - began)
  end
  function handlers.call() try(silent.call, silent, "ask") end
  function handlers.within(time) try(actor.within, time, silent.call, silent, "ask") end
  function handlers.nested()
    try(actor.within, 3, function() actor.within(10, silent.call, silent, "ask") end)
  end
  function handlers.sleep(time) try(actor.within, 2, actor.sleep, time) end
  function handlers.await() try(function() silent:request("ask"):await() end) end
  function handlers.outcome() return outcome end
  return handlers
)";
constexpr const char* kSilent = R"(
  local kept = {}
  return { ask = function() kept[#kept + 1] = require("actor").defer() end }
)";

class Deadlines : public ::testing::Test {
 protected:
  std::string outcome() {
    const auto answer = sim_.ask(caller_, "outcome");
    return answer ? std::string((*answer)[0].as_string()) : answer.error().message;
  }

  SimCore sim_;
  ActorRef silent_ = sim_.spawn(kSilent);
  ActorRef caller_ = [this] {
    SpawnOptions options;
    options.args.emplace_back(silent_);
    return sim_.spawn(kCaller, options);
  }();
};

TEST_F(Deadlines, OfACallAreFiveSecondsAway) {
  sim_.send(caller_, "call");
  sim_.advance(milliseconds(4'999));
  EXPECT_EQ(outcome(), "none");
  sim_.advance(milliseconds(1));
  EXPECT_EQ(outcome(), "timeout nil after 5.000");
}

TEST_F(Deadlines, OfARequestArriveWithItsFuture) {
  sim_.send(caller_, "await");
  sim_.advance(seconds(5));
  EXPECT_EQ(outcome(), "timeout nil after 5.000");
}

TEST_F(Deadlines, OfWithinHoldForTheCallsInside) {
  sim_.send(caller_, "within", {1.5});
  sim_.advance(milliseconds(1'499));
  EXPECT_EQ(outcome(), "none");
  sim_.advance(milliseconds(1));
  EXPECT_EQ(outcome(), "timeout within after 1.500");
}

TEST_F(Deadlines, OfWithinDoNotLengthenACall) {
  sim_.send(caller_, "within", {100});
  sim_.advance(seconds(5));
  EXPECT_EQ(outcome(), "timeout nil after 5.000");
}

TEST_F(Deadlines, OfAnOuterWithinHoldInside) {
  sim_.send(caller_, "nested");
  sim_.advance(seconds(3));
  EXPECT_EQ(outcome(), "timeout within after 3.000");
}

TEST_F(Deadlines, OfWithinEndASleep) {
  sim_.send(caller_, "sleep", {1});
  sim_.advance(seconds(1));
  EXPECT_EQ(outcome(), "ok");
  sim_.send(caller_, "sleep", {3});
  sim_.advance(seconds(2));
  EXPECT_EQ(outcome(), "timeout within after 2.000");
}

TEST_F(Deadlines, TravelWithTheMessages) {
  Answers answers;
  SimCore sim;
  const ActorRef silent = sim.spawn(kSilent);
  SpawnOptions options;
  options.args.emplace_back(silent);
  const ActorRef caller = sim.spawn(kCaller, options);
  // The handler has 2 s left, and leaves itself a tenth of that for the answer.
  ASSERT_EQ(sim.request(answers, 1, caller, "call", {}, sim.now() + seconds(2)), Posted::ok);
  sim.advance(milliseconds(1'800));
  const auto outcome = sim.ask(caller, "outcome");
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ((*outcome)[0], Value("timeout nil after 1.800"));
}

TEST_F(Deadlines, AreTheRuntimesDefaultWhereNothingShorterApplies) {
  RuntimeOptions runtime;
  runtime.default_call_timeout = milliseconds(700);
  SimCore sim(runtime);
  SpawnOptions options;
  options.args.emplace_back(sim.spawn(kSilent));
  const ActorRef caller = sim.spawn(kCaller, options);
  sim.send(caller, "call");
  sim.advance(milliseconds(700));
  const auto outcome = sim.ask(caller, "outcome");
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ((*outcome)[0], Value("timeout nil after 0.700"));
}

// What the framework's own requests do: each leaves a timer behind. Here a call is a field in a
// table, and the timer service knows each actor once.
TEST_F(Deadlines, CostTheTimerServiceNothingPerCall) {
  constexpr int kCalls = 100'000;
  const ActorRef echo = sim_.spawn("return { echo = function(...) return ... end }");
  SpawnOptions options;
  options.args = {echo, kCalls};
  const ActorRef client = sim_.spawn(R"(
    local echo, calls = ...
    for i = 1, calls do assert(echo:call("echo", i) == i) end
    return { done = function() return true end }
  )",
                                     options);
  std::size_t most = 0;
  while (sim_.scheduler().run_one()) most = std::max(most, sim_.core().timers().alarms_set());
  EXPECT_LE(most, 1u) << "one actor is waiting at a time, with one alarm";
  EXPECT_TRUE(sim_.ask(client, "done").has_value());
  // The one alarm may still ring, once, and finds nothing.
  sim_.advance(seconds(10));
  EXPECT_EQ(sim_.core().timers().alarms_set(), 0u);
}

TEST_F(Deadlines, SetOneAlarmForAnyNumberOfTimersOfAnActor) {
  const ActorRef actor = sim_.spawn(R"(
    local actor, rung = require "actor", 0
    for i = 1, 1000 do actor.after(i, function() rung = rung + 1 end) end
    return { rung = function() return rung end }
  )");
  sim_.run();
  EXPECT_EQ(sim_.core().timers().alarms_set(), 1u);
  sim_.advance(seconds(500));
  EXPECT_EQ(sim_.ask(actor, "rung").value(), Values{500});
  EXPECT_EQ(sim_.core().timers().alarms_set(), 1u);
  sim_.advance(seconds(500));
  EXPECT_EQ(sim_.ask(actor, "rung").value(), Values{1000});
  EXPECT_EQ(sim_.core().timers().alarms_set(), 0u);
}

TEST_F(Deadlines, OfAnEndedActorRingNobody) {
  const ActorRef actor = sim_.spawn(R"(
    require("actor").after(3600, function() end)
    return {}
  )");
  sim_.run();
  EXPECT_EQ(sim_.core().timers().alarms_set(), 1u);
  sim_.kill(actor);
  sim_.run();
  EXPECT_EQ(sim_.core().timers().alarms_set(), 0u);
}

TEST_F(Deadlines, OfAStopKillWhoDoesNotMakeIt) {
  Answers watcher;
  SimCore sim;
  const ActorRef actor = sim.spawn(R"(
    local actor = require "actor"
    return { on_stop = function() actor.sleep(3600) end }
  )");
  sim.monitor(watcher, 1, actor);
  sim.run();
  sim.stop(actor, seconds(10));
  sim.advance(milliseconds(9'999));
  EXPECT_FALSE(sim.ended(actor));
  sim.advance(milliseconds(1));
  EXPECT_TRUE(sim.ended(actor));
  EXPECT_EQ(watcher.downs(), std::vector<std::string>{"killed"});
}

TEST(Simulation, TakesTheSameTurnsEachTime) {
  const auto turns = [] {
    SimCore sim;
    const ActorRef actor = sim.spawn(R"(
      local actor, text = require "actor", ""
      local function member(name)
        return actor.spawn{ source = [[
          local actor, name, log = require "actor", ...
          for i = 1, 5 do log:send("note", name .. i .. math.random(100)) actor.sleep(0.01) end
        ]], args = { name, actor.self() } }
      end
      for _, name in ipairs{ "a", "b", "c" } do member(name) end
      return {
        note = function(what) text = text .. what .. " " end,
        text = function() return text end,
      }
    )");
    sim.advance(seconds(1));
    const auto text = sim.ask(actor, "text");
    return text ? std::string((*text)[0].as_string()) : text.error().message;
  };
  const std::string first = turns();
  EXPECT_GT(first.size(), 15u * 4);
  EXPECT_EQ(turns(), first);
  EXPECT_EQ(turns(), first);
}

}  // namespace
}  // namespace moonwright::actors
