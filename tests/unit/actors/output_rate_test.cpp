// output_rate_test.cpp: how fast an actor may print and log.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

constexpr std::uint64_t kRate = 1'000;
/// What a line of 84 bytes counts for, and how many of them a burst has room for.
constexpr std::uint64_t kLineCost = 84 + 16;
constexpr std::uint64_t kBurstLines = 16 * kRate / kLineCost;

constexpr const char* kSpeaker = R"(
  local actor = require "actor"
  return {
    print = function(n) for _ = 1, n do print(("x"):rep(83)) end end,
    log = function(n) for _ = 1, n do actor.log("warn", ("y"):rep(84)) end end,
  })";

class OutputRate : public ::testing::Test {
 protected:
  RuntimeOptions options(std::uint64_t rate = kRate) {
    RuntimeOptions options;
    options.output_bytes_per_second = rate;
    options.output = [this](std::string_view, std::string_view) { ++printed_; };
    options.log.target = LogOptions::Target::callback;
    options.log.callback = [this](const LogRecord& record) {
      logged_.emplace_back(record.message);
    };
    return options;
  }

  std::uint64_t printed_ = 0;
  std::vector<std::string> logged_;
};

TEST_F(OutputRate, HasRoomForABurstAndDropsWhatIsBeyond) {
  SimCore sim(options());
  const ActorRef actor = sim.spawn(kSpeaker);
  ASSERT_TRUE(sim.ask(actor, "print", {1'000}));
  EXPECT_GE(printed_, kBurstLines);
  EXPECT_LE(printed_, kBurstLines + 1);
}

TEST_F(OutputRate, ComesBackWithTimeAndSaysHowMuchWasDropped) {
  SimCore sim(options());
  const ActorRef actor = sim.spawn(kSpeaker);
  ASSERT_TRUE(sim.ask(actor, "print", {500}));
  const std::uint64_t before = printed_;
  sim.advance(seconds(1));
  ASSERT_TRUE(sim.ask(actor, "print", {100}));
  EXPECT_GE(printed_ - before, kRate / kLineCost);
  EXPECT_LE(printed_ - before, kRate / kLineCost + 1);
  ASSERT_EQ(logged_.size(), 1u);
  EXPECT_THAT(logged_[0], HasSubstr("dropped " + std::to_string(500 - before) + " lines, "));
}

TEST_F(OutputRate, IsOneForWhatIsPrintedAndWhatIsLogged) {
  SimCore sim(options());
  const ActorRef actor = sim.spawn(kSpeaker);
  ASSERT_TRUE(sim.ask(actor, "log", {1'000}));
  EXPECT_LE(logged_.size(), kBurstLines + 1);
  ASSERT_TRUE(sim.ask(actor, "print", {10}));
  EXPECT_EQ(printed_, 0u);
}

TEST_F(OutputRate, IsOfEachActorAlone) {
  SimCore sim(options());
  const ActorRef loud = sim.spawn(kSpeaker);
  const ActorRef other = sim.spawn(kSpeaker);
  ASSERT_TRUE(sim.ask(loud, "print", {1'000}));
  const std::uint64_t before = printed_;
  ASSERT_TRUE(sim.ask(other, "print", {10}));
  EXPECT_EQ(printed_, before + 10);
}

TEST_F(OutputRate, DoesNotHoldForTrustedActorsNorWithoutABound) {
  SimCore sim(options());
  SpawnOptions trusted;
  trusted.sandbox = Sandbox::none;
  ASSERT_TRUE(sim.ask(sim.spawn(kSpeaker, std::move(trusted)), "print", {1'000}));
  EXPECT_EQ(printed_, 1'000u);
  SimCore free(options(kUnlimited));
  ASSERT_TRUE(free.ask(free.spawn(kSpeaker), "print", {1'000}));
  EXPECT_EQ(printed_, 2'000u);
}

}  // namespace
}  // namespace moonwright::actors
