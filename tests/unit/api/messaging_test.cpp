// messaging_test.cpp: send and call, with futures and callbacks, from any thread.
#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "api_support.hpp"

namespace moonwright {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class Messaging : public ::testing::Test {
 protected:
  Runtime runtime_ = start_runtime();
};

TEST_F(Messaging, CallAnswersWhatTheHandlerReturns) {
  const ActorRef echo = spawn_text(runtime_, kEcho);
  const Values args = {1, -2.5, "text", std::string("\0\xff", 2), true, nullptr};
  EXPECT_EQ(ask(runtime_, echo, "echo", args).value(), args);
  EXPECT_EQ(ask(runtime_, echo, "echo").value(), Values{});
}

TEST_F(Messaging, CallAnswersTheErrorOfTheHandler) {
  const ActorRef actor = spawn_text(runtime_, R"(return {
    text = function() error "in words" end,
    table = function() error{ code = "x", message = "in a table" } end,
    nothing = function() error() end,
    code = function() require("actor").call(require("actor").self(), "unknown") end,
  })");
  const auto text = ask(runtime_, actor, "text");
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code, ErrorCode::error);
  EXPECT_NE(text.error().message.find("[string \"test\"]:2: in words"), std::string::npos);
  EXPECT_NE(text.error().traceback.find("[string \"test\"]:2:"), std::string::npos);
  EXPECT_EQ(ask(runtime_, actor, "table").error().message, "in a table");
  EXPECT_EQ(code_of(ask(runtime_, actor, "nothing")), ErrorCode::error);
  EXPECT_EQ(code_of(ask(runtime_, actor, "code")), ErrorCode::no_handler);
}

TEST_F(Messaging, CallAnswersNoHandlerForAnUnknownName) {
  const auto answer = ask(runtime_, spawn_text(runtime_, kEcho), "unknown");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::no_handler);
  EXPECT_NE(answer.error().message.find("unknown"), std::string::npos);
}

TEST_F(Messaging, CallAnswersTimeoutWhenNobodyAnswers) {
  const ActorRef silent = spawn_text(runtime_, kSilent);
  EXPECT_EQ(code_of(runtime_.call(silent, "ask", {}, milliseconds(5)).get()), ErrorCode::timeout);
  EXPECT_EQ(code_of(runtime_.call(silent, "ask", {}, nanoseconds(0)).get()), ErrorCode::timeout);
  EXPECT_EQ(code_of(runtime_.call(silent, "ask", {}, seconds(-1)).get()), ErrorCode::timeout);
  EXPECT_EQ(code_of(runtime_.call(silent, "ask", {}, nanoseconds::min()).get()),
            ErrorCode::timeout);
  auto endless = runtime_.call(silent, "ask", {}, nanoseconds::max());
  EXPECT_TRUE(tests::eventually([&] { return ask(runtime_, silent, "asked") != Values{}; }));
  EXPECT_NE(endless.wait_for(seconds(0)), std::future_status::ready);
  EXPECT_TRUE(runtime_.kill_actor(silent).has_value());
  EXPECT_EQ(code_of(endless.get()), ErrorCode::killed);
}

TEST_F(Messaging, CallAnswersHowTheActorEnded) {
  struct Case {
    ErrorCode code;
    const char* source;
  };
  for (const Case& end :
       {Case{ErrorCode::dead, "return nil"}, Case{ErrorCode::dead, "error 'x'"}}) {
    const ActorRef actor = spawn_text(runtime_, end.source);
    EXPECT_EQ(code_of(ask(runtime_, actor, "x")), end.code);
    EXPECT_TRUE(tests::eventually([&] { return runtime_.actor_count() == 0; }));
    EXPECT_EQ(code_of(ask(runtime_, actor, "x")), ErrorCode::dead) << "also later";
    EXPECT_EQ(code_of(runtime_.send(actor, "x")), ErrorCode::dead);
    EXPECT_EQ(code_of(runtime_.kill_actor(actor)), ErrorCode::dead);
    EXPECT_EQ(code_of(runtime_.stop_actor(actor, seconds(1))), ErrorCode::dead);
  }
}

TEST_F(Messaging, RefusesTheEmptyReference) {
  EXPECT_EQ(code_of(runtime_.send({}, "x")), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(runtime_.call({}, "x", {}, hours(1)).get()), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(runtime_.kill_actor({})), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(runtime_.stop_actor({}, seconds(1))), ErrorCode::invalid_argument);
  const ActorRef echo = spawn_text(runtime_, kEcho);
  Values args(1, Value(ActorRef()));
  EXPECT_EQ(code_of(runtime_.send(echo, "echo", args)), ErrorCode::invalid_argument);
}

TEST_F(Messaging, RefusesWhatIsTooLarge) {
  const ActorRef echo = spawn_text(runtime_, kEcho);
  const Values large(1, Value(std::string(2 << 20, 'x')));
  EXPECT_EQ(code_of(runtime_.send(echo, "echo", large)), ErrorCode::too_large);
  EXPECT_EQ(code_of(ask(runtime_, echo, "echo", large)), ErrorCode::too_large);
  Value deep;
  for (int i = 0; i < 100; ++i) deep = Table::list(Values(1, deep));
  EXPECT_EQ(code_of(ask(runtime_, echo, "echo", Values(1, deep))), ErrorCode::too_large);
  const ActorRef verbose =
      spawn_text(runtime_, "return { say = function() return ('x'):rep(2 << 20) end }");
  EXPECT_EQ(code_of(ask(runtime_, verbose, "say")), ErrorCode::too_large);
}

TEST_F(Messaging, RefusesAnAnswerThatCppCannotHold) {
  const ActorRef actor = spawn_text(runtime_, R"(
    local cycle = {}
    cycle.self = cycle
    return { cycle = function() return cycle end, f = function() return print end }
  )");
  EXPECT_EQ(code_of(ask(runtime_, actor, "cycle")), ErrorCode::unsupported);
  EXPECT_EQ(code_of(ask(runtime_, actor, "f")), ErrorCode::unsupported);
}

TEST_F(Messaging, AnswersOverloadWhenTheMailboxIsFull) {
  SpawnOptions options;
  options.script = Script::text(R"(
    require("actor").sleep(0.05)
    local seen = 0
    return { note = function() seen = seen + 1 end, seen = function() return seen end }
  )");
  options.mailbox = MailboxLimits{100, 1u << 20};
  const auto actor = runtime_.spawn(options);
  ASSERT_TRUE(actor.has_value());
  int accepted = 0;
  Result<void> last;
  while ((last = runtime_.send(*actor, "note"))) ++accepted;
  EXPECT_EQ(last.error().code, ErrorCode::overload);
  EXPECT_GE(accepted, 100);
  const auto refused = runtime_.call(*actor, "seen", {}, hours(1)).get();
  EXPECT_TRUE(refused.has_value() || refused.error().code == ErrorCode::overload);
  EXPECT_TRUE(tests::eventually([&] {
    const auto seen = ask(runtime_, *actor, "seen");
    return seen && (*seen)[0].as_integer() == accepted;
  })) << "what was accepted is handled, what was refused is not";
}

TEST_F(Messaging, KeepsTheOrderOfOneThread) {
  const ActorRef actor = spawn_text(runtime_, R"(
    local last, mistakes = {}, 0
    return {
      note = function(who, n)
        if n ~= (last[who] or 0) + 1 then mistakes = mistakes + 1 end
        last[who] = n
      end,
      mistakes = function() return mistakes, last[1] + last[2] + last[3] end,
    }
  )");
  std::vector<std::thread> threads;
  for (int who = 1; who <= 3; ++who) {
    threads.emplace_back([&, who] {
      for (int n = 1; n <= 3'000; ++n) {
        ASSERT_TRUE(runtime_.send(actor, "note", {who, n}).has_value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ask(runtime_, actor, "mistakes").value(), (Values{0, 9'000}));
}

TEST_F(Messaging, CallsFromManyThreadsEachGetTheirOwnAnswer) {
  std::vector<ActorRef> actors;
  actors.reserve(3);
  for (int i = 0; i < 3; ++i) actors.push_back(spawn_text(runtime_, kEcho));
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        std::vector<std::future<Result<Values>>> futures;
        futures.reserve(actors.size());
        for (const ActorRef& actor : actors) {
          futures.push_back(runtime_.call(actor, "echo", {t, i}, tests::kPatience));
        }
        for (auto& future : futures) ASSERT_EQ(future.get().value(), (Values{t, i}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Messaging, CallbacksAreCalledOnceAndInTurn) {
  const ActorRef echo = spawn_text(runtime_, kEcho);
  const ActorRef silent = spawn_text(runtime_, kSilent);
  constexpr int kCalls = 1'000;
  std::atomic<int> inside{0};
  std::atomic<int> answered{0};
  std::atomic<int> expired{0};
  const auto done = [&](const Result<Values>& result) {
    EXPECT_EQ(++inside, 1);
    (result.has_value() ? answered : expired) += 1;
    --inside;
  };
  for (int i = 0; i < kCalls; ++i) {
    runtime_.call(echo, "echo", {i, i}, tests::kPatience, done);
    runtime_.call(silent, "ask", {}, milliseconds(1), done);
  }
  runtime_.call({}, "x", {}, hours(1), done);
  EXPECT_TRUE(tests::eventually([&] {
    return answered + expired == 2 * kCalls + 1 && inside == 0;  // and done with what is ours
  }));
  EXPECT_EQ(answered, kCalls);
}

TEST_F(Messaging, CallbacksOfTheLastCallsComeBeforeTheRuntimeIsGone) {
  std::atomic<int> done{0};
  {
    Runtime runtime = start_runtime();
    const ActorRef silent = spawn_text(runtime, kSilent);
    for (int i = 0; i < 100; ++i) {
      runtime.call(silent, "ask", {}, hours(1), [&done](const Result<Values>& result) {
        EXPECT_FALSE(result.has_value());
        ++done;
      });
    }
  }
  EXPECT_EQ(done, 100);
}

TEST_F(Messaging, AFutureMayOutliveItsRuntime) {
  std::future<Result<Values>> future;
  {
    Runtime runtime = start_runtime();
    future = runtime.call(spawn_text(runtime, kSilent), "ask", {}, hours(1));
  }
  const ErrorCode code = code_of(future.get());
  EXPECT_TRUE(code == ErrorCode::stopped || code == ErrorCode::cancelled) << to_string(code);
}

TEST_F(Messaging, FindsActorsByName) {
  SpawnOptions options;
  options.script = Script::text("require('actor').register('own') return {}");
  options.name = "given";
  const auto actor = runtime_.spawn(options);
  ASSERT_TRUE(actor.has_value());
  EXPECT_EQ(runtime_.whereis("given"), *actor);
  EXPECT_TRUE(tests::eventually([&] { return runtime_.whereis("own").has_value(); }));
  EXPECT_EQ(code_of(runtime_.whereis("nobody")), ErrorCode::not_found);
  ASSERT_TRUE(runtime_.kill_actor(*actor).has_value());
  EXPECT_TRUE(tests::eventually([&] { return !runtime_.whereis("given").has_value(); }));
  EXPECT_TRUE(tests::eventually([&] { return !runtime_.whereis("own").has_value(); }));
  EXPECT_TRUE(runtime_.spawn(options).has_value());
}

TEST_F(Messaging, CountsActorsThatAreAlive) {
  EXPECT_EQ(runtime_.actor_count(), 0u);
  std::vector<ActorRef> actors;
  actors.reserve(50);
  for (int i = 0; i < 50; ++i) actors.push_back(spawn_text(runtime_, "return {}"));
  EXPECT_EQ(runtime_.actor_count(), 50u);
  for (const ActorRef& actor : actors) EXPECT_TRUE(runtime_.kill_actor(actor).has_value());
  EXPECT_TRUE(tests::eventually([&] { return runtime_.actor_count() == 0; }));
}

}  // namespace
}  // namespace moonwright
