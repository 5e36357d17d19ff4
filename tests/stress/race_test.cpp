// race_test.cpp: ends that come at the same time. Whoever wins, each is told once, and each request
// gets one answer.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "crowd.hpp"

namespace moonwright::stress {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

class Race : public InEachMode {};
INSTANTIATE_TEST_SUITE_P(, Race, testing::ValuesIn(tests::kPreemptionModes), name_of_mode);

constexpr const char* kWorker = R"(
  return {
    ready = function() end,
    work = function(n) local sum = 0 for i = 1, n do sum = sum + i end return sum end,
  }
)";
/// So many rounds take about as long as somebody else needs to do something about it.
constexpr std::int64_t kRounds = 20'000;

/// Whether it is one of these; anything else ends the test with its text.
bool is_one_of(const Result<Values>& answer, std::initializer_list<ErrorCode> codes) {
  if (answer) return true;
  for (const ErrorCode code : codes) {
    if (answer.error().code == code) return true;
  }
  ADD_FAILURE() << to_string(answer.error().code) << ": " << answer.error().message;
  return false;
}

TEST_P(Race, OfAKillAndCompletionHasOneEnd) {
  Crowd crowd(GetParam());
  std::mt19937 random(1);
  std::size_t completed = 0;
  constexpr int kCount = 500;
  for (int i = 0; i < kCount; ++i) {
    const ActorRef actor = crowd.spawn(kWorker);
    ASSERT_TRUE(crowd.ask(actor, "ready"));
    const auto rounds = static_cast<std::int64_t>(random() % (2 * kRounds));
    auto answer = crowd.runtime().call(actor, "work", {rounds}, tests::kPatience);
    std::this_thread::sleep_for(microseconds(random() % 100));
    ASSERT_TRUE(crowd.runtime().kill_actor(actor));
    const Result<Values> values = answer.get();
    ASSERT_TRUE(is_one_of(values, {ErrorCode::killed, ErrorCode::dead}));
    if (values) {
      ++completed;
      EXPECT_EQ(values->at(0).as_integer(), rounds * (rounds + 1) / 2);
    }
  }
  EXPECT_TRUE(tests::eventually([&] { return crowd.ends().count("killed") == kCount; }));
  EXPECT_FALSE(crowd.ends().told_twice());
  EXPECT_TRUE(crowd.stop());
  RecordProperty("completed", static_cast<int>(completed));
}

TEST_P(Race, OfTwoWhoKillAndOneWhoStopsHasOneEnd) {
  Crowd crowd(GetParam());
  constexpr int kCount = 300;
  std::vector<ActorRef> actors;
  std::vector<std::future<Result<Values>>> answers;
  for (int i = 0; i < kCount; ++i) {
    actors.push_back(crowd.spawn(kWorker));
    answers.push_back(crowd.runtime().call(actors.back(), "work", {kRounds}, tests::kPatience));
  }
  const auto for_all = [&](auto&& act) {
    return std::thread([&actors, act] {
      for (const ActorRef& actor : actors) act(actor);
    });
  };
  Runtime& runtime = crowd.runtime();
  std::vector<std::thread> threads;
  threads.push_back(for_all([&](const ActorRef& a) { static_cast<void>(runtime.kill_actor(a)); }));
  threads.push_back(for_all([&](const ActorRef& a) { static_cast<void>(runtime.kill_actor(a)); }));
  threads.push_back(for_all(
      [&](const ActorRef& a) { static_cast<void>(runtime.stop_actor(a, milliseconds(1))); }));
  for (std::thread& thread : threads) thread.join();
  for (auto& answer : answers) {
    EXPECT_TRUE(is_one_of(answer.get(), {ErrorCode::killed, ErrorCode::dead, ErrorCode::stopped}));
  }
  EXPECT_TRUE(tests::eventually([&] { return crowd.ends().count() == kCount; }));
  EXPECT_FALSE(crowd.ends().told_twice());
  EXPECT_TRUE(crowd.stop());
}

TEST_P(Race, OfATimeoutAndCompletionHasOneEnd) {
  Crowd crowd(GetParam());
  constexpr int kCount = 200;
  std::size_t late = 0;
  for (int i = 0; i < kCount; ++i) {
    Limits limits;
    limits.timeout = milliseconds(2);
    const ActorRef actor = crowd.spawn(kWorker, limits);
    ASSERT_TRUE(crowd.ask(actor, "ready"));
    // From far below the limit to far above it.
    const Result<Values> values = crowd.ask(actor, "work", {kRounds * 4 * i / 100});
    ASSERT_TRUE(is_one_of(values, {ErrorCode::timeout}));
    if (!values) ++late;
  }
  EXPECT_TRUE(tests::eventually([&] { return crowd.ends().count("timeout") == late; }));
  EXPECT_FALSE(crowd.ends().told_twice());
  EXPECT_TRUE(crowd.stop());
}

TEST_P(Race, OfALimitAndAKillHasOneEnd) {
  Crowd crowd(GetParam());
  constexpr int kCount = 100;
  for (int i = 0; i < kCount; ++i) {
    Limits limits;
    limits.timeout = milliseconds(3);
    const ActorRef actor = crowd.spawn(
        "return { ready = function() end, loop = function() while true do end end }", limits);
    ASSERT_TRUE(crowd.ask(actor, "ready"));
    auto answer = crowd.runtime().call(actor, "loop", {}, tests::kPatience);
    std::this_thread::sleep_for(microseconds(2'500 + 10 * i));
    static_cast<void>(crowd.runtime().kill_actor(actor));  // it may have ended
    const Result<Values> values = answer.get();
    ASSERT_FALSE(values);
    ASSERT_TRUE(is_one_of(values, {ErrorCode::timeout, ErrorCode::killed}));
  }
  EXPECT_TRUE(tests::eventually([&] { return crowd.ends().count() == kCount; }));
  EXPECT_FALSE(crowd.ends().told_twice());
  EXPECT_TRUE(crowd.stop());
}

/// Cancels from inside: tasks and futures that are done, or not yet, or just now.
TEST_P(Race, OfACancelAndCompletionLeavesNothingPending) {
  Crowd crowd(GetParam());
  const ActorRef echo = crowd.spawn(kEcho);
  std::vector<std::future<Result<Values>>> answers;
  for (int i = 0; i < 4; ++i) {
    const ActorRef actor = crowd.spawn(R"(
      local actor = require "actor"
      return { go = function(echo, n)
        local done, cancelled, closed = 0, 0, 0
        for i = 1, n do
          local task = actor.fork(function()
            local guard <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
            local ok, err = pcall(echo.call, echo, "echo", i)
            if ok then done = done + 1
            elseif err.code == "cancelled" then cancelled = cancelled + 1 error(err) end
          end)
          if i % 3 == 0 then actor.sleep(0) end
          if i % 5 == 0 then echo:call("echo", i) end
          task:cancel()
          local future = echo:request("echo", i)
          if i % 2 == 0 then future:cancel() end
          pcall(future.await, future)
        end
        actor.sleep(0)
        return done + cancelled, closed
      end }
    )");
    answers.push_back(crowd.runtime().call(actor, "go", {echo, 2'000}, tests::kPatience));
  }
  for (auto& answer : answers) {
    const Result<Values> values = answer.get();
    ASSERT_TRUE(values) << values.error().message;
    // A task that was cancelled before it began closes nothing and counts for nothing.
    EXPECT_EQ(values->at(0).as_integer(), values->at(1).as_integer());
  }
  EXPECT_TRUE(crowd.stop());
}

TEST_P(Race, OfStoppingTheRuntimeAndEverythingElseEnds) {
  for (int round = 0; round < 20; ++round) {
    Crowd crowd(GetParam());
    Limits limits;
    limits.timeout = milliseconds(5);
    std::vector<std::future<Result<Values>>> answers;
    for (int i = 0; i < 40; ++i) {
      const ActorRef actor = crowd.spawn(
          i % 2 == 0 ? kWorker : "return { work = function() while true do end end }", limits);
      answers.push_back(crowd.runtime().call(actor, "work", {kRounds}, tests::kPatience));
    }
    std::this_thread::sleep_for(milliseconds(round));
    const auto report = crowd.runtime().stop(milliseconds(1));
    ASSERT_TRUE(report && report->complete());
    for (auto& answer : answers) {
      EXPECT_TRUE(is_one_of(answer.get(), {ErrorCode::timeout, ErrorCode::killed, ErrorCode::dead,
                                           ErrorCode::stopped}));
    }
    EXPECT_TRUE(tests::eventually([&] { return crowd.ends().count() == 40; }));
    EXPECT_FALSE(crowd.ends().told_twice());
  }
}

}  // namespace
}  // namespace moonwright::stress
