// recycle_test.cpp: actors that are not well get a fresh state, and nobody who talks to them
// notices; with the clock and the turns in our hands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Counts what a state has handled; says when it begins.
constexpr const char* kWorker = R"(
  local actor = require "actor"
  print "start"
  local n = 0
  return {
    add = function() n = n + 1 return n end,
    fail = function() error "no" end,
    wait = function(s) actor.sleep(s) return "waited" end,
    later = function() local promise = actor.defer()
      actor.fork(function() actor.sleep(2) promise:reply "late" end) end,
    crash = function() local x = nil; return x.y end,
  }
)";

class Recycling : public ::testing::Test {
 protected:
  Recycling() : sim_(options()) {}

  RuntimeOptions options() { return printing_options(lines_); }

  /// A supervisor with one worker, and what that is judged by.
  void supervise(const HealthOptions& health, OnError on_error = OnError::report) {
    SupervisorSpec spec;
    spec.children = {child_spec("worker", kWorker)};
    spec.children[0].spawn.on_error = on_error;
    spec.children[0].health = health;
    top_ = sim_.supervise(spec);
    sim_.run();
    worker_ = sim_.find("worker");
    ASSERT_TRUE(worker_);
  }

  Result<void> recycle(bool forced = false) {
    return ScriptActor::recycle(*worker_.target(), forced, "on request", nullptr);
  }
  Value row() {
    const auto answer = sim_.ask(top_, "which");
    return answer ? (*answer)[0].as_table().elements().at(0) : Value();
  }
  std::string explain() {
    const auto answer = sim_.ask(top_, "explain", {"worker"});
    return answer ? std::string((*answer)[0].as_string()) : "";
  }
  std::int64_t add() {
    const auto answer = sim_.ask(worker_, "add");
    return answer ? (*answer)[0].as_integer() : -1;
  }
  [[nodiscard]] std::uint32_t life() const { return ScriptActor::of(worker_).incarnation(); }

  std::vector<std::string> lines_;
  Answers caller_;
  SimCore sim_;
  ActorRef top_;
  ActorRef worker_;
};

TEST_F(Recycling, GivesAFreshStateInPlace) {
  supervise({});
  EXPECT_EQ(add(), 1);
  ASSERT_TRUE(recycle());
  sim_.run();
  EXPECT_EQ(add(), 1);
  EXPECT_EQ(life(), 2u);
  EXPECT_EQ(sim_.find("worker"), worker_);
  EXPECT_THAT(lines_, ElementsAre("start", "start"));
  EXPECT_EQ(explain(), "'worker' was recycled: on request");
  EXPECT_EQ(row()["restarts"].as_integer(), 0) << "which is no restart";
  EXPECT_EQ(row()["incarnation"].as_integer(), 2);
  const ActorStats stats = ScriptActor::of(worker_).stats();
  EXPECT_EQ(stats.recycles, 1u);
  EXPECT_EQ(stats.restarts, 0u);
  EXPECT_EQ(stats.uses, 2u);
  EXPECT_EQ(stats.life.uses, 1u);
}

TEST_F(Recycling, IsForSupervisedActorsOnly) {
  const ActorRef alone = sim_.spawn("return {}");
  sim_.run();
  const auto refused = ScriptActor::recycle(*alone.target(), false, "", nullptr);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
}

TEST_F(Recycling, KeepsTheSupervisorInStep) {
  supervise({}, OnError::crash);
  ASSERT_TRUE(recycle());
  sim_.run();
  sim_.send(worker_, "fail");
  sim_.run();
  EXPECT_EQ(life(), 3u) << "the crash of the second life is noticed";
  EXPECT_EQ(row()["state"].as_string(), "running");
  EXPECT_EQ(row()["restarts"].as_integer(), 1);
}

TEST_F(Recycling, AnswersWhatIsSuspendedAndKeepsWhatWaits) {
  supervise({});
  sim_.request(caller_, 1, worker_, "wait", {2});
  sim_.run();
  ASSERT_TRUE(recycle());
  for (std::uint64_t i = 2; i < 12; ++i) sim_.request(caller_, i, worker_, "add");
  sim_.run();
  EXPECT_TRUE(caller_.to(2).empty()) << "no message is begun while it drains";
  EXPECT_EQ(life(), 1u);
  sim_.advance(seconds(2));
  EXPECT_EQ(life(), 2u);
  ASSERT_EQ(caller_.to(1).size(), 1u);
  EXPECT_EQ(caller_.to(1)[0]->at(0).as_string(), "waited");
  for (std::uint64_t i = 2; i < 12; ++i) {
    ASSERT_EQ(caller_.to(i).size(), 1u) << i;
    EXPECT_EQ(caller_.to(i)[0]->at(0).as_integer(), static_cast<std::int64_t>(i - 1))
        << "in order, by the next state";
  }
}

TEST_F(Recycling, WaitsForAnswersThatWerePutOff) {
  supervise({});
  sim_.request(caller_, 1, worker_, "later");
  sim_.run();
  ASSERT_TRUE(recycle());
  sim_.run();
  EXPECT_EQ(life(), 1u);
  sim_.advance(seconds(2));
  EXPECT_EQ(life(), 2u);
  ASSERT_EQ(caller_.to(1).size(), 1u);
  ASSERT_TRUE(caller_.to(1)[0]);
  EXPECT_EQ(caller_.to(1)[0]->at(0).as_string(), "late");
}

TEST_F(Recycling, IsGivenUpIfItCannotFinishInTime) {
  supervise({.drain_timeout = milliseconds(500)});
  sim_.request(caller_, 1, worker_, "wait", {60});
  sim_.run();
  ASSERT_TRUE(recycle());
  sim_.request(caller_, 2, worker_, "add");
  sim_.run();
  EXPECT_TRUE(caller_.to(2).empty());
  sim_.advance(milliseconds(500));
  EXPECT_EQ(life(), 1u);
  EXPECT_EQ(caller_.to(2).size(), 1u) << "it goes on with what has come";
  EXPECT_THAT(explain(), HasSubstr("could not be recycled"));
  EXPECT_THAT(explain(), HasSubstr("500 ms"));
  EXPECT_TRUE(caller_.to(1).empty());
  sim_.advance(seconds(60));
  EXPECT_EQ(caller_.to(1).size(), 1u);
}

TEST_F(Recycling, AnswersCancelledIfItIsForced) {
  supervise({.drain_timeout = milliseconds(500)});
  sim_.request(caller_, 1, worker_, "wait", {60});
  sim_.run();
  ASSERT_TRUE(recycle(true));
  sim_.request(caller_, 2, worker_, "add");
  sim_.advance(milliseconds(500));
  EXPECT_EQ(life(), 2u);
  ASSERT_EQ(caller_.to(1).size(), 1u);
  ASSERT_FALSE(caller_.to(1)[0]);
  EXPECT_EQ(caller_.to(1)[0].error().code, ErrorCode::cancelled);
  ASSERT_EQ(caller_.to(2).size(), 1u);
  EXPECT_EQ(caller_.to(2)[0]->at(0).as_integer(), 1);
}

TEST_F(Recycling, HappensToAChildThatIsNotWell) {
  // Errors and uses: 100 - 30 - 15 is still healthy; age makes it 30.
  HealthOptions health;
  health.uses = 3;
  health.age = milliseconds(2'500);
  supervise(health);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(add(), i + 1);
  static_cast<void>(sim_.ask(worker_, "fail"));
  sim_.advance(seconds(2));
  EXPECT_EQ(life(), 1u);
  EXPECT_EQ(row()["score"].as_integer(), 55);
  EXPECT_TRUE(row()["healthy"].as_boolean());
  sim_.advance(seconds(1));
  EXPECT_EQ(life(), 1u) << "one bad sample is none";
  EXPECT_EQ(row()["score"].as_integer(), 30);
  EXPECT_EQ(row()["reasons"].as_table().elements().size(), 3u);
  EXPECT_FALSE(row()["in_use"].as_boolean());
  sim_.advance(seconds(1));
  EXPECT_EQ(life(), 2u);
  EXPECT_THAT(explain(), HasSubstr("was recycled: health 30 of 100: 0.25 of its messages failed"));
  EXPECT_TRUE(row()["healthy"].as_boolean());
  EXPECT_EQ(row()["score"].as_integer(), 100);
}

TEST_F(Recycling, IsTriedAgainAfterTenChecks) {
  HealthOptions health;
  health.error_rate = 0.01;
  health.age = milliseconds(100);
  health.drain_timeout = milliseconds(500);
  supervise(health);
  sim_.request(caller_, 1, worker_, "wait", {8});
  static_cast<void>(sim_.ask(worker_, "fail"));
  sim_.advance(seconds(3));
  EXPECT_EQ(life(), 1u);
  EXPECT_THAT(explain(), HasSubstr("could not be recycled"));
  sim_.advance(seconds(9));
  EXPECT_EQ(life(), 1u) << "it is left alone for ten times check_every";
  sim_.advance(seconds(2));
  EXPECT_EQ(life(), 2u);
  EXPECT_EQ(caller_.to(1).size(), 1u);
}

TEST_F(Recycling, DoesNotHappenWhereItIsNotWanted) {
  HealthOptions health;
  health.error_rate = 0;
  health.age = milliseconds(100);
  health.recycle = false;
  supervise(health);
  static_cast<void>(sim_.ask(worker_, "fail"));
  sim_.advance(seconds(10));
  EXPECT_EQ(life(), 1u);
  EXPECT_FALSE(row()["healthy"].as_boolean());
  const auto found = ScriptActor::health_of(*worker_.target());
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->healthy);
  EXPECT_EQ(found->score, 45);
}

TEST_F(Recycling, LosesNeitherAMessageNorAReplyUnderLoad) {
  supervise({});
  std::uint64_t number = 0;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 20; ++i) {
      const bool waits = i % 7 == 0;
      ASSERT_EQ(sim_.request(caller_, ++number, worker_, waits ? "wait" : "add", {0.01 * i}),
                Posted::ok);
      if (i == round % 20) {
        ASSERT_TRUE(recycle());
      }
      for (int turns = 0; turns < i % 3; ++turns) sim_.scheduler().run_one();
    }
    sim_.advance(milliseconds(50));
  }
  sim_.advance(seconds(5));
  for (std::uint64_t i = 1; i <= number; ++i) {
    ASSERT_EQ(caller_.to(i).size(), 1u) << i;
    EXPECT_TRUE(caller_.to(i)[0]) << caller_.to(i)[0].error().message;
  }
  EXPECT_GT(life(), 10u) << "some were asked for while one was under way";
  EXPECT_EQ(row()["incarnation"].as_integer(), life());
}

TEST_F(Recycling, LetsAGroupThatGrowsOldTogetherGoOn) {
  SupervisorSpec spec;
  HealthOptions health;
  health.error_rate = 0;
  health.age = milliseconds(100);
  for (int i = 0; i < 30; ++i) {
    ChildSpec child = child_spec("w" + std::to_string(i), kWorker);
    child.spawn.on_error = OnError::report;
    child.health = health;
    spec.children.push_back(std::move(child));
  }
  top_ = sim_.supervise(spec);
  sim_.run();
  std::vector<ActorRef> workers;
  for (int i = 0; i < 30; ++i) {
    workers.push_back(sim_.find("w" + std::to_string(i)));
    static_cast<void>(sim_.ask(workers.back(), "fail"));
    sim_.request(caller_, static_cast<std::uint64_t>(i + 1), workers.back(), "wait", {4});
  }
  sim_.advance(milliseconds(2'500));
  // Three of them drain; the others still take messages.
  std::size_t answered = 0;
  for (std::size_t i = 0; i < 30; ++i) {
    sim_.request(caller_, 100 + i, workers[i], "add");
    sim_.run();
    answered += caller_.to(100 + i).size();
  }
  EXPECT_EQ(answered, 27u);
  sim_.advance(seconds(10));
}

}  // namespace
}  // namespace moonwright::actors
