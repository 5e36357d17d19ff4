// turns_test.cpp: when an actor that has more to do lets others have the worker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using Turn = Job::Turn;

constexpr microseconds kSlice{1'000};
/// What ends a turn where the clock does not.
constexpr std::size_t kMessagesPerTurn = 4'096;

/// Actors whose messages take time only on the manual clock.
class Turns : public ::testing::Test {
 protected:
  Turns() {
    // work.spend(us): time passes, and so do the ticks of whoever runs jobs. work.spend_unseen(us):
    // there are no ticks, as on a thread of one's own.
    expose("work.spend", [this](Call& call) -> Result<Values> {
      spend(call);
      for (; ticked_ + milliseconds(1) <= spent_; ticked_ += milliseconds(1)) {
        sim_.scheduler().tick();
      }
      return Values{};
    });
    expose("work.spend_unseen", [this](Call& call) -> Result<Values> {
      spend(call);
      return Values{};
    });
  }

  /// An actor that is waiting for messages.
  ActorRef start(const std::string& name) {
    SpawnOptions options;
    options.name = name;
    options.mailbox = {.messages_max = 20'000, .bytes_max = 64u << 20};
    options.sandbox = Capabilities{.modules = {"work"}};
    ActorRef ref = sim_.spawn("return require 'work'", options);
    sim_.run();
    handled_.clear();
    return ref;
  }

  /// Queues `count` messages that take `time` each.
  void queue(const ActorRef& actor, std::size_t count, const char* handler, microseconds time) {
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(sim_.send(actor, handler, {time.count()}), Posted::ok);
    }
  }

  /// Runs one turn of whoever is next.
  Turn turn() {
    EXPECT_TRUE(sim_.scheduler().run_one());
    return sim_.scheduler().last_turn();
  }

  /// Who handled a message, in order; the same one several times in a row only once.
  [[nodiscard]] std::vector<std::string> who() const {
    std::vector<std::string> names = handled_;
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }

  std::vector<std::string> handled_;  ///< by whom, for each message

 private:
  void expose(const char* name, HostFunction function) {
    ASSERT_TRUE(sim_.core().host_modules().expose(name, std::move(function)).has_value());
  }
  void spend(const Call& call) {
    const microseconds time(call.args.at(0).as_integer());
    sim_.spend(time);
    spent_ += time;
    handled_.emplace_back(ScriptActor::of(call.caller).actor_name());
  }

  microseconds spent_{0};
  microseconds ticked_{0};

 protected:
  SimCore sim_;  ///< goes first: it handles what is left
};

TEST_F(Turns, EndLateAfterAMessageThatTakesMuchLongerThanASlice) {
  const ActorRef actor = start("slow");
  queue(actor, 3, "spend", 10 * kSlice);
  EXPECT_EQ(turn(), Turn::again_late);
  EXPECT_EQ(handled_.size(), 1u);
  EXPECT_EQ(turn(), Turn::again_late);
  EXPECT_EQ(handled_.size(), 2u);
  sim_.run();
  EXPECT_EQ(handled_.size(), 3u);
}

TEST_F(Turns, EndLateWhenMessagesTogetherTakeASlice) {
  const ActorRef actor = start("steady");
  queue(actor, 100, "spend", kSlice / 4);
  EXPECT_EQ(turn(), Turn::again_late);
  // The slice is counted from the first tick that the actor sees.
  EXPECT_GE(handled_.size(), 4u);
  EXPECT_LE(handled_.size(), 8u);
  sim_.run();
  EXPECT_EQ(handled_.size(), 100u);
}

TEST_F(Turns, EndLateWhereNothingTicks) {
  const ActorRef actor = start("alone");
  queue(actor, 1'000, "spend_unseen", kSlice / 10);
  EXPECT_EQ(turn(), Turn::again_late);
  // The clock is looked at after every 32 messages, and the first look begins the slice.
  EXPECT_EQ(handled_.size(), 64u);
}

TEST_F(Turns, GoOnWhileTheSliceLasts) {
  const ActorRef actor = start("quick");
  queue(actor, 999, "spend", kSlice / 1'000);
  EXPECT_EQ(turn(), Turn::waits);
  EXPECT_EQ(handled_.size(), 999u);
}

// A family that has used up what it may use at once waits behind its neighbour, and gets each
// eighth turn; when there is time left over it gets all of it.
TEST_F(Turns, OfAFamilyThatHasOverdrawnComeBehindThoseOfOthers) {
  SpawnOptions options;
  options.sandbox = Capabilities{.modules = {"work"}};
  const ActorRef parent = sim_.spawn(R"(
    local actor = require "actor"
    local source = "return require 'work'"
    local child = actor.spawn{ name = "child", source = source,
      sandbox = { capabilities = { work = true } } }
    return { child = function() return child end })",
                                     options);
  sim_.run();
  const ActorRef child = sim_.ask(parent, "child").value().front().as_ref();
  const ActorRef neighbour = start("neighbour");
  queue(child, 100, "spend", 5 * kSlice);
  queue(neighbour, 100, "spend", 5 * kSlice);
  sim_.run();
  ASSERT_EQ(handled_.size(), 200u);
  const auto last_of_neighbour =
      std::find(handled_.rbegin(), handled_.rend(), "neighbour").base() - handled_.begin();
  const auto of_child = std::count(handled_.begin(), handled_.begin() + last_of_neighbour, "child");
  // Its burst is four messages long; then there is one for seven of the neighbour's.
  EXPECT_GE(of_child, 100 / 8);
  EXPECT_LE(of_child, 4 + 1 + 100 / 7);
}

TEST_F(Turns, EndAfterSoManyMessagesThoughNoTimePasses) {
  const ActorRef actor = start("endless");
  queue(actor, 2 * kMessagesPerTurn + 1, "spend", microseconds(0));
  EXPECT_EQ(turn(), Turn::again);
  EXPECT_EQ(handled_.size(), kMessagesPerTurn);
  EXPECT_EQ(turn(), Turn::again);
  EXPECT_EQ(turn(), Turn::waits);
  EXPECT_EQ(handled_.size(), 2 * kMessagesPerTurn + 1);
}

TEST_F(Turns, OfActorsThatUsedUpTheirSliceComeAfterTheOthers) {
  const ActorRef slow = start("slow");
  const ActorRef quick = start("quick");
  queue(slow, 2, "spend", 10 * kSlice);
  queue(quick, 2 * kMessagesPerTurn, "spend", microseconds(0));
  EXPECT_EQ(turn(), Turn::again_late);
  EXPECT_EQ(turn(), Turn::again);
  // By age it would be the slow one's turn.
  sim_.run();
  EXPECT_THAT(who(), ElementsAre("slow", "quick", "slow"));
}

}  // namespace
}  // namespace moonwright::actors
