// carry_test.cpp: what an actor's script has, carried from one state to the next.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "actors/reloading.hpp"
#include "sim_core.hpp"
#include "support/eventually.hpp"
#include "support/temp_folder.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Counts in a global, which is carried, and in what on_checkpoint() returns; and in a local, which
// is not.
constexpr const char* kCounter = R"(
  local actor = require "actor"
  total = total or 0
  local kept, lost = 0, 0
  return {
    add = function(n) total = total + n kept = kept + n lost = lost + n return total end,
    get = function() return total, kept, lost end,
    wait = function(n) actor.sleep(n) end,
    fail = function() error "no" end,
    on_checkpoint = function() return { kept = kept } end,
    on_restore = function(data) kept = data.kept end,
  })";

// Has nothing to say about what matters: that is its globals.
constexpr const char* kPlain = R"(
  total = total or 0
  local lost = 0
  return {
    add = function(n) total = total + n lost = lost + n end,
    get = function() return total, lost end,
    spoil = function() spoiled = coroutine.create(function() end) end,
  })";

class Carrying : public ::testing::Test {
 protected:
  ActorRef spawn(const std::string& source = kCounter) {
    SpawnOptions options;
    options.script = Script::text(source, "counter");
    const ActorRef actor = *sim_.core().spawn(options);
    sim_.run();
    return actor;
  }

  /// Of a supervised one.
  ActorRef supervise(milliseconds every = {}) {
    ChildSpec child = child_spec("counter", kCounter);
    child.spawn.checkpoint_every = every;
    return sim_.supervise(std::move(child));
  }

  void order(const ActorRef& actor) {
    taken_.reset();
    sim_.checkpoint(actor, [this](Result<Checkpoint> taken) { taken_ = std::move(taken); });
  }

  Result<std::uint32_t> reload(const std::string& source, bool forced = false) {
    report_.reset();
    return actors::reload(sim_.core(), Script::text(source, "counter"), {.forced = forced},
                          [this](Result<ReloadReport> report) { report_ = std::move(report); });
  }

  Values get(const ActorRef& actor) { return sim_.ask(actor, "get").value_or(Values{}); }

  SimCore sim_;
  Answers answers_;
  std::optional<Result<Checkpoint>> taken_;
  std::optional<Result<ReloadReport>> report_;
};

TEST_F(Carrying, BringsGlobalsToTheNewSource) {
  const ActorRef actor = spawn(kPlain);
  static_cast<void>(sim_.ask(actor, "add", {5}));
  EXPECT_EQ(get(actor), (Values{5, 5}));
  ASSERT_TRUE(reload(kPlain + std::string(" -- changed")));
  sim_.run();
  EXPECT_EQ((*report_)->reloaded, 1u);
  EXPECT_EQ(get(actor), (Values{5, 0}));
}

TEST_F(Carrying, BringsWhatTheScriptGivesToTheNewSource) {
  const ActorRef actor = spawn();
  static_cast<void>(sim_.ask(actor, "add", {5}));
  EXPECT_EQ(get(actor), (Values{5, 5, 5}));
  ASSERT_TRUE(reload(kCounter + std::string(" -- changed")));
  sim_.run();
  ASSERT_TRUE(report_ && *report_);
  EXPECT_EQ((*report_)->reloaded, 1u);
  EXPECT_EQ(get(actor), (Values{0, 5, 0}));
}

TEST_F(Carrying, KeepsThemIfTheNewSourceFails) {
  const ActorRef actor = spawn();
  static_cast<void>(sim_.ask(actor, "add", {5}));
  ASSERT_TRUE(reload("total = 99 error 'no'"));
  sim_.run();
  EXPECT_EQ((*report_)->kept.size(), 1u);
  EXPECT_EQ(get(actor), (Values{0, 5, 0}));
}

TEST_F(Carrying, LeavesAnActorAsItIsIfItsDataCannotBeTaken) {
  const ActorRef actor = spawn(kPlain);
  static_cast<void>(sim_.ask(actor, "add", {5}));
  static_cast<void>(sim_.ask(actor, "spoil"));
  ASSERT_TRUE(reload(kPlain + std::string(" -- changed")));
  sim_.run();
  ASSERT_EQ((*report_)->kept.size(), 1u);
  EXPECT_EQ((*report_)->kept[0].error.code, ErrorCode::unsupported);
  EXPECT_NE((*report_)->kept[0].error.message.find("spoiled"), std::string::npos)
      << (*report_)->kept[0].error.message;
  EXPECT_EQ(get(actor), (Values{5, 5}));
  ASSERT_TRUE(reload(kPlain + std::string(" -- again"), true));
  sim_.run();
  EXPECT_EQ((*report_)->reloaded, 1u);
  EXPECT_EQ(get(actor), (Values{0, 0}));
}

TEST_F(Carrying, TakesACheckpointBetweenTwoMessagesAndGivesItBack) {
  const ActorRef actor = spawn();
  static_cast<void>(sim_.ask(actor, "add", {7}));
  sim_.request(answers_, 1, actor, "wait", {1});
  sim_.run();
  order(actor);
  for (std::uint64_t i = 2; i < 5; ++i) sim_.request(answers_, i, actor, "add", {1});
  sim_.run();
  EXPECT_FALSE(taken_) << "a handler is under way";
  sim_.advance(seconds(2));
  ASSERT_TRUE(taken_ && *taken_) << (*taken_).error().message;
  EXPECT_EQ((*taken_)->info().generation, 1u);
  EXPECT_EQ(get(actor), (Values{10, 10, 10}));
  sim_.restore(actor, **taken_);
  sim_.run();
  EXPECT_EQ(get(actor), (Values{0, 7, 0}));
}

TEST_F(Carrying, DoesNotWaitForEver) {
  const ActorRef actor = spawn();
  sim_.request(answers_, 1, actor, "wait", {20});
  sim_.run();
  order(actor);
  sim_.request(answers_, 2, actor, "add", {1});
  sim_.advance(seconds(6));
  ASSERT_TRUE(taken_);
  EXPECT_EQ(taken_->error().code, ErrorCode::timeout);
  EXPECT_EQ(answers_.to(2).size(), 1u);
  sim_.advance(seconds(20));
}

TEST_F(Carrying, BringsTheLastCheckpointThroughACrash) {
  const ActorRef actor = supervise();
  static_cast<void>(sim_.ask(actor, "add", {3}));
  order(actor);
  sim_.run();
  ASSERT_TRUE(taken_ && *taken_);
  static_cast<void>(sim_.ask(actor, "add", {4}));
  static_cast<void>(sim_.ask(actor, "fail"));
  sim_.advance(seconds(1));
  EXPECT_EQ(get(actor), (Values{0, 3, 0})) << "as of the checkpoint";
}

TEST_F(Carrying, TakesCheckpointsNowAndThen) {
  const ActorRef actor = supervise(milliseconds(500));
  static_cast<void>(sim_.ask(actor, "add", {3}));
  sim_.advance(seconds(1));
  static_cast<void>(sim_.ask(actor, "add", {4}));
  sim_.kill(actor);
  sim_.advance(seconds(1));
  EXPECT_EQ(get(actor), (Values{0, 3, 0}));
}

TEST_F(Carrying, RefusesWhatALimitEndedOnCheckpointOf) {
  SpawnOptions options;
  options.script = Script::text(
      "lost = 1 return { on_checkpoint = function() while true do end end }", "endless");
  options.limits.emplace().instructions_max = 10'000;
  const ActorRef actor = *sim_.core().spawn(options);
  sim_.run();
  order(actor);
  sim_.run();
  ASSERT_TRUE(taken_);
  ASSERT_FALSE(*taken_) << "what it wants kept is not known";
  EXPECT_EQ(taken_->error().code, ErrorCode::cancelled);
}

TEST_F(Carrying, BringsWhatTheScriptGivesThroughARecycling) {
  const ActorRef actor = supervise();
  static_cast<void>(sim_.ask(actor, "add", {3}));
  ASSERT_TRUE(ScriptActor::recycle(*actor.target(), false, "test", nullptr));
  sim_.run();
  EXPECT_EQ(get(actor), (Values{0, 3, 0})) << "globals may be what made it unwell";
}

TEST_F(Carrying, BeginsWithoutACheckpointThatCannotBeRestored) {
  // What a source cannot take is dropped after one attempt.
  std::string refusing = kCounter;
  refusing.replace(refusing.find("kept = data.kept"), 16, "error 'no'      ");
  const ActorRef actor = sim_.supervise(child_spec("counter", refusing));
  static_cast<void>(sim_.ask(actor, "add", {3}));
  order(actor);
  sim_.run();
  ASSERT_TRUE(taken_ && *taken_);
  sim_.kill(actor);
  sim_.advance(seconds(5));
  EXPECT_EQ(get(actor), (Values{0, 0, 0}));
}

TEST_F(Carrying, GoesBackToASourceThatTakesItsDataInARestartToo) {
  const ActorRef actor = supervise();
  static_cast<void>(sim_.ask(actor, "add", {3}));
  order(actor);
  sim_.run();
  ASSERT_TRUE(taken_ && *taken_);
  const auto& source = ScriptActor::of(actor).plan().source;
  for (const char* broken : {"error 'no'", "error 'neither'"}) {
    source->advance(std::make_shared<const runtime::Code>(*runtime::compile(broken, "=broken")));
  }
  sim_.kill(actor);
  sim_.advance(seconds(5));
  EXPECT_EQ(get(actor), (Values{0, 3, 0}));
  EXPECT_EQ(source->newest().generation, 1u) << "nobody has begun with the second one either";
}

TEST_F(Carrying, DoesNotTryAgainAtOnceWhatCannotBeTaken) {
  SpawnOptions options;
  options.script = Script::text(kPlain, "counter");
  options.checkpoint_every = milliseconds(500);
  const ActorRef actor = *sim_.core().spawn(options);
  sim_.run();
  static_cast<void>(sim_.ask(actor, "spoil"));
  sim_.advance(seconds(2));  // comes back: nobody spins
  EXPECT_EQ(get(actor), (Values{0, 0}));
}

TEST_F(Carrying, KeepsTheDataOfARestoreThatComesWhileALifeBegins) {
  const ActorRef actor = spawn("require('actor').sleep(1) " + std::string(kCounter));
  sim_.advance(seconds(2));
  static_cast<void>(sim_.ask(actor, "add", {3}));
  order(actor);
  sim_.run();
  ASSERT_TRUE(taken_ && *taken_);
  sim_.restore(actor, **taken_);
  sim_.run();
  sim_.restore(actor, **taken_);  // the life of the first one is beginning
  sim_.advance(seconds(5));
  EXPECT_EQ(get(actor), (Values{0, 3, 0}));
}

TEST_F(Carrying, WritesAFileThatANewActorBeginsWith) {
  const tests::TempFolder folder;
  SpawnOptions options;
  options.script = Script::text(kCounter, "counter");
  options.checkpoint_every = milliseconds(500);
  options.checkpoint_file = folder.path() + "/counter.checkpoint";
  const ActorRef actor = *sim_.core().spawn(options);
  sim_.run();
  static_cast<void>(sim_.ask(actor, "add", {3}));
  sim_.advance(seconds(1));
  ASSERT_TRUE(
      tests::eventually([&] { return read_checkpoint(options.checkpoint_file).has_value(); }));
  sim_.kill(actor);
  sim_.run();
  const ActorRef next = *sim_.core().spawn(options);
  sim_.run();
  EXPECT_EQ(get(next), (Values{0, 3, 0}));
}

}  // namespace
}  // namespace moonwright::actors
