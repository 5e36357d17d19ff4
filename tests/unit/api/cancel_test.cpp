// cancel_test.cpp: tokens for one actor and for one request.
#include <future>
#include <thread>

#include "api_support.hpp"

namespace moonwright {
namespace {

/// Waits until it is cancelled, cleans up, and counts both.
constexpr const char* kWaiter = R"(
  local actor = require "actor"
  local begun, closed = 0, 0
  return {
    wait = function()
      begun = begun + 1
      local guard <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
      actor.sleep(1e6)
    end,
    work = function()
      begun = begun + 1
      require("test").working()
      while true do pcall(function() while true do end end) end
    end,
    begun = function() return begun end,
    closed = function() return closed end,
  }
)";

std::int64_t ask_count(Runtime& runtime, const ActorRef& actor, std::string_view name) {
  auto answer = ask(runtime, actor, name);
  return answer && !answer->empty() ? (*answer)[0].as_integer() : -1;
}

TEST(CancelledRequest, IsAnsweredAndClosesWhatItLeftOpen) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, kWaiter);
  CallOptions options{tests::kPatience, CancelToken()};
  auto waiting = runtime.call(actor, "wait", {}, options);
  auto other = runtime.call(actor, "wait", {}, tests::kPatience);
  ASSERT_TRUE(tests::eventually([&] { return ask_count(runtime, actor, "begun") == 2; }));
  options.token->cancel();
  EXPECT_EQ(code_of(waiting.get()), ErrorCode::cancelled);
  EXPECT_EQ(ask_count(runtime, actor, "closed"), 1);
  EXPECT_EQ(other.wait_for(std::chrono::seconds(0)), std::future_status::timeout)
      << "nobody has cancelled this one";
  EXPECT_TRUE(runtime.kill_actor(actor));
}

TEST(CancelledRequest, IsGivenUpAfterTheGraceIfItDoesNotWait) {
  RuntimeOptions options;
  options.default_limits.cancel_grace = std::chrono::milliseconds(5);
  options.default_sandbox = Capabilities{.modules = {"test"}};
  Runtime runtime = start_runtime(std::move(options));
  std::promise<void> works;
  ASSERT_TRUE(runtime.expose("test.working", [&works](Call&) -> Result<Values> {
    works.set_value();
    return Values{};
  }));
  const ActorRef actor = spawn_text(runtime, kWaiter);
  CallOptions call{tests::kPatience, CancelToken()};
  auto working = runtime.call(actor, "work", {}, call);
  works.get_future().wait();
  call.token->cancel();
  EXPECT_EQ(code_of(working.get()), ErrorCode::cancelled);
  EXPECT_EQ(ask_count(runtime, actor, "begun"), 1) << "the actor goes on";
}

TEST(CancelledRequest, IsNotBegunIfItStillWaits) {
  RuntimeOptions options;
  options.default_limits.in_flight_max = 1;
  Runtime runtime = start_runtime(std::move(options));
  const ActorRef actor = spawn_text(runtime, kWaiter);
  CallOptions first{tests::kPatience, CancelToken()};
  CallOptions second{tests::kPatience, CancelToken()};
  auto running = runtime.call(actor, "wait", {}, first);
  auto queued = runtime.call(actor, "wait", {}, second);
  second.token->cancel();
  first.token->cancel();
  EXPECT_EQ(code_of(running.get()), ErrorCode::cancelled);
  EXPECT_EQ(code_of(queued.get()), ErrorCode::cancelled);
  EXPECT_LE(ask_count(runtime, actor, "begun"), 1);
}

TEST(CancelledRequest, IsNotSentIfItsTokenWasTrippedBefore) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, kWaiter);
  CallOptions call{tests::kPatience, CancelToken()};
  call.token->cancel();
  EXPECT_EQ(code_of(runtime.call(actor, "wait", {}, call).get()), ErrorCode::cancelled);
  EXPECT_EQ(ask_count(runtime, actor, "begun"), 0);
}

TEST(CancelledRequest, MayBeAnsweredAtTheSameTime) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, kEcho);
  for (int i = 0; i < 300; ++i) {
    CallOptions call{tests::kPatience, CancelToken()};
    auto answer = runtime.call(actor, "echo", {Value(i)}, call);
    std::thread other([token = *call.token]() mutable { token.cancel(); });
    const Result<Values> result = answer.get();
    other.join();
    if (result) {
      EXPECT_EQ((*result)[0].as_integer(), i);
    } else {
      EXPECT_EQ(result.error().code, ErrorCode::cancelled);
    }
  }
}

TEST(CancelledRequest, ToTheDeadIsHarmless) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, kWaiter);
  CallOptions call{tests::kPatience, CancelToken()};
  auto waiting = runtime.call(actor, "wait", {}, call);
  EXPECT_TRUE(runtime.kill_actor(actor));
  EXPECT_FALSE(waiting.get());
  call.token->cancel();
}

TEST(CancelledActor, EndsAsCancelled) {
  Runtime runtime = start_runtime();
  std::promise<ActorExit> ended;
  CancelToken token;
  SpawnOptions options;
  options.script = Script::text(kWaiter, "waiter");
  options.token = token;
  options.on_exit = [&ended](const ActorExit& exit) { ended.set_value(exit); };
  auto actor = runtime.spawn(options);
  ASSERT_TRUE(actor);
  auto waiting = runtime.call(*actor, "wait", {}, tests::kPatience);
  ASSERT_TRUE(tests::eventually([&] { return ask_count(runtime, *actor, "begun") == 1; }));
  token.cancel();
  EXPECT_EQ(code_of(waiting.get()), ErrorCode::cancelled);
  EXPECT_EQ(ended.get_future().get().reason, "cancelled");

  options.on_exit = nullptr;
  EXPECT_EQ(code_of(runtime.spawn(options)), ErrorCode::cancelled) << "the token stays tripped";
}

TEST(CancelledActor, NeedsNoToken) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, kWaiter);
  EXPECT_TRUE(runtime.cancel_actor(actor));
  EXPECT_TRUE(tests::eventually([&] { return runtime.actor_count() == 0; }));
  EXPECT_EQ(code_of(runtime.cancel_actor(actor)), ErrorCode::dead);
  EXPECT_EQ(code_of(runtime.cancel_actor({})), ErrorCode::invalid_argument);
}

TEST(CancelledActor, MayEndAtTheSameTime) {
  Runtime runtime = start_runtime();
  for (int i = 0; i < 300; ++i) {
    SpawnOptions options;
    options.script = Script::text("return nil", "short");
    options.token = CancelToken();
    std::thread other([token = *options.token]() mutable { token.cancel(); });
    const auto actor = runtime.spawn(options);
    other.join();
    if (!actor) {
      EXPECT_EQ(actor.error().code, ErrorCode::cancelled);
    }
  }
  EXPECT_TRUE(tests::eventually([&] { return runtime.actor_count() == 0; }));
}

}  // namespace
}  // namespace moonwright
