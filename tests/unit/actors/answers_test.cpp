// answers_test.cpp: every request is answered exactly once, whatever becomes of the callee.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::seconds;

constexpr const char* kCallee = R"(
  local actor = require "actor"
  local mode = ...
  if mode == "slow chunk" then actor.sleep(10) end
  if mode == "failing chunk" then actor.sleep(10) error "no chunk" end
  local promises = {}
  local handlers = {}
  function handlers.now(...) return ... end
  function handlers.fails() error "failed" end
  function handlers.fails_later() actor.sleep(1) error "failed later" end
  function handlers.waits() actor.sleep(5) return "waited" end
  function handlers.defers() promises[#promises + 1] = actor.defer() end
  function handlers.defers_and_fails() promises[#promises + 1] = actor.defer() error "oops" end
  function handlers.loses_its_promise() actor.defer() end
  function handlers.answers_twice()
    local promise = actor.defer()
    promise:reply(1)
    pcall(promise.reply, promise, 2)
    pcall(promise.error, promise, "three")
    return 4
  end
  function handlers.cannot_be_sent() return print end
  function handlers.settle() for _, p in ipairs(promises) do pcall(p.reply, p, "late") end end
  function handlers.collect() collectgarbage() end
  function handlers.exits() actor.exit("left") end
  function handlers.exits_later() actor.sleep(2) actor.exit("left later") end
  function handlers.kills_itself() actor.kill(actor.self()) actor.sleep(5) end
  function handlers.asks_itself() return actor.self():call("now", "self") end
  return handlers
)";

// Somewhere in the life of a request when its callee ends.
struct Place {
  const char* name;
  const char* mode;
  const char* message;
};
constexpr Place kPlaces[] = {
    {"before the chunk is done", "slow chunk", "now"},
    {"before an await", "", "exits"},
    {"in an await", "", "waits"},
    {"with a promise held", "", "defers"},
    {"with a promise lost", "", "loses_its_promise"},
    {"in a call to itself", "slow chunk", "asks_itself"},
};

struct End {
  const char* name;
  ErrorCode expected;
  std::function<void(SimCore&, const ActorRef&)> act;
};
const End kEnds[] = {
    {"killed", ErrorCode::killed, [](SimCore& sim, const ActorRef& ref) { sim.kill(ref); }},
    {"stopped, out of time", ErrorCode::stopped,
     [](SimCore& sim, const ActorRef& ref) {
       sim.stop(ref, seconds(1));
       sim.advance(seconds(2));
     }},
    {"exiting", ErrorCode::dead,
     [](SimCore& sim, const ActorRef& ref) {
       static_cast<void>(sim.send(ref, "exits"));
       sim.advance(seconds(20));
     }},
};

SpawnOptions with_mode(const char* mode) {
  SpawnOptions options;
  options.args = {mode};
  options.sandbox = Sandbox::none;
  return options;
}

TEST(Answers, ComeOnceWhereverTheCalleeEnds) {
  for (const Place& place : kPlaces) {
    for (const End& end : kEnds) {
      SCOPED_TRACE(std::string(place.name) + ", " + end.name);
      Answers answers;
      SimCore sim;
      const ActorRef callee = sim.spawn(kCallee, with_mode(place.mode));
      constexpr std::uint64_t kRequests = 20;
      for (std::uint64_t i = 1; i <= kRequests; ++i) {
        ASSERT_EQ(sim.request(answers, i, callee, place.message), Posted::ok);
      }
      sim.run();
      end.act(sim, callee);
      sim.run();
      EXPECT_TRUE(sim.ended(callee));
      for (std::uint64_t i = 1; i <= kRequests; ++i) {
        ASSERT_EQ(answers.to(i).size(), 1u) << i;
      }
      EXPECT_EQ(sim.request(answers, 99, callee, "now"), Posted::dead);
      EXPECT_TRUE(answers.to(99).empty()) << "a request that was refused is not answered, too";
    }
  }
}

TEST(Answers, SayHowTheCalleeEnded) {
  for (const End& end : kEnds) {
    SCOPED_TRACE(end.name);
    Answers answers;
    SimCore sim;
    const ActorRef callee = sim.spawn(kCallee, with_mode(""));
    ASSERT_EQ(sim.request(answers, 1, callee, "waits"), Posted::ok);
    ASSERT_EQ(sim.request(answers, 2, callee, "defers"), Posted::ok);
    sim.run();
    end.act(sim, callee);
    sim.run();
    for (const std::uint64_t i : {1u, 2u}) {
      ASSERT_EQ(answers.to(i).size(), 1u);
      const bool finished = answers.to(i)[0].has_value();
      if (!finished) {
        EXPECT_EQ(answers.to(i)[0].error().code, end.expected);
      }
    }
  }
}

TEST(Answers, SayWhyTheChunkFailed) {
  Answers answers;
  SimCore sim;
  const ActorRef callee = sim.spawn(kCallee, with_mode("failing chunk"));
  ASSERT_EQ(sim.request(answers, 1, callee, "now"), Posted::ok);
  sim.advance(seconds(10));
  ASSERT_EQ(answers.to(1).size(), 1u);
  const Error& error = answers.to(1)[0].error();
  EXPECT_EQ(error.code, ErrorCode::dead);
  EXPECT_NE(error.message.find("no chunk"), std::string::npos);
  EXPECT_NE(error.traceback.find("test"), std::string::npos);
}

TEST(Answers, AreTheHandlersOwnWhenItIsTheHandlerThatFails) {
  Answers answers;
  SimCore sim;
  const ActorRef callee = sim.spawn(kCallee, with_mode(""));
  const std::vector<std::pair<const char*, ErrorCode>> failing = {
      {"fails", ErrorCode::error},
      {"fails_later", ErrorCode::error},
      {"defers_and_fails", ErrorCode::error},
      {"cannot_be_sent", ErrorCode::unsupported},
      {"no such handler", ErrorCode::no_handler},
  };
  std::uint64_t number = 0;
  for (const auto& [message, code] : failing) {
    ASSERT_EQ(sim.request(answers, ++number, callee, message), Posted::ok);
    sim.advance(seconds(2));
    ASSERT_EQ(answers.to(number).size(), 1u) << message;
    EXPECT_EQ(answers.to(number)[0].error().code, code) << message;
  }
  EXPECT_FALSE(sim.ended(callee)) << "an error in a handler ends nobody";
  ASSERT_EQ(sim.request(answers, 50, callee, "answers_twice"), Posted::ok);
  sim.run();
  ASSERT_EQ(answers.to(50).size(), 1u);
  EXPECT_EQ(answers.to(50)[0].value(), Values{1});
}

TEST(Answers, ComeForAPromiseThatWasCollected) {
  Answers answers;
  SimCore sim;
  const ActorRef callee = sim.spawn(kCallee, with_mode(""));
  ASSERT_EQ(sim.request(answers, 1, callee, "loses_its_promise"), Posted::ok);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(sim.ask(callee, "collect").has_value());
  ASSERT_EQ(answers.to(1).size(), 1u);
  EXPECT_EQ(answers.to(1)[0].error().code, ErrorCode::cancelled);
}

TEST(Answers, OfAStoppedActorComeFromItsHandlersWhileItHasTime) {
  Answers answers;
  SimCore sim;
  const ActorRef callee = sim.spawn(kCallee, with_mode(""));
  ASSERT_EQ(sim.request(answers, 1, callee, "waits"), Posted::ok);
  ASSERT_EQ(sim.request(answers, 2, callee, "now", {"queued"}), Posted::ok);
  sim.run();
  sim.stop(callee, seconds(60));
  sim.run();
  EXPECT_EQ(sim.request(answers, 3, callee, "now"), Posted::stopped);
  sim.advance(seconds(10));
  EXPECT_TRUE(sim.ended(callee));
  ASSERT_EQ(answers.to(1).size(), 1u);
  EXPECT_EQ(answers.to(1)[0].value(), Values{"waited"});
  ASSERT_EQ(answers.to(2).size(), 1u);
  EXPECT_EQ(answers.to(2)[0].value(), Values{"queued"});
}

TEST(Answers, AreOverloadAtOnceWhenTheMailboxIsFull) {
  Answers answers;
  SimCore sim;
  SpawnOptions options = with_mode("");
  options.mailbox = MailboxLimits{4, 1u << 20};
  const ActorRef callee = sim.spawn(kCallee, options);
  for (std::uint64_t i = 1; i <= 4; ++i) {
    ASSERT_EQ(sim.request(answers, i, callee, "now"), Posted::ok);
  }
  EXPECT_EQ(sim.request(answers, 5, callee, "now"), Posted::overload);
  sim.run();
  for (std::uint64_t i = 1; i <= 4; ++i) EXPECT_EQ(answers.to(i).size(), 1u);
  EXPECT_TRUE(answers.to(5).empty());
  EXPECT_EQ(sim.request(answers, 6, callee, "now"), Posted::ok);
  sim.run();
  EXPECT_EQ(answers.to(6).size(), 1u);
}

TEST(Answers, AreTooLargeWhenTheMailboxCouldNeverHoldTheMessage) {
  Answers answers;
  SimCore sim;
  SpawnOptions options = with_mode("");
  options.mailbox = MailboxLimits{4, 4'096};
  const ActorRef callee = sim.spawn(kCallee, options);
  const Values half{std::string(2'048, 'x')};
  const Values whole{std::string(4'096, 'x')};
  EXPECT_EQ(sim.request(answers, 1, callee, "now", whole), Posted::too_large);
  ASSERT_EQ(sim.request(answers, 2, callee, "now", half), Posted::ok);
  EXPECT_EQ(sim.request(answers, 3, callee, "now", half), Posted::overload);
  EXPECT_EQ(sim.request(answers, 4, callee, "now", whole), Posted::too_large);
  sim.run();
  EXPECT_EQ(answers.to(2).size(), 1u);
  EXPECT_EQ(sim.request(answers, 5, callee, "now", half), Posted::ok);
  sim.run();
}

TEST(Answers, DoNotComeForARequestThatExpiredBeforeItsTurn) {
  Answers answers;
  SimCore sim;
  const ActorRef callee = sim.spawn(R"(
    local actor, count = require "actor", 0
    actor.sleep(10)
    return { count = function() count = count + 1 return count end }
  )");
  ASSERT_EQ(sim.request(answers, 1, callee, "count", {}, sim.now() + seconds(1)), Posted::ok);
  ASSERT_EQ(sim.request(answers, 2, callee, "count", {}, sim.now() + seconds(30)), Posted::ok);
  ASSERT_EQ(sim.request(answers, 3, callee, "count"), Posted::ok);
  sim.advance(seconds(11));
  EXPECT_TRUE(answers.to(1).empty()) << "whoever sent it has been told by its own clock";
  ASSERT_EQ(answers.to(2).size(), 1u);
  EXPECT_EQ(answers.to(2)[0].value(), Values{1}) << "the expired one was not started";
  EXPECT_EQ(answers.to(3)[0].value(), Values{2});
}

// Random lives: requests of every kind, time, and one of the ways to end. Each request that was
// taken has one answer when all is over.
RC_GTEST_PROP(AnswersProperty, ComeOnceWhateverHappens, ()) {
  static constexpr const char* kMessages[] = {
      "now",           "fails",   "fails_later", "waits", "defers",      "defers_and_fails",
      "collect",       "settle",  "now",         "waits", "defers",      "loses_its_promise",
      "answers_twice", "unknown", "asks_itself", "exits", "exits_later", "kills_itself",
      "cannot_be_sent"};
  static constexpr const char* kModes[] = {"", "slow chunk", "failing chunk"};
  Answers answers;
  SimCore sim;
  SpawnOptions options = with_mode(kModes[*rc::gen::inRange(0, 3)]);
  options.mailbox = MailboxLimits{30, 1u << 20};
  options.limits = Limits{};
  options.limits->in_flight_max = *rc::gen::inRange(1u, 10u);
  const ActorRef callee = sim.spawn(kCallee, options);
  const auto steps = *rc::gen::container<std::vector<int>>(*rc::gen::inRange<std::size_t>(1, 80),
                                                           rc::gen::inRange(0, 1'000));
  std::vector<std::uint64_t> taken;
  std::uint64_t number = 0;
  for (const int step : steps) {
    // Those that end it are rare enough that much may have happened before.
    const auto message = static_cast<std::size_t>(step) % (step < 900 ? 15u : 19u);
    switch (step / 19 % 8) {
      case 0: sim.scheduler().run_one(); break;
      case 1: sim.run(); break;
      case 2: sim.advance(std::chrono::milliseconds(step)); break;
      case 3:
        if (step > 950) sim.kill(callee);
        if (step < 20) sim.stop(callee, std::chrono::milliseconds(100 * step));
        break;
      default:
        if (sim.request(answers, ++number, callee, kMessages[message]) == Posted::ok) {
          taken.push_back(number);
        }
    }
  }
  switch (*rc::gen::inRange(0, 3)) {
    case 0: sim.kill(callee); break;
    case 1: sim.stop(callee, seconds(1)); break;
    default: static_cast<void>(sim.send(callee, "exits")); sim.stop(callee, seconds(1));
  }
  sim.advance(seconds(60));
  RC_ASSERT(sim.ended(callee));
  for (std::uint64_t i = 1; i <= number; ++i) {
    const bool was_taken = std::find(taken.begin(), taken.end(), i) != taken.end();
    RC_ASSERT(answers.to(i).size() == (was_taken ? 1u : 0u));
  }
}

}  // namespace
}  // namespace moonwright::actors
