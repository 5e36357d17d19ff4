// reload_test.cpp: new source for actors that run.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "actors/reloading.hpp"
#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::seconds;

// Says which source it is, and can be in the middle of something.
std::string source_of(const std::string& version) {
  return "local actor = require 'actor' return { which = function() return '" + version +
         "' end, wait = function(n) actor.sleep(n) return '" + version + "' end }";
}

class Reloading : public ::testing::Test {
 protected:
  ActorRef spawn(const std::string& name = "script") {
    SpawnOptions options;
    options.script = Script::text(source_of("old"), name);
    return *sim_.core().spawn(options);
  }

  /// Of a text of that name; what became of it is in `report_`.
  Result<std::uint32_t> reload(const std::string& source, ReloadOptions options = {},
                               const std::string& name = "script") {
    report_.reset();
    return actors::reload(sim_.core(), Script::text(source, name), options,
                          [this](Result<ReloadReport> report) { report_ = std::move(report); });
  }

  std::string ask(const ActorRef& actor) {
    const Result<Values> answer = sim_.ask(actor, "which");
    return answer ? std::string((*answer)[0].as_string()) : answer.error().message;
  }

  SimCore sim_;
  Answers answers_;
  std::optional<Result<ReloadReport>> report_;
};

TEST_F(Reloading, GivesAllWhoRunAScriptTheNewSource) {
  const std::vector<ActorRef> actors{spawn(), spawn(), spawn()};
  const ActorRef other = spawn("other");
  sim_.run();
  EXPECT_EQ(ask(actors[0]), "old");
  ASSERT_EQ(reload(source_of("new")).value(), 2u);
  sim_.run();
  for (const ActorRef& actor : actors) EXPECT_EQ(ask(actor), "new");
  EXPECT_EQ(ask(other), "old");
  ASSERT_TRUE(report_ && *report_);
  EXPECT_EQ((*report_)->reloaded, 3u);
  EXPECT_EQ((*report_)->generation, 2u);
  EXPECT_EQ(ScriptActor::stats_of(*actors[1].target())->generation, 2u);
  EXPECT_EQ(ScriptActor::stats_of(*actors[1].target())->incarnation, 2u);
}

TEST_F(Reloading, ChangesNothingIfTheSourceDoesNotCompile) {
  const ActorRef actor = spawn();
  sim_.run();
  EXPECT_EQ(reload("return {").error().code, ErrorCode::syntax_error);
  EXPECT_FALSE(report_);
  sim_.run();
  EXPECT_EQ(ask(actor), "old");
  EXPECT_EQ(ScriptActor::stats_of(*actor.target())->incarnation, 1u);
}

TEST_F(Reloading, GoesBackIfTheNewSourceCannotBegin) {
  const ActorRef actor = spawn();
  sim_.run();
  ASSERT_TRUE(reload("error 'not like this'"));
  sim_.run();
  EXPECT_EQ(ask(actor), "old");
  ASSERT_TRUE(report_ && *report_);
  EXPECT_EQ((*report_)->reloaded, 0u);
  ASSERT_EQ((*report_)->kept.size(), 1u);
  EXPECT_NE((*report_)->kept[0].error.message.find("not like this"), std::string::npos);
  // Nor does anybody else begin with it.
  const auto& source = ScriptActor::of(actor).plan().source;
  EXPECT_EQ(source->newest().generation, 1u);
  ASSERT_EQ(reload(source_of("new")).value(), 3u);
  sim_.run();
  EXPECT_EQ(ask(actor), "new");
}

TEST_F(Reloading, WaitsForWhatHasBegunAndLosesNothing) {
  const ActorRef actor = spawn();
  sim_.run();
  sim_.request(answers_, 1, actor, "wait", {1});
  sim_.run();
  ASSERT_TRUE(reload(source_of("new")));
  for (std::uint64_t i = 2; i < 10; ++i) sim_.request(answers_, i, actor, "which");
  sim_.advance(seconds(2));
  EXPECT_EQ(answers_.to(1).at(0).value()[0].as_string(), "old");
  for (std::uint64_t i = 2; i < 10; ++i) {
    EXPECT_EQ(answers_.to(i).at(0).value()[0].as_string(), "new") << i;
  }
}

TEST_F(Reloading, MayBeAskedForAgainMeanwhileByWhoDoesNotWait) {
  const ActorRef actor = spawn();
  sim_.run();
  sim_.request(answers_, 1, actor, "wait", {1});
  sim_.run();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(actors::reload(sim_.core(), Script::text(source_of("new"), "script"), {}, nullptr));
    sim_.run();
  }
  sim_.advance(seconds(2));
  EXPECT_EQ(ask(actor), "new");
}

TEST_F(Reloading, LeavesWhoCannotFinishInTimeAsItIs) {
  const ActorRef actor = spawn();
  sim_.run();
  sim_.request(answers_, 1, actor, "wait", {60});
  sim_.run();
  ASSERT_TRUE(reload(source_of("new")));
  sim_.advance(seconds(10));
  ASSERT_TRUE(report_ && *report_);
  ASSERT_EQ((*report_)->kept.size(), 1u);
  EXPECT_EQ((*report_)->kept[0].error.code, ErrorCode::timeout);
  EXPECT_EQ(ask(actor), "old");
  // Whoever must, is made to.
  ASSERT_TRUE(reload(source_of("new"), {.forced = true}));
  sim_.advance(seconds(10));
  EXPECT_EQ(ask(actor), "new");
  EXPECT_EQ(answers_.to(1).at(0).error().code, ErrorCode::cancelled);
}

TEST_F(Reloading, HoldsForRestartsToo) {
  const ActorRef actor = sim_.supervise(child_spec("a", source_of("old")));
  ASSERT_TRUE(reload(source_of("new"), {}, "worker"));
  sim_.run();
  EXPECT_EQ(ask(actor), "new");
  sim_.kill(actor);
  sim_.advance(seconds(1));
  EXPECT_EQ(ask(sim_.find("a")), "new");
}

TEST_F(Reloading, OfWhatNobodyRunsIsRefused) {
  EXPECT_EQ(reload(source_of("new")).error().code, ErrorCode::not_found);
  EXPECT_EQ(actors::reload(sim_.core(), Script::file("nowhere.lua"), {}, nullptr).error().code,
            ErrorCode::not_found);
}

}  // namespace
}  // namespace moonwright::actors
