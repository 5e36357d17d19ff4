// refs_test.cpp: references travel as values, and may go further than their runtime.
#include <atomic>
#include <memory>
#include <thread>
#include <unordered_set>
#include <vector>

#include "api_support.hpp"

namespace moonwright {
namespace {

using std::chrono::seconds;

TEST(Refs, AreEqualWhenTheyMeanTheSameActor) {
  Runtime runtime = start_runtime();
  const ActorRef a = spawn_text(runtime, kEcho);
  const ActorRef b = spawn_text(runtime, kEcho);
  EXPECT_NE(a, b);
  EXPECT_NE(a.id(), b.id());
  EXPECT_EQ(ActorRef(a), a);
  EXPECT_EQ(ask(runtime, b, "echo", {a, b}).value(), (Values{a, b}));
  const std::unordered_set<ActorRef> set{a, b, a};
  EXPECT_EQ(set.size(), 2u);
  EXPECT_FALSE(ActorRef());
  EXPECT_EQ(ActorRef().id(), 0u);
}

TEST(Refs, TravelInsideTablesBothWays) {
  Runtime runtime = start_runtime();
  const ActorRef echo = spawn_text(runtime, kEcho);
  const ActorRef proxy = spawn_text(runtime, R"(return {
    ask = function(what)
      return { answer = { what.who:call("echo", what.word) }, who = what.who }
    end,
  })");
  const auto answer =
      ask(runtime, proxy, "ask", {Table{{"who", echo}, {"word", "hello"}}, nullptr});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ((*answer)[0]["answer"][1], Value("hello"));
  EXPECT_EQ((*answer)[0]["who"].as_ref(), echo);
}

TEST(Refs, OutliveTheirRuntime) {
  ActorRef plain;
  Values inside;
  {
    Runtime runtime = start_runtime();
    plain = spawn_text(runtime, kEcho);
    const ActorRef maker =
        spawn_text(runtime, "return { make = function() return { require('actor').self() } end }");
    inside = ask(runtime, maker, "make").value();
  }
  const ActorRef copy = plain;
  EXPECT_EQ(copy, plain);
  Runtime other = start_runtime();
  EXPECT_EQ(code_of(other.send(plain, "echo")), ErrorCode::dead);
  EXPECT_EQ(code_of(ask(other, inside[0][1].as_ref(), "echo")), ErrorCode::dead);
  EXPECT_EQ(code_of(other.kill_actor(plain)), ErrorCode::dead);
  // A script that is given one finds a dead actor, and may watch it.
  const ActorRef script = spawn_text(other, R"(return {
    try = function(ref)
      local ok, err = pcall(ref.call, ref, "echo")
      return ok, err.code, (ref:send("echo"))
    end,
  })");
  EXPECT_EQ(ask(other, script, "try", {plain, nullptr}).value(), (Values{false, "dead", false}));
}

TEST(Refs, WorkFromAnotherRuntime) {
  Runtime here = start_runtime();
  Runtime there = start_runtime();
  const ActorRef echo = spawn_text(there, kEcho);
  EXPECT_EQ(ask(here, echo, "echo", {1, 2}).value(), (Values{1, 2}));
  EXPECT_TRUE(here.send(echo, "echo").has_value());
  const ActorRef caller = spawn_text(here, R"(
    local actor = require "actor"
    local other, reason = ...
    actor.monitor(other)
    return {
      ask = function(n) for i = 1, n do assert(other:call("echo", i) == i) end return n end,
      on_down = function(_, why) reason = why end,
      reason = function() return reason end,
    }
  )",
                                     {echo, nullptr});
  EXPECT_EQ(ask(here, caller, "ask", {500, nullptr}).value(), Values(1, Value(500)));
  ASSERT_TRUE(here.kill_actor(echo).has_value());
  EXPECT_TRUE(tests::eventually([&] {
    const auto reason = ask(here, caller, "reason");
    return reason && (*reason)[0] == Value("killed");
  }));
}

TEST(Refs, OfARuntimeThatEndsWhileOthersCallAnswerAllTheSame) {
  for (int round = 0; round < 10; ++round) {
    Runtime here = start_runtime();
    auto there = std::make_unique<Runtime>(start_runtime());
    const ActorRef echo = spawn_text(*there, kEcho);
    std::atomic<int> calls{0};
    std::thread calling([&] {
      for (;;) {
        const auto answer = here.call(echo, "echo", {}, tests::kPatience).get();
        ++calls;
        if (!answer) return;
      }
    });
    const ActorRef caller = spawn_text(here, R"(
      local echo = ...
      while pcall(echo.call, echo, "echo") do end
    )",
                                       {echo, nullptr});
    EXPECT_TRUE(tests::eventually([&] { return calls > 100; }));
    there.reset();
    calling.join();
    EXPECT_TRUE(tests::eventually([&] { return here.actor_count() == 0; }));
  }
}

TEST(Refs, OfARuntimeThatEndedWhileItsCallsWereOpenHarmNobody) {
  Runtime there = start_runtime();
  for (int round = 0; round < 20; ++round) {
    const ActorRef slow = spawn_text(there, R"(
      local actor = require "actor"
      return { ask = function() actor.sleep(0.002) return 1 end }
    )");
    std::atomic<int> done{0};
    {
      Runtime here = start_runtime();
      for (int i = 0; i < 20; ++i) {
        here.call(slow, "ask", {}, tests::kPatience, [&](const Result<Values>&) { ++done; });
      }
      EXPECT_TRUE(tests::eventually([&] { return done > 0 || round % 2 == 0; }));
    }
    EXPECT_EQ(done, 20) << "each was answered before its runtime was gone";
    ASSERT_TRUE(there.kill_actor(slow).has_value());
  }
}

}  // namespace
}  // namespace moonwright
