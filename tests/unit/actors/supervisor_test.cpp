// supervisor_test.cpp: what becomes of supervised actors, with the clock and the turns in our
// hands.
#include "actors/supervisor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
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

// Counts, fails and ends on request; says when it begins.
constexpr const char* kWorker = R"(
  local actor, id = require "actor", ...
  print("start " .. id)
  local n = 0
  return {
    add = function(k) n = n + k return n end,
    boom = function() error "boom" end,
    slow_boom = function() actor.sleep(1) error "slow boom" end,
    wrong = function() error { code = "invalid_argument", message = "your fault" } end,
    quit = function(why) actor.exit(why) end,
    wait = function() actor.sleep(3) return "waited" end,
    on_stop = function() print("stop " .. id) end,
  }
)";

class Supervisors : public ::testing::Test {
 protected:
  Supervisors() : sim_(options()) {}

  RuntimeOptions options() {
    RuntimeOptions options = printing_options(lines_);
    options.on_give_up = [this](const ActorRef&, const std::string& why) { given_up_ = why; };
    return options;
  }

  static ChildSpec child(std::string id, Restart restart = Restart::permanent) {
    ChildSpec spec = child_spec(id, kWorker);
    spec.restart = restart;
    spec.spawn.args = {std::move(id)};
    return spec;
  }

  ActorRef supervise(const SupervisorSpec& spec) {
    const ActorRef supervisor = sim_.supervise(spec);
    sim_.run();
    return supervisor;
  }

  ActorRef find(const std::string& name) { return sim_.find(name); }
  std::string ask(const ActorRef& to, const char* name, Values args = {}) {
    const auto answer = sim_.ask(to, name, std::move(args));
    if (!answer) return std::string(to_string(answer.error().code));
    if (answer->empty()) return "nothing";
    const Value& value = answer->front();
    return value.is_integer() ? std::to_string(value.as_integer()) : std::string(value.as_string());
  }
  /// The state of a child, as `which` tells it.
  std::string state(const ActorRef& supervisor, std::string_view id) {
    const auto answer = sim_.ask(supervisor, "which");
    if (!answer) return std::string(to_string(answer.error().code));
    for (const Value& row : (*answer)[0].as_table().elements()) {
      if (row["id"].as_string() == id) return std::string(row["state"].as_string());
    }
    return "unknown";
  }
  std::vector<std::string> take_lines() { return std::exchange(lines_, {}); }

  std::vector<std::string> lines_;
  std::string given_up_;
  Answers caller_;
  SimCore sim_;
};

TEST_F(Supervisors, StartTheirChildrenInOrderAndStopThemInReverse) {
  SupervisorSpec spec;
  spec.children = {child("a"), child("b"), child("c")};
  const ActorRef top = supervise(spec);
  EXPECT_THAT(take_lines(), ElementsAre("start a", "start b", "start c"));
  sim_.stop(top, seconds(10));
  sim_.run();
  EXPECT_THAT(take_lines(), ElementsAre("stop c", "stop b", "stop a"));
  EXPECT_FALSE(find("a"));
}

TEST_F(Supervisors, StartAChildOnlyWhenTheOneBeforeHasReturnedFromItsChunk) {
  SupervisorSpec spec;
  ChildSpec slow = child("slow");
  slow.spawn.script =
      Script::text("require('actor').sleep(2) print 'slow is ready' return {}", "s");
  spec.children = {slow, child("b")};
  supervise(spec);
  EXPECT_THAT(take_lines(), ElementsAre());
  sim_.advance(seconds(2));
  EXPECT_THAT(take_lines(), ElementsAre("slow is ready", "start b"));
}

TEST_F(Supervisors, RestartInPlaceWithTheSameAddressNameAndMailbox) {
  SupervisorSpec spec;
  spec.children = {child("a")};
  supervise(spec);
  const ActorRef a = find("a");
  EXPECT_EQ(ask(a, "add", {7}), "7");
  sim_.send(a, "boom");
  sim_.send(a, "add", {1});
  EXPECT_EQ(ask(a, "add", {1}), "2") << "a new state, and the message behind the crash was kept";
  EXPECT_EQ(find("a"), a);
  EXPECT_EQ(ScriptActor::of(a).incarnation(), 2u);
}

TEST_F(Supervisors, AnswerTheRequestThatCrashedAndThoseThatWereSuspended) {
  SupervisorSpec spec;
  spec.children = {child("a")};
  supervise(spec);
  const ActorRef a = find("a");
  sim_.request(caller_, 1, a, "wait");
  sim_.request(caller_, 2, a, "boom");
  sim_.run();
  ASSERT_EQ(caller_.to(2).size(), 1u);
  EXPECT_THAT(caller_.to(2)[0].error().message, HasSubstr("boom"));
  ASSERT_EQ(caller_.to(1).size(), 1u);
  EXPECT_EQ(caller_.to(1)[0].error().code, ErrorCode::dead);
  EXPECT_THAT(caller_.to(1)[0].error().message, HasSubstr("boom")) << "with the crash as the cause";
}

TEST_F(Supervisors, DoNotLetWhatACallerDidWrongCrashACallee) {
  SupervisorSpec spec;
  spec.children = {child("a")};
  supervise(spec);
  const ActorRef a = find("a");
  EXPECT_EQ(ask(a, "nobody handles this"), "no_handler");
  EXPECT_EQ(ask(a, "wrong"), "invalid_argument");
  EXPECT_EQ(ScriptActor::of(a).incarnation(), 1u);
}

TEST_F(Supervisors, RestartTransientChildrenOnlyAfterFailures) {
  SupervisorSpec spec;
  spec.children = {child("normal", Restart::transient), child("failed", Restart::transient)};
  const ActorRef top = supervise(spec);
  sim_.send(find("normal"), "quit", {"normal"});
  sim_.send(find("failed"), "quit", {"bored"});
  sim_.run();
  EXPECT_EQ(state(top, "normal"), "stopped");
  EXPECT_EQ(state(top, "failed"), "running");
}

TEST_F(Supervisors, ForgetTemporaryChildren) {
  SupervisorSpec spec;
  spec.children = {child("a", Restart::temporary)};
  const ActorRef top = supervise(spec);
  sim_.send(find("a"), "boom");
  sim_.run();
  EXPECT_EQ(state(top, "a"), "running") << "an error is reported, and does not end it";
  sim_.send(find("a"), "quit", {"bored"});
  sim_.run();
  EXPECT_EQ(state(top, "a"), "unknown");
}

TEST_F(Supervisors, WaitLongerBeforeEachRestartInARow) {
  SupervisorSpec spec;
  spec.children = {child("a")};
  spec.back_off.jitter = 0;
  const ActorRef top = supervise(spec);
  const ActorRef a = find("a");
  take_lines();
  sim_.send(a, "boom");
  sim_.run();
  EXPECT_THAT(take_lines(), ElementsAre("start a")) << "the first at once";
  for (const int wait : {50, 100, 200}) {
    sim_.send(a, "boom");
    sim_.advance(milliseconds(wait - 1));
    EXPECT_EQ(state(top, "a"), "waiting");
    sim_.advance(milliseconds(1));
    EXPECT_THAT(take_lines(), ElementsAre("start a")) << wait;
  }
}

TEST_F(Supervisors, GiveUpAfterMoreRestartsThanTheirIntensity) {
  SupervisorSpec spec;
  spec.intensity = {2, seconds(30)};
  spec.back_off.first = milliseconds(0);
  spec.children = {child("a"), child("b")};
  const ActorRef top = supervise(spec);
  for (int i = 0; i < 2; ++i) {
    sim_.send(find("a"), "boom");
    sim_.run();
  }
  EXPECT_FALSE(sim_.core().live().count() == 0);
  sim_.send(find("a"), "boom");
  sim_.run();
  EXPECT_EQ(sim_.core().live().count(), 0u);
  EXPECT_EQ(ask(top, "which"), "dead");
}

TEST_F(Supervisors, RestartAGroupInOrder) {
  SupervisorSpec spec;
  spec.strategy = Strategy::rest_for_one;
  spec.children = {child("a"), child("b"), child("c")};
  supervise(spec);
  take_lines();
  sim_.send(find("b"), "boom");
  sim_.run();
  EXPECT_THAT(take_lines(), ElementsAre("stop c", "start b", "start c"));
}

TEST_F(Supervisors, NestAndEscalate) {
  auto inner = std::make_shared<SupervisorSpec>();
  inner->intensity = {1, seconds(30)};
  inner->back_off.first = milliseconds(0);
  inner->children = {child("a")};
  ChildSpec nested;
  nested.id = "inner";
  nested.supervisor = inner;
  SupervisorSpec spec;
  spec.children = {nested, child("b")};
  const ActorRef top = supervise(spec);
  EXPECT_THAT(take_lines(), ElementsAre("start a", "start b"));
  const ActorRef first = find("a");
  sim_.send(first, "boom");
  sim_.run();
  EXPECT_EQ(find("a"), first);
  sim_.send(first, "boom");
  sim_.run();
  EXPECT_NE(find("a"), first) << "the inner supervisor gave up and was restarted with new children";
  EXPECT_EQ(state(top, "inner"), "running");
  EXPECT_EQ(ask(find("a"), "add", {1}), "1");
}

TEST_F(Supervisors, FailToStartAsAWhole) {
  SupervisorSpec spec;
  ChildSpec bad = child("bad");
  bad.spawn.script = Script::text("error 'no'", "bad");
  spec.children = {child("a"), bad, child("c")};
  supervise(spec);
  EXPECT_THAT(take_lines(), ElementsAre("start a", "stop a"));
  EXPECT_EQ(sim_.core().live().count(), 0u);
}

TEST_F(Supervisors, KillAChildWhoseChunkDoesNotReturnInTime) {
  SupervisorSpec spec;
  ChildSpec hangs = child("hangs");
  hangs.spawn.script = Script::text("require('actor').sleep(1000)", "hangs");
  hangs.start_deadline = seconds(2);
  spec.children = {hangs};
  supervise(spec);
  EXPECT_EQ(sim_.core().live().count(), 2u);
  sim_.advance(seconds(2));
  EXPECT_EQ(sim_.core().live().count(), 0u);
}

TEST_F(Supervisors, TellMonitorsOfEachEndAndWhetherTheActorComesBack) {
  SupervisorSpec spec;
  spec.children = {child("a")};
  const ActorRef top = supervise(spec);
  sim_.monitor(caller_, 1, find("a"));
  sim_.send(find("a"), "boom");
  sim_.run();
  sim_.stop(top, seconds(10));
  sim_.run();
  EXPECT_THAT(caller_.downs(), ElementsAre("error", "stopped"));
}

TEST_F(Supervisors, BoundWhatAllTheirChildrenUseOfTheBudget) {
  constexpr const char* kKeeper = R"(
    local kept = {}
    return { keep = function(n) kept[#kept + 1] = ("x"):rep(n) return #kept end }
  )";
  SupervisorSpec spec;
  spec.memory_bytes_max = 2u << 20;
  for (const char* id : {"a", "b"}) {
    spec.children.push_back(child(id));
    spec.children.back().spawn.script = Script::text(kKeeper, "keeper");
  }
  supervise(spec);
  int kept = 0;
  std::string answer = "0";
  for (; kept < 100 && std::isdigit(answer[0]) != 0; ++kept) {
    answer = ask(find(kept % 2 == 0 ? "a" : "b"), "keep", {100'000});
  }
  EXPECT_EQ(answer, "memory_limit") << "although each of them has 50 MiB itself";
  EXPECT_GT(kept, 10);
  EXPECT_LE(kept, 21);
  EXPECT_NE(std::isdigit(ask(find("b"), "keep", {100'000})[0]), 0) << "one of them began anew";
}

TEST_F(Supervisors, BuryTheMessageThatCrashedAnActor) {
  SupervisorSpec spec;
  spec.children = {child("a")};
  supervise(spec);
  sim_.send(find("a"), "boom", {1, "two"});
  sim_.send(find("a"), "slow_boom", {3});
  sim_.advance(seconds(2));
  const auto letters = sim_.core().dead_letters().letters();
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].kind, DeadLetterKind::crashed);
  EXPECT_EQ(letters[0].message_name, "boom");
  EXPECT_EQ(letters[0].args, (Values{1, "two"}));
  EXPECT_EQ(letters[1].message_name, "slow_boom") << "also when it had been waiting";
  EXPECT_EQ(letters[1].incarnation, 2u);
}

}  // namespace
}  // namespace moonwright::actors
