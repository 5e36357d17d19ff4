// preemption_test.cpp: scripts that never give way by themselves, on real threads.
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "live_core.hpp"
#include "support/eventually.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::milliseconds;

class OneWorker : public LiveCore {
 protected:
  OneWorker() : LiveCore(1) {}

  /// An actor whose end can be waited for.
  struct Watched {
    ActorRef ref;
    std::future<ActorExit> exit;
  };

  Watched watch(std::string source, SpawnOptions options = {}) {
    auto promise = std::make_shared<std::promise<ActorExit>>();
    auto exit = promise->get_future();
    options.on_exit = [promise](const ActorExit& how) { promise->set_value(how); };
    return {spawn(std::move(source), std::move(options)), std::move(exit)};
  }

  static SpawnOptions timeout(milliseconds time) {
    SpawnOptions options;
    options.limits.emplace();
    options.limits->timeout = time;
    return options;
  }

  void expect_worker_is_free() {
    const ActorRef echo = spawn("return { echo = function(x) return x end }");
    const auto answer = ask(echo, "echo", {7});
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(*answer, Values{7});
  }
};

TEST_F(OneWorker, IsSharedByEndlessLoopsAndOthers) {
  for (int i = 0; i < 10; ++i) static_cast<void>(spawn("while true do end"));
  for (int i = 0; i < 10; ++i) expect_worker_is_free();
  EXPECT_GE(stop(milliseconds(20)).killed, 10u);
}

TEST_F(OneWorker, IsGivenBackInsideCoroutinesPcallsAndMetamethods) {
  const char* const kLoops[] = {
      "while true do pcall(function() while true do end end) end",
      "coroutine.wrap(function() while true do end end)()",
      "coroutine.wrap(function() pcall(coroutine.wrap(function() while true do end end)) end)()",
      "return setmetatable({}, {__index = function() while true do end end}).x",
      "for _ in function() while true do end end do end",
      "while true do coroutine.wrap(string.rep)('x', 100000) end",
      "xpcall(function() while true do end end, print)",
  };
  for (const char* source : kLoops) static_cast<void>(spawn(source));
  for (int i = 0; i < 10; ++i) expect_worker_is_free();
  EXPECT_GE(stop(milliseconds(20)).killed, std::size(kLoops));
}

TEST_F(OneWorker, EndsAHandlerAtItsTimeout) {
  auto loop = watch("return { run = function() while true do end end }", timeout(milliseconds(30)));
  const auto answer = ask(loop.ref, "run");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::timeout);
  EXPECT_NE(answer.error().message.find("timeout of 30"), std::string::npos)
      << answer.error().message;
  const ActorExit exit = loop.exit.get();
  EXPECT_EQ(exit.reason, "timeout");
  EXPECT_EQ(exit.error.code, ErrorCode::timeout);
  expect_worker_is_free();
}

TEST_F(OneWorker, EndsAHandlerThatWaitsAtItsTimeout) {
  auto sleeper = watch(R"(
    local actor = require "actor"
    return { run = function() while true do pcall(actor.sleep, 3600) end end })",
                       timeout(milliseconds(30)));
  const auto answer = ask(sleeper.ref, "run");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::timeout);
  EXPECT_EQ(sleeper.exit.get().reason, "timeout");
}

TEST_F(OneWorker, EndsAHandlerWhereNothingCanYield) {
  SpawnOptions options = timeout(milliseconds(30));
  options.limits->on_limit = OnLimit::abort_message;
  const ActorRef actor = spawn(R"(
    return {
      sort = function()
        table.sort({1, 2, 3}, function()
          while true do pcall(function() while true do end end) end
        end)
      end,
      echo = function(x) return x end,
    })",
                               std::move(options));
  const auto answer = ask(actor, "sort");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::timeout);
  EXPECT_EQ(*ask(actor, "echo", {1}), Values{1});
}

TEST_F(OneWorker, EndsAHandlerAtItsCpuTime) {
  SpawnOptions options;
  options.limits.emplace();
  options.limits->cpu_time_max = milliseconds(20);
  auto loop = watch("return { run = function() while true do end end }", std::move(options));
  const auto answer = ask(loop.ref, "run");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::cpu_limit);
  EXPECT_EQ(loop.exit.get().reason, "cpu_limit");
}

TEST_F(OneWorker, CountsInstructionsFromTheSecondSliceOnAboveTheExactLimit) {
  SpawnOptions options;
  options.limits.emplace();
  options.limits->instructions_max = 6'000'000;
  auto loop = watch("return { run = function() while true do end end }", std::move(options));
  const auto answer = ask(loop.ref, "run");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::instruction_limit);
  EXPECT_EQ(answer.error().message, "instruction limit of 6000000 reached, 6000000 used");
}

TEST_F(OneWorker, IsTakenFromAKilledActorWhereNothingCanYield) {
  auto loop = watch("table.sort({1, 2, 3}, function() while true do end end)");
  MessagePtr kill(Message::make(MessageKind::kill));
  ASSERT_TRUE(ScriptActor::of(loop.ref).deliver(std::move(kill), nullptr));
  EXPECT_EQ(loop.exit.get().reason, "killed");
  expect_worker_is_free();
}

}  // namespace
}  // namespace moonwright::actors
