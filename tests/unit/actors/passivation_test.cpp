// passivation_test.cpp: actors that give their state back while nobody needs them.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "actors/checkpointing.hpp"
#include "actors/reloading.hpp"
#include "actors/supervisor.hpp"
#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Counts in a global, which is carried, and in a local, which is not.
constexpr const char* kCounter = R"(
  local actor = require "actor"
  total = total or 0
  lives = (lives or 0) + 1
  local lost = 0
  return {
    add = function(n) total = total + n lost = lost + n return total end,
    get = function() return total, lost, lives end,
    sleep = function(n) actor.sleep(n) end,
    tick = function() ticker = nil actor.every(1, function() end) end,
    watch = function(other) actor.monitor(other) end,
    owe = function()
      local promise = actor.defer()
      actor.after(3, function() promise:resolve(1) end)
    end,
    spoil = function() spoiled = coroutine.create(function() end) end,
    leave = function() actor.passivate() end,
  })";

class Passivation : public ::testing::Test {
 protected:
  explicit Passivation(RuntimeOptions options = {}) : sim_(std::move(options)) {}

  ActorRef spawn(std::string source = kCounter, SpawnOptions options = {}) {
    const ActorRef actor = sim_.spawn(std::move(source), std::move(options));
    sim_.run();
    return actor;
  }

  void tell(const ActorRef& actor, MessageKind kind, std::uint64_t number = 0,
            std::unique_ptr<runtime::Cargo> cargo = {}) {
    MessagePtr message(Message::make(kind));
    if (number != 0) message->sender = answers_.ref();
    message->correlation = number;
    message->cargo = std::move(cargo);
    message->deadline = later(sim_.now(), seconds(5));
    Address::of(*actor.target()).deliver(std::move(message), nullptr);
  }

  /// What an actor that is asked to be passive answers.
  Result<Values> passivate(const ActorRef& actor) {
    tell(actor, MessageKind::passivate, ++asked_);
    sim_.run();
    const auto& answers = answers_.to(asked_);
    EXPECT_EQ(answers.size(), 1u);
    return answers.empty() ? Result<Values>(Values{}) : answers.front();
  }

  bool is_passive(const ActorRef& actor) { return ScriptActor::of(actor).is_passive(); }
  ActorStats stats(const ActorRef& actor) { return ScriptActor::of(actor).stats(); }
  Values get(const ActorRef& actor) { return sim_.ask(actor, "get").value_or(Values{}); }

  ActorRef supervise(const char* source) {
    SupervisorSpec spec;
    ChildSpec child;
    child.id = child.spawn.name = "child";
    child.spawn.script = Script::text(source, "child");
    spec.children = {child};
    Supervisor::Setup setup;
    setup.plan = std::move(*plan_supervisor(sim_.core(), spec));
    EXPECT_TRUE(Supervisor::launch(sim_.core(), std::move(setup)));
    sim_.run();
    return sim_.core().directory().find("child");
  }

  Answers answers_;
  std::uint64_t asked_ = 1'000;
  SimCore sim_;
};

TEST_F(Passivation, GivesTheStateBackAndWakesWithItsDataForTheNextMessage) {
  const ActorRef actor = spawn();
  EXPECT_EQ(sim_.ask(actor, "add", {5}), (Values{5}));
  const auto kept = passivate(actor);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_GT((*kept)[0].as_integer(), 0);
  EXPECT_TRUE(is_passive(actor));
  EXPECT_TRUE(stats(actor).passive);
  EXPECT_EQ(stats(actor).memory.used_bytes, 0u);
  EXPECT_EQ(passivate(actor), kept) << "it is already";
  EXPECT_TRUE(is_passive(actor));
  EXPECT_EQ(get(actor), (Values{5, 0, 1})) << "globals are as they were";
  EXPECT_FALSE(is_passive(actor));
  EXPECT_GT(stats(actor).memory.used_bytes, 0u);
  EXPECT_EQ(stats(actor).incarnation, 1u);
  EXPECT_EQ(stats(actor).uses, 2u);
}

TEST_F(Passivation, TakesWhatTheScriptGives) {
  const ActorRef actor = spawn(R"(
    local total = 0
    return {
      add = function(n) total = total + n return total end,
      on_checkpoint = function() return total end,
      on_restore = function(kept) total = kept end,
    })");
  EXPECT_EQ(sim_.ask(actor, "add", {5}), (Values{5}));
  ASSERT_TRUE(passivate(actor));
  EXPECT_EQ(sim_.ask(actor, "add", {2}), (Values{7}));
}

TEST_F(Passivation, ComesByItselfBetweenOnceAndTwiceItsTimeWithoutAMessage) {
  SpawnOptions options;
  options.passivate_after = seconds(10);
  const ActorRef actor = spawn(kCounter, options);
  for (int i = 0; i < 5; ++i) {
    sim_.advance(seconds(9));
    EXPECT_FALSE(is_passive(actor));
    EXPECT_TRUE(sim_.ask(actor, "add", {1}));
  }
  sim_.advance(milliseconds(9'900));
  EXPECT_FALSE(is_passive(actor));
  sim_.advance(milliseconds(10'100));
  EXPECT_TRUE(is_passive(actor));
  sim_.advance(seconds(100));
  EXPECT_EQ(get(actor), (Values{5, 0, 1}));
  EXPECT_FALSE(is_passive(actor));
  sim_.advance(seconds(21));
  EXPECT_TRUE(is_passive(actor)) << "and again";
}

TEST_F(Passivation, HandlesWhatCameMeanwhileInOrder) {
  const ActorRef actor = spawn();
  ASSERT_TRUE(passivate(actor));
  for (std::uint64_t i = 1; i <= 100; ++i) sim_.request(answers_, i, actor, "add", {1});
  sim_.run();
  for (std::uint64_t i = 1; i <= 100; ++i) {
    ASSERT_EQ(answers_.to(i).size(), 1u);
    EXPECT_EQ(answers_.to(i)[0], (Values{static_cast<std::int64_t>(i)}));
  }
}

TEST_F(Passivation, IsRefusedToWhoHasMoreThanData) {
  struct Case {
    const char* message;
    Values arguments;
    const char* why;
    bool passes;
  };
  const ActorRef other = spawn("return {}");
  const Case cases[] = {{"sleep", {2}, "has not ended", true},
                        {"tick", {}, "timer", false},
                        {"watch", {other}, "monitors", false},
                        {"owe", {}, "timer", true}};
  for (const Case& each : cases) {
    const ActorRef actor = spawn();
    sim_.send(actor, each.message, each.arguments);
    sim_.run();
    const auto refused = passivate(actor);
    ASSERT_FALSE(refused) << each.message;
    EXPECT_EQ(refused.error().code, ErrorCode::overload);
    EXPECT_NE(refused.error().message.find(each.why), std::string::npos) << refused.error().message;
    EXPECT_FALSE(is_passive(actor));
    if (!each.passes) continue;
    sim_.advance(seconds(4));
    EXPECT_TRUE(passivate(actor)) << each.message;
  }
}

TEST_F(Passivation, IsRefusedWhereSomethingCannotBeKeptAndSaysWhat) {
  SpawnOptions options;
  options.passivate_after = seconds(1);
  const ActorRef actor = spawn(kCounter, options);
  sim_.send(actor, "spoil");
  sim_.run();
  const auto refused = passivate(actor);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  EXPECT_NE(refused.error().message.find("spoiled"), std::string::npos);
  sim_.advance(seconds(10));
  EXPECT_FALSE(is_passive(actor));
  EXPECT_EQ(get(actor).size(), 3u);
}

TEST_F(Passivation, ComesOnAnActorsOwnWordOnceItsHandlerHasEnded) {
  const ActorRef actor = spawn();
  sim_.request(answers_, 1, actor, "sleep", {2});
  sim_.send(actor, "leave");
  sim_.run();
  EXPECT_FALSE(is_passive(actor)) << "another handler is under way";
  sim_.advance(seconds(3));
  EXPECT_EQ(answers_.to(1).size(), 1u);
  EXPECT_TRUE(is_passive(actor));
}

TEST_F(Passivation, EndsWithoutWakingWhoHasNothingToSay) {
  const ActorRef actor = spawn();
  sim_.monitor(answers_, 1, actor);
  ASSERT_TRUE(passivate(actor));
  sim_.stop(actor, seconds(5));
  sim_.run();
  EXPECT_TRUE(sim_.ended(actor));
  EXPECT_EQ(answers_.downs(), std::vector<std::string>{"stopped"});
  const ActorRef killed = spawn();
  ASSERT_TRUE(passivate(killed));
  sim_.kill(killed);
  sim_.run();
  EXPECT_TRUE(sim_.ended(killed));
}

TEST_F(Passivation, WakesWhoHasLastWordsToSayThem) {
  const ActorRef heir = spawn(
      "last = 0 return { take = function(n) last = n end, get = function() "
      "return last end }");
  const ActorRef actor = spawn(R"(
    local actor = require "actor"
    return {
      keep = function(ref, n) heir, total = ref, n end,
      on_stop = function() actor.send(heir, "take", total) end,
    })");
  sim_.send(actor, "keep", {heir, 42});
  sim_.run();
  ASSERT_TRUE(passivate(actor));
  sim_.stop(actor, seconds(5));
  sim_.run();
  EXPECT_TRUE(sim_.ended(actor));
  EXPECT_EQ(sim_.ask(heir, "get"), (Values{42}));
}

TEST_F(Passivation, HandlesWhatItHasBeforeItStops) {
  const ActorRef actor = spawn();
  ASSERT_TRUE(passivate(actor));
  sim_.request(answers_, 1, actor, "add", {3});
  sim_.stop(actor, seconds(5));
  sim_.run();
  ASSERT_EQ(answers_.to(1).size(), 1u);
  EXPECT_EQ(answers_.to(1)[0], (Values{3}));
  EXPECT_TRUE(sim_.ended(actor));
}

TEST_F(Passivation, BeginsAfreshWhenItsSupervisorRestartsIt) {
  const ActorRef actor = supervise(kCounter);
  EXPECT_TRUE(sim_.ask(actor, "add", {5}));
  ASSERT_TRUE(passivate(actor));
  sim_.kill(actor);
  sim_.advance(seconds(5));
  EXPECT_EQ(get(actor), (Values{0, 0, 1}));
  EXPECT_EQ(stats(actor).incarnation, 2u);
}

TEST_F(Passivation, EndsWithWhomItIsLinkedWith) {
  const ActorRef actor = spawn(R"(
    local actor = require "actor"
    return {
      bind = function() actor.link(actor.spawn { source = "return {}", name = "other" }) end,
    })");
  sim_.send(actor, "bind");
  sim_.run();
  const ActorRef other = sim_.core().directory().find("other");
  ASSERT_TRUE(passivate(actor));
  sim_.kill(other);
  sim_.run();
  EXPECT_TRUE(sim_.ended(actor));
}

TEST_F(Passivation, WakesInTheNewestGeneration) {
  const ActorRef actor = spawn();
  EXPECT_TRUE(sim_.ask(actor, "add", {5}));
  ASSERT_TRUE(passivate(actor));
  std::string next = kCounter;
  next.replace(next.find("lost + n return total"), 21, "lost + n return -total");
  ScriptActor::of(actor).plan().source->advance(
      std::make_shared<const runtime::Code>(*runtime::compile(next, "=next")));
  sim_.run();
  EXPECT_TRUE(is_passive(actor)) << "there is nothing to reload";
  EXPECT_EQ(sim_.ask(actor, "add", {1}), (Values{-6}));
  EXPECT_EQ(stats(actor).generation, 2u);
}

TEST_F(Passivation, GoesBackIfTheNewestGenerationCannotBegin) {
  const ActorRef actor = spawn();
  EXPECT_TRUE(sim_.ask(actor, "add", {5}));
  ASSERT_TRUE(passivate(actor));
  ScriptActor::of(actor).plan().source->advance(
      std::make_shared<const runtime::Code>(*runtime::compile("error 'no'", "=next")));
  EXPECT_EQ(sim_.ask(actor, "add", {1}), (Values{6}));
  EXPECT_EQ(stats(actor).generation, 1u);
}

TEST_F(Passivation, GivesItsDataAsACheckpointAndTakesAnother) {
  const ActorRef actor = spawn();
  EXPECT_TRUE(sim_.ask(actor, "add", {5}));
  ASSERT_TRUE(passivate(actor));
  std::optional<Result<Checkpoint>> taken;
  tell(actor, MessageKind::checkpoint, 0,
       std::make_unique<CheckpointOrder>([&](Result<Checkpoint> got) { taken = std::move(got); }));
  sim_.run();
  ASSERT_TRUE(taken && *taken);
  EXPECT_TRUE(is_passive(actor));
  const ActorRef other = spawn();
  EXPECT_TRUE(sim_.ask(other, "add", {1}));
  ASSERT_TRUE(passivate(other));
  tell(other, MessageKind::restore, 0, std::make_unique<RestoreOrder>(**taken));
  sim_.run();
  EXPECT_TRUE(is_passive(other));
  EXPECT_EQ(get(other), (Values{5, 0, 1}));
}

TEST_F(Passivation, TellsOfItselfAsEvents) {
  const ActorRef listener = spawn(R"(
    local lifecycle = require "lifecycle"
    local seen = {}
    lifecycle.subscribe(function(event) seen[#seen + 1] = event.type end,
                        { "created", "passivated", "woken", "destroyed" })
    return { get = function() return table.concat(seen, " ") end })",
                                  {.sandbox = Sandbox::none});
  const ActorRef actor = spawn();
  ASSERT_TRUE(passivate(actor));
  EXPECT_EQ(get(actor).size(), 3u);
  ASSERT_TRUE(passivate(actor));
  sim_.stop(actor, seconds(1));
  sim_.run();
  EXPECT_EQ(sim_.ask(listener, "get"), (Values{"created passivated woken passivated destroyed"}));
}

/// With a budget for a few states.
class PassivationInABudget : public Passivation {
 protected:
  static RuntimeOptions options() {
    RuntimeOptions options;
    options.memory_budget_bytes = 4u << 20;
    return options;
  }
  PassivationInABudget() : Passivation(options()) {}
  std::uint64_t granted() { return sim_.core().quota().broker().figures().granted; }
};

TEST_F(PassivationInABudget, PaysForItsDataAndNothingElse) {
  const ActorRef actor = spawn(
      "data = string.rep('x', 300000) return { get = function() return "
      "#data end }");
  const std::uint64_t active = stats(actor).memory.used_bytes;
  EXPECT_GT(active, 300'000u);
  const auto kept = passivate(actor);
  ASSERT_TRUE(kept) << kept.error().message;
  const auto bytes = static_cast<std::uint64_t>((*kept)[0].as_integer());
  EXPECT_GE(bytes, 300'000u);
  EXPECT_LT(bytes, 301'000u);
  EXPECT_EQ(ScriptActor::of(actor).quota_bytes(), bytes);
  EXPECT_GE(granted(), bytes);
  EXPECT_EQ(get(actor), (Values{300'000}));
  sim_.kill(actor);
  sim_.run();
  EXPECT_EQ(ScriptActor::of(actor).quota_bytes(), 0u);
}

TEST_F(PassivationInABudget, StaysPassiveWhereThereIsNoMemoryToWakeItAndLosesNothing) {
  const ActorRef actor = spawn();
  EXPECT_TRUE(sim_.ask(actor, "add", {5}));
  ASSERT_TRUE(passivate(actor));
  // Somebody has all but enough for a message.
  if (MemoryFloat* const at_hand = sim_.core().own_float()) at_hand->empty();
  QuotaBroker& broker = sim_.core().quota().broker();
  const std::uint64_t taken = broker.figures().available - FirstLease::kBytes / 2;
  ASSERT_EQ(broker.ask(taken, taken).bytes, taken);
  const auto refused = sim_.ask(actor, "add", {1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::quota_denied);
  EXPECT_NE(refused.error().message.find("to wake it"), std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(is_passive(actor));
  sim_.send(actor, "add", {1});
  sim_.run();
  EXPECT_EQ(sim_.core().dead_letters().counts()[static_cast<std::size_t>(DeadLetterKind::overload)],
            1u);
  broker.give(taken);
  EXPECT_EQ(get(actor), (Values{5, 0, 1}));
}

}  // namespace
}  // namespace moonwright::actors
