// stop_test.cpp: how a runtime ends, as a C++ program sees it.
#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "api_support.hpp"

namespace moonwright {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Stop, ReportsWhatItFound) {
  Runtime runtime = start_runtime();
  static_cast<void>(spawn_text(runtime, "return {}"));
  const ActorRef slow =
      spawn_text(runtime, "return { on_stop = function() require('actor').sleep(3600) end }");
  EXPECT_FALSE(ask(runtime, slow, "unknown").has_value()) << "it has begun";
  const auto report = runtime.stop(milliseconds(20));
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->complete());
  EXPECT_EQ(report->stopped, 1u);
  EXPECT_EQ(report->killed, 1u);
  const auto again = runtime.stop(seconds(1));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->killed, 1u);
  EXPECT_EQ(runtime.actor_count(), 0u);
}

TEST(Stop, RefusesEverythingAfterwards) {
  Runtime runtime = start_runtime();
  const ActorRef echo = spawn_text(runtime, kEcho);
  ASSERT_TRUE(runtime.stop(tests::kPatience).has_value());
  SpawnOptions options;
  options.script = Script::text("return {}");
  EXPECT_EQ(code_of(runtime.spawn(options)), ErrorCode::stopped);
  EXPECT_EQ(code_of(runtime.send(echo, "echo")), ErrorCode::stopped);
  EXPECT_EQ(code_of(ask(runtime, echo, "echo")), ErrorCode::stopped);
  EXPECT_EQ(code_of(runtime.kill_actor(echo)), ErrorCode::dead);
  EXPECT_EQ(code_of(runtime.whereis("x")), ErrorCode::not_found);
  std::promise<ErrorCode> called;
  runtime.call(echo, "echo", {}, seconds(1),
               [&](const Result<Values>& result) { called.set_value(code_of(result)); });
  EXPECT_EQ(called.get_future().get(), ErrorCode::stopped);
}

TEST(Stop, AnswersEveryCallThatIsOpen) {
  for (int round = 0; round < 20; ++round) {
    Runtime runtime = start_runtime();
    std::vector<ActorRef> actors{spawn_text(runtime, kEcho), spawn_text(runtime, kSilent)};
    std::atomic<int> answers{0};
    std::atomic<int> calls{0};
    std::atomic<bool> stopped{false};
    std::vector<std::thread> threads;
    threads.reserve(2);
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20'000 && !stopped; ++i) {
          ++calls;
          const auto& actor = actors[static_cast<std::size_t>(i % 2)];
          runtime.call(actor, i % 2 == 0 ? "echo" : "ask", {}, std::chrono::hours(1),
                       [&](const Result<Values>&) { ++answers; });
        }
      });
    }
    EXPECT_TRUE(tests::eventually([&] { return calls > 200; }));
    const auto report = runtime.stop(milliseconds(20));
    ASSERT_TRUE(report.has_value());
    EXPECT_TRUE(report->complete());
    stopped = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(tests::eventually([&] { return answers == calls; })) << answers << " " << calls;
  }
}

TEST(Stop, OnTheCallbackThreadIsAnInvalidArgument) {
  Runtime runtime = start_runtime();
  std::promise<ErrorCode> code;
  runtime.call(spawn_text(runtime, kEcho), "echo", {}, tests::kPatience,
               [&](const Result<Values>&) { code.set_value(code_of(runtime.stop(seconds(1)))); });
  EXPECT_EQ(code.get_future().get(), ErrorCode::invalid_argument);
}

TEST(Stop, OfTheWholeRuntimeIsTheDestructorsToo) {
  std::atomic<bool> stopped{false};
  {
    Runtime runtime = start_runtime();
    SpawnOptions options;
    options.script = Script::text("return {}");
    options.on_exit = [&](const ActorExit& exit) { stopped = exit.reason == "stopped"; };
    ASSERT_TRUE(runtime.spawn(std::move(options)).has_value());
  }
  EXPECT_TRUE(stopped);
}

TEST(StopActor, LetsItFinishAndKillDoesNot) {
  Runtime runtime = start_runtime();
  for (const bool kills : {false, true}) {
    std::promise<std::string> reason;
    SpawnOptions options;
    options.script = Script::text(R"(
      local actor = require "actor"
      return {
        work = function() actor.sleep(0.005) return "finished" end,
        on_stop = function() actor.exit("after a last word") end,
      }
    )");
    options.on_exit = [&](const ActorExit& exit) { reason.set_value(exit.reason); };
    const auto actor = runtime.spawn(std::move(options));
    ASSERT_TRUE(actor.has_value());
    auto work = runtime.call(*actor, "work", {}, tests::kPatience);
    ASSERT_TRUE((kills ? runtime.kill_actor(*actor) : runtime.stop_actor(*actor, tests::kPatience))
                    .has_value());
    const auto result = work.get();
    EXPECT_EQ(result.has_value(), !kills);
    EXPECT_EQ(reason.get_future().get(), kills ? "killed" : "after a last word");
  }
}

TEST(StopActor, TakesAnyDeadline) {
  Runtime runtime = start_runtime();
  for (const auto deadline : {std::chrono::nanoseconds::max(), std::chrono::nanoseconds(0),
                              std::chrono::nanoseconds::min()}) {
    std::promise<std::string> reason;
    SpawnOptions options;
    options.script = Script::text("return {}");
    options.on_exit = [&](const ActorExit& exit) { reason.set_value(exit.reason); };
    const auto actor = runtime.spawn(std::move(options));
    ASSERT_TRUE(actor.has_value());
    ASSERT_TRUE(runtime.stop_actor(*actor, deadline).has_value());
    const std::string ended = reason.get_future().get();
    EXPECT_TRUE(ended == "stopped" || deadline.count() <= 0) << ended;
  }
}

}  // namespace
}  // namespace moonwright
