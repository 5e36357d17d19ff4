// events_test.cpp: what is told of the lives of actors, to whom, and in which order.
#include "actors/events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <mutex>
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
using ::testing::IsEmpty;

class Events : public ::testing::Test {
 protected:
  Events() : sim_(options()) {}

  RuntimeOptions options() {
    RuntimeOptions options = printing_options(lines_);
    options.event_queue_max = 20;
    options.log.target = LogOptions::Target::callback;
    options.log.callback = [this](const LogRecord& record) {
      const std::lock_guard lock(mutex_);
      logged_.emplace_back(record.message);
    };
    return options;
  }

  /// Notes what comes, as "name type reason".
  EventHandler note() {
    return [this](const Event& event) {
      const std::lock_guard lock(mutex_);
      std::string text = event.name + " " + std::string(to_string(event.type));
      if (event.incarnation > 1) text += " " + std::to_string(event.incarnation);
      if (!event.reason.empty()) text += " " + event.reason;
      noted_.push_back(std::move(text));
      last_ = event;
    };
  }
  /// All that has come by now.
  std::vector<std::string> take() {
    EXPECT_TRUE(sim_.core().callbacks().drain(seconds(10)));
    const std::lock_guard lock(mutex_);
    return std::exchange(noted_, {});
  }
  ActorRef spawn(const std::string& name, const char* source, Sandbox level = Sandbox::restricted) {
    SpawnOptions options;
    options.name = name;
    options.sandbox = level;
    return sim_.spawn(source, std::move(options));
  }

  std::vector<std::string> lines_;
  std::mutex mutex_;
  std::vector<std::string> noted_;   ///< under mutex_
  std::vector<std::string> logged_;  ///< the same
  Event last_;                       ///< the same
  SimCore sim_;
};

constexpr const char* kWorker = R"(
  local actor = require "actor"
  return {
    work = function() end,
    fail = function() error "no" end,
    wait = function() actor.sleep(1) end,
    exit = function() actor.exit "enough" end,
  }
)";

TEST_F(Events, TellOfALifeInOrder) {
  const auto all = sim_.core().events().subscribe(kAllEvents, note());
  const ActorRef actor = spawn("a", kWorker);
  sim_.run();
  EXPECT_THAT(take(), ElementsAre("a created"));
  sim_.send(actor, "work");
  sim_.send(actor, "work");
  sim_.send(actor, "fail");
  sim_.run();
  EXPECT_THAT(take(),
              ElementsAre("a activated", "a dead_letter failed", "a error error", "a deactivated"))
      << "not once per message";
  EXPECT_EQ(last_.actor, actor);
  EXPECT_EQ(last_.generation, 1u);
  sim_.send(actor, "exit");
  sim_.run();
  EXPECT_THAT(take(), ElementsAre("a activated", "a destroyed enough"));
}

TEST_F(Events, CallAnActorActiveWhileAHandlerIsUnderWay) {
  const auto all = sim_.core().events().subscribe(kAllEvents, note());
  const ActorRef actor = spawn("a", kWorker);
  sim_.send(actor, "wait");
  sim_.run();
  EXPECT_THAT(take(), ElementsAre("a created", "a activated"));
  sim_.advance(seconds(1));
  EXPECT_THAT(take(), ElementsAre("a deactivated"));
}

TEST_F(Events, SayWhatFailed) {
  const auto errors = sim_.core().events().subscribe(mask_of(EventType::error), note());
  const ActorRef actor = spawn("a", kWorker);
  static_cast<void>(sim_.ask(actor, "fail"));
  sim_.run();
  EXPECT_THAT(take(), ElementsAre("a error error")) << "and nothing of other types";
  EXPECT_THAT(last_.text, HasSubstr("no"));
  EXPECT_EQ(last_.figures.get("message").as_string(), "fail");
}

TEST_F(Events, SayWhichLimitWasHit) {
  const auto all = sim_.core().events().subscribe(kAllEvents, note());
  SpawnOptions options;
  options.name = "a";
  options.limits = Limits{};
  options.limits->instructions_max = 10'000;
  options.limits->on_limit = OnLimit::abort_message;
  const ActorRef actor = sim_.spawn("return { spin = function() while true do end end }", options);
  sim_.send(actor, "spin");
  sim_.run();
  EXPECT_THAT(take(),
              ElementsAre("a created", "a activated", "a warning instructions",
                          "a limit instruction_limit", "a dead_letter failed", "a deactivated"));
}

TEST_F(Events, TellOfRestartsAndRecycling) {
  const auto all = sim_.core().events().subscribe(kAllEvents, note());
  const ActorRef actor = sim_.supervise(child_spec("a", kWorker));
  sim_.send(actor, "fail");
  sim_.run();
  EXPECT_THAT(take(), ElementsAre("a created", "a activated", "a dead_letter crashed",
                                  "a error error", "a destroyed error", "a created 2"));
  ASSERT_TRUE(ScriptActor::recycle(*actor.target(), false, "on request", nullptr));
  sim_.run();
  EXPECT_THAT(take(),
              ElementsAre("a destroyed 2 recycled", "a recycled 2 on request", "a created 3"));
  sim_.kill(actor);
  sim_.advance(seconds(1));
  EXPECT_THAT(take(), ElementsAre("a destroyed 3 killed", "a created 4"));
}

TEST_F(Events, CostNothingWhereNobodyWantsThem) {
  EventHub& hub = sim_.core().events();
  EXPECT_FALSE(hub.wants(EventType::created));
  {
    const auto subscription = hub.subscribe(mask_of(EventType::created), note());
    EXPECT_TRUE(hub.wants(EventType::created));
    EXPECT_FALSE(hub.wants(EventType::error));
  }
  EXPECT_FALSE(hub.wants(EventType::created));
}

TEST_F(Events, DoNotComeAfterTheSubscriptionHasGone) {
  auto subscription = sim_.core().events().subscribe(kAllEvents, note());
  spawn("a", kWorker);
  subscription.unsubscribe();
  EXPECT_FALSE(subscription);
  take();
  sim_.run();
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(Events, MayBeUnsubscribedByTheirHandler) {
  EventSubscription subscription;
  int seen = 0;
  subscription = sim_.core().events().subscribe(kAllEvents, [&](const Event&) {
    ++seen;
    subscription.unsubscribe();
  });
  spawn("a", kWorker);
  spawn("b", kWorker);
  sim_.run();
  take();
  EXPECT_EQ(seen, 1);
}

TEST_F(Events, ThatDoNotFitAreDroppedAndCounted) {
  std::promise<void> begun;
  std::promise<void> go;
  bool first = true;
  const auto slow = sim_.core().events().subscribe(kAllEvents, [&](const Event&) {
    if (!std::exchange(first, false)) return;
    begun.set_value();
    go.get_future().wait();
  });
  const ActorRef actor = spawn("a", kWorker);
  sim_.run();
  begun.get_future().wait();
  for (int i = 0; i < 50; ++i) {
    sim_.send(actor, "work");
    sim_.run();
  }
  EXPECT_EQ(sim_.core().events().dropped(), 80u) << "the actor has not waited";
  go.set_value();
  take();
  const std::lock_guard lock(mutex_);
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("1 events were dropped"))) << "once a second at most";
}

TEST_F(Events, ReachScriptsAsMessages) {
  spawn("watcher", R"(
    require("lifecycle").subscribe(function(event)
      print(event.name, event.type, event.incarnation, event.reason, event.message)
    end, { "created", "error" })
    return {}
  )",
        Sandbox::none);
  sim_.run();
  const ActorRef actor = spawn("a", kWorker);
  sim_.send(actor, "fail");
  sim_.run();
  EXPECT_THAT(lines_, ElementsAre("a\tcreated\t1\tnil\tnil", "a\terror\t1\terror\tfail"));
}

TEST_F(Events, DoNotKeepTwoScriptsBusyThatWatchEachOther) {
  for (const char* name : {"x", "y"}) {
    spawn(name, R"(
      require("lifecycle").subscribe(function(event) print(event.name, event.type) error "no" end)
      return { work = function() end }
    )",
          Sandbox::none);
  }
  sim_.run();
  EXPECT_THAT(lines_, ElementsAre("y\tcreated"));
}

TEST_F(Events, AreForTrustedScriptsOnly) {
  const ActorRef actor = spawn("a", R"(
    return { watch = function() require("lifecycle").subscribe(print) end }
  )");
  const auto answer = sim_.ask(actor, "watch");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::denied);
}

// Hooks -------------------------------------------------------------------------------------------

constexpr const char* kHooked = R"(
  local actor = require "actor"
  local lifecycle = require "lifecycle"
  assert(lifecycle == _ENV.lifecycle)
  function lifecycle.onCreate(info) print("create", info.name, info.incarnation) end
  function lifecycle.onActivate() print "activate" end
  function lifecycle.onDeactivate() print "deactivate" end
  function lifecycle.onRecycle(why) print("recycle", why) end
  function lifecycle.onDestroy(reason) print("destroy", reason) end
  function lifecycle.onError(err) print("error", err.code) end
  print "chunk"
  return {
    work = function() print "work" end,
    fail = function() error "no" end,
  }
)";

TEST_F(Events, RunTheHooksOfTheScript) {
  const ActorRef actor = spawn("a", kHooked);
  sim_.send(actor, "work");
  sim_.send(actor, "fail");
  sim_.run();
  EXPECT_THAT(lines_, ElementsAre("chunk", "create\ta\t1", "activate", "work", "error\terror",
                                  "deactivate"));
  lines_.clear();
  sim_.stop(actor, seconds(1));
  sim_.run();
  EXPECT_THAT(lines_, ElementsAre("destroy\tstopped"));
}

TEST_F(Events, RunNoHookOfAScriptThatIsKilled) {
  const ActorRef actor = spawn("a", kHooked);
  sim_.run();
  lines_.clear();
  sim_.kill(actor);
  sim_.run();
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(Events, RunTheHooksOfAScriptThatIsRecycled) {
  const ActorRef actor = sim_.supervise(child_spec("a", kHooked));
  lines_.clear();
  ASSERT_TRUE(ScriptActor::recycle(*actor.target(), false, "why not", nullptr));
  sim_.run();
  EXPECT_THAT(lines_,
              ElementsAre("recycle\twhy not", "destroy\trecycled", "chunk", "create\ta\t2"));
}

TEST_F(Events, GiveUpAHookThatTakesLong) {
  const ActorRef actor = spawn("a", R"(
    local actor = require "actor"
    function lifecycle.onActivate() actor.sleep(5) print "too late" end
    return { work = function() print "work" end }
  )");
  sim_.send(actor, "work");
  sim_.run();
  sim_.advance(seconds(10));
  EXPECT_THAT(lines_, ElementsAre("work")) << "nobody waits for it either";
  const std::lock_guard lock(mutex_);
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("a hook of lifecycle was stopped")));
}

TEST_F(Events, DoNotEndAnActorWhoseHookFails) {
  const ActorRef actor = spawn("a", R"(
    function lifecycle.onCreate() error "oops" end
    function lifecycle.onError() print "not called" end
    return { work = function() print "work" end }
  )");
  sim_.send(actor, "work");
  sim_.run();
  EXPECT_THAT(lines_, ElementsAre("work"));
  EXPECT_EQ(ScriptActor::of(actor).stats().errors, 0u);
}

TEST_F(Events, RunOnCreateOfAScriptWithoutBehaviourToo) {
  spawn("a", R"(
    function lifecycle.onCreate() print "create" end
    function lifecycle.onDestroy(reason) print("destroy", reason) end
  )");
  sim_.run();
  EXPECT_THAT(lines_, ElementsAre("create", "destroy\tnormal"));
}

}  // namespace
}  // namespace moonwright::actors
