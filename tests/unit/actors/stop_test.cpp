// stop_test.cpp: a runtime ends in order, in time, and says what did not.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "live_core.hpp"
#include "sim_core.hpp"
#include "support/eventually.hpp"
#include "support/own_threads.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Stop : public LiveCore {};

TEST_F(Stop, ReportsThoseWhoEndedInOrder) {
  for (int i = 0; i < 7; ++i) static_cast<void>(spawn("return {}"));
  const ActorRef ended = spawn("return nil");
  EXPECT_TRUE(tests::eventually([&] { return core_->live().count() == 7; }));
  const StopReport report = stop();
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.stopped, 7u);
  EXPECT_EQ(report.killed, 0u);
}

TEST_F(Stop, HandlesWhatIsQueued) {
  std::atomic<int> handled{0};
  const auto note = [&](Call&) -> Result<Values> {
    ++handled;
    return Values{};
  };
  ASSERT_TRUE(core_->host_modules().expose("test.note", note).has_value());
  SpawnOptions options;
  options.sandbox = Capabilities{.modules = {"test"}};
  const ActorRef actor = spawn(R"(
    local actor, test = require "actor", require "test"
    for i = 1, 1000 do actor.self():send("note") end
    return { note = function() test.note() end }
  )",
                               std::move(options));
  ASSERT_TRUE(ask(actor, "note").has_value());
  EXPECT_TRUE(stop().complete());
  EXPECT_EQ(handled, 1'001);
}

TEST_F(Stop, KillsThoseWhoAreNotDoneAtTheDeadline) {
  static_cast<void>(spawn("return { on_stop = function() require('actor').sleep(3600) end }"));
  static_cast<void>(spawn("return {}"));
  const StopReport report = stop(milliseconds(20));
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.stopped, 1u);
  EXPECT_EQ(report.killed, 1u);
}

TEST_F(Stop, StartsNothingNewAndReportsTheSameTwice) {
  const ActorRef actor = spawn("return {}");
  const StopReport first = stop();
  SpawnOptions options;
  options.script = Script::text("return {}");
  options.name = "late";
  EXPECT_EQ(core_->spawn(options).error().code, ErrorCode::stopped);
  EXPECT_FALSE(core_->directory().find("late"));
  EXPECT_EQ(ask(actor, "anything").error().code, ErrorCode::stopped);
  const StopReport second = stop();
  EXPECT_EQ(second.stopped, first.stopped);
  EXPECT_EQ(second.killed, first.killed);
}

TEST_F(Stop, MayBeCalledByManyAtOnce) {
  for (int i = 0; i < 20; ++i) static_cast<void>(spawn("return {}"));
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] { EXPECT_EQ(stop().stopped, 20u); });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Stop, WaitsForeverIfItIsTold) {
  static_cast<void>(spawn("return { on_stop = function() require('actor').sleep(0.01) end }"));
  const StopReport report = stop(std::chrono::nanoseconds::max());
  EXPECT_EQ(report.stopped, 1u);
  EXPECT_EQ(report.killed, 0u) << "a deadline beyond the end of time is not one in the past";
}

TEST_F(Stop, KillsAtOnceWithADeadlineInThePast) {
  static_cast<void>(spawn("return { on_stop = function() require('actor').sleep(3600) end }"));
  EXPECT_TRUE(stop(-seconds(1)).complete());
}

// What the framework's clock does at n = 70: hang for ever.
TEST_F(Stop, OfFiveThousandActorsWithLongTimersIsClean) {
  for (int i = 0; i < 5'000; ++i) {
    static_cast<void>(spawn(R"(
      local actor = require "actor"
      actor.after(3600, function() end)
      actor.fork(function() actor.sleep(3600) end)
      return {}
    )"));
  }
  EXPECT_TRUE(tests::eventually([&] { return core_->timers().alarms_set() == 5'000; }));
  const StopReport report = stop();
  EXPECT_EQ(report.stopped, 5'000u);
  EXPECT_EQ(report.killed, 0u);
  EXPECT_EQ(core_->timers().alarms_set(), 0u);
  core_.reset();
  EXPECT_EQ(tests::count_threads("moonwright."), 0u);
}

// What the framework's timers do: they hold their actor, and the actor holds the system.
TEST_F(Stop, IsNotHeldUpByALongTimerOfAnActorThatNobodyKnows) {
  static_cast<void>(spawn(R"(
    local actor = require "actor"
    actor.spawn{ source = [[require("actor").sleep(3600)]], detached = true }
    actor.sleep(3600)
  )"));
  EXPECT_TRUE(tests::eventually([&] { return core_->timers().alarms_set() == 2; }));
  EXPECT_TRUE(stop(seconds(1)).complete());
  core_.reset();
  EXPECT_EQ(tests::count_threads("moonwright."), 0u);
}

TEST_F(Stop, EndsFamiliesFromTheTop) {
  SpawnOptions options;
  options.sandbox = Sandbox::none;  // may have as many descendants as it likes
  const ActorRef root = spawn(R"(
    local actor = require "actor"
    local source = [[
      local actor, source, depth = require "actor", ...
      if depth > 0 then
        for _ = 1, 3 do
          actor.spawn{ source = source, args = { source, depth - 1 }, sandbox = "none" }
        end
      end
      return {}
    ]]
    actor.spawn{ source = source, args = { source, 4 }, sandbox = "none" }
    return {}
  )",
                              std::move(options));
  EXPECT_TRUE(tests::eventually([&] { return core_->live().count() == 1 + 121; }));
  const StopReport report = stop();
  EXPECT_EQ(report.stopped, 122u);
  EXPECT_EQ(report.killed, 0u);
}

TEST_F(Stop, WorksWhileActorsStartActors) {
  for (int round = 0; round < 20; ++round) {
    if (round > 0) core_ = start(2);
    static_cast<void>(spawn(R"(
      local actor = require "actor"
      while true do
        pcall(actor.spawn, { source = "return {}", detached = true })
        actor.sleep(0)
      end
    )"));
    EXPECT_TRUE(tests::eventually([&] { return core_->live().count() > 20; }));
    static_cast<void>(stop(milliseconds(50)));
    // On a busy machine that may be later than stop() waits for those it has killed.
    EXPECT_TRUE(tests::eventually([&] { return core_->live().count() == 0; }));
  }
}

TEST(StopInSimulation, AnswersEveryRequestThatWasTaken) {
  Answers answers;
  SimCore sim;
  std::vector<ActorRef> actors;
  actors.reserve(20);
  for (int i = 0; i < 20; ++i) {
    actors.push_back(sim.spawn(R"(
      local actor = require "actor"
      return { now = function() return 1 end, never = function() actor.sleep(3600) end }
    )"));
  }
  std::uint64_t number = 0;
  for (const ActorRef& actor : actors) {
    ASSERT_EQ(sim.request(answers, ++number, actor, "now"), Posted::ok);
    ASSERT_EQ(sim.request(answers, ++number, actor, "never"), Posted::ok);
    ASSERT_EQ(sim.request(answers, ++number, actor, "now"), Posted::ok);
  }
  const StopReport report = sim.stop_all(milliseconds(50));
  EXPECT_EQ(report.killed, 20u);
  for (std::uint64_t i = 1; i <= number; ++i) {
    ASSERT_EQ(answers.to(i).size(), 1u) << i;
    EXPECT_EQ(answers.to(i)[0].has_value(), i % 3 != 2);
  }
}

// A thread that never comes back is reported and left behind. It needs a process of its own, so
// that what is left behind harms nobody.
void stop_with_a_call_that_never_returns() {
  RuntimeOptions options;
  options.workers = 2;
  auto core = Core::start(std::move(options));
  if (!core) std::_Exit(10);
  SpawnOptions spawn;
  std::atomic<bool> looping{false};
  const auto began = [&](Call&) -> Result<Values> {
    looping = true;
    for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
  };
  if (!(*core)->host_modules().expose("test.began", began)) std::_Exit(11);
  spawn.script = Script::text("require('test').began()", "endless");
  spawn.sandbox = Capabilities{.modules = {"test"}};
  if (!(*core)->spawn(spawn)) std::_Exit(12);
  spawn.script = Script::text("return {}", "polite");
  if (!(*core)->spawn(spawn)) std::_Exit(13);
  if (!tests::eventually([&] { return looping.load(); })) std::_Exit(14);
  const StopReport report = (*core)->stop(milliseconds(50));
  if (report.complete() || report.still_running.size() != 1) std::_Exit(15);
  if (report.still_running[0].name != "endless") std::_Exit(16);
  if (report.stopped + report.killed != 1) std::_Exit(17);
  static_cast<void>(core->release());
  std::_Exit(0);
}

TEST(StopDeathTest, ReportsACallThatNeverReturnsAndLeavesItBehind) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(stop_with_a_call_that_never_returns(), ::testing::ExitedWithCode(0), "^$");
}

}  // namespace
}  // namespace moonwright::actors
