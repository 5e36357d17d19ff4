// quota_test.cpp: the memory budget of a runtime, where each turn is a test's.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "actors/core.hpp"
#include "runtime/error_value.hpp"
#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;
constexpr std::int64_t kKiB = 1u << 10;

RuntimeOptions options(std::uint64_t budget) {
  RuntimeOptions options;
  options.memory_budget_bytes = budget;
  options.default_limits.memory_bytes_max = kUnlimited;
  options.log.level = LogLevel::off;
  return options;
}

QuotaBroker::Figures figures(SimCore& sim) { return sim.core().quota().broker().figures(); }

/// Whether every byte that was granted is a float's, a lease's or a message's.
::testing::AssertionResult adds_up(SimCore& sim) {
  const auto books = figures(sim);
  const std::uint64_t at_hand = sim.core().script_threads().at_hand();
  const std::uint64_t held = sim.core().quota().held_by_actors();
  if (books.granted != at_hand + held) {
    return ::testing::AssertionFailure()
           << books.granted << " granted, " << at_hand << " at hand, " << held << " held by actors";
  }
  if (books.granted + books.available != books.total + books.overdrawn) {
    return ::testing::AssertionFailure() << "the books do not add up";
  }
  return ::testing::AssertionSuccess();
}

/// Holds strings; each of them is as large as it is told.
constexpr const char* kHolder = R"(
  local held = {}
  return {
    hold = function(bytes) held[#held + 1] = string.rep("x", bytes) return #held end,
    drop = function() held = {} collectgarbage() return true end,
    fill = function(bytes)
      local t = {} while true do t[#t + 1] = string.rep("x", bytes) .. #t end
    end,
    caught = function(bytes) return pcall(function()
      local t = {} while true do t[#t + 1] = string.rep("x", bytes) .. #t end end) end,
    nothing = function() end,
  })";

TEST(Quota, EveryByteIsSomewhere) {
  SimCore sim(options(64 * kMiB));
  EXPECT_TRUE(adds_up(sim));
  const ActorRef holder = sim.spawn(kHolder);
  EXPECT_TRUE(adds_up(sim)) << "before it has run";
  ASSERT_TRUE(sim.ask(holder, "hold", {kKiB}));
  EXPECT_TRUE(adds_up(sim));
  ASSERT_TRUE(sim.ask(holder, "hold", {4 * 1024 * kKiB}));
  EXPECT_TRUE(adds_up(sim));
  EXPECT_EQ(sim.send(holder, "nothing", {std::string(100'000, 'x')}), Posted::ok);
  EXPECT_TRUE(adds_up(sim)) << "with a message on its way";
  sim.run();
  ASSERT_TRUE(sim.ask(holder, "drop"));
  EXPECT_TRUE(adds_up(sim));
  static_cast<void>(sim.stop_all());
  EXPECT_EQ(figures(sim).granted, 0u);
}

TEST(Quota, CoversWhatTheStateTakesFromTheSystem) {
  SimCore sim(options(kUnlimited));
  const ActorRef holder = sim.spawn(kHolder);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(sim.ask(holder, "hold", {100 * kKiB}));
  const auto status = sim.core().quota().status(sim.core().script_threads());
  ASSERT_EQ(status.actors.size(), 1u);
  const QuotaRow& row = status.actors.front();
  EXPECT_EQ(row.name, "test");
  EXPECT_GE(row.used, 1'000u * 1024);
  EXPECT_GE(row.quota, row.used);
  EXPECT_GT(row.efficiency, 25);
  EXPECT_LE(row.efficiency, 100);
  EXPECT_EQ(status.total, kUnlimited);
  EXPECT_EQ(status.granted, row.quota + status.at_hand);
  EXPECT_EQ(status.used, row.used);
}

TEST(Quota, EndsAnActorForWhichNothingIsLeft) {
  SimCore sim(options(8 * kMiB));
  const ActorRef holder = sim.spawn(kHolder);
  const auto refused = sim.ask(holder, "fill", {10 * kKiB});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::quota_denied) << refused.error().message;
  EXPECT_NE(refused.error().message.find("8.00 MiB"), std::string::npos) << refused.error().message;
  sim.run();
  EXPECT_TRUE(sim.ended(holder));
  EXPECT_EQ(ScriptActor::of(holder).last_error()->code, ErrorCode::quota_denied);
  EXPECT_TRUE(adds_up(sim));
  static_cast<void>(sim.stop_all());
  EXPECT_EQ(figures(sim).granted, 0u);
}

TEST(Quota, IsNoErrorToCatch) {
  SimCore sim(options(8 * kMiB));
  const ActorRef holder = sim.spawn(kHolder);
  const auto refused = sim.ask(holder, "caught", {10 * kKiB});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::quota_denied);
}

TEST(Quota, IsAnErrorToCatchForTheTrusted) {
  SimCore sim(options(8 * kMiB));
  SpawnOptions trusted;
  trusted.sandbox = Sandbox::none;
  const ActorRef holder = sim.spawn(kHolder, std::move(trusted));
  const auto caught = sim.ask(holder, "caught", {10 * kKiB});
  ASSERT_TRUE(caught.has_value()) << caught.error().message;
  EXPECT_EQ(caught->front(), Value(false));
  EXPECT_TRUE(sim.ask(holder, "hold", {kKiB}));
  EXPECT_TRUE(adds_up(sim));
}

TEST(Quota, GrantsOneLargeThingWhileThereIsPlenty) {
  SimCore sim(options(64 * kMiB));
  const ActorRef holder = sim.spawn(kHolder);
  EXPECT_TRUE(sim.ask(holder, "hold", {20 * 1024 * kKiB})) << "far more than any float";
}

TEST(Quota, LeavesTheOthersAlone) {
  SimCore sim(options(8 * kMiB));
  const ActorRef quiet = sim.spawn(kHolder);
  ASSERT_TRUE(sim.ask(quiet, "hold", {kKiB}));
  const ActorRef greedy = sim.spawn(kHolder);
  ASSERT_FALSE(sim.ask(greedy, "fill", {10 * kKiB}));
  sim.run();
  EXPECT_TRUE(sim.ended(greedy));
  EXPECT_TRUE(sim.ask(quiet, "hold", {1'024 * kKiB})) << "what the other one had is there again";
}

TEST(Quota, WarnsWhomACollectionHasSaved) {
  SimCore sim(options(8 * kMiB));
  // A collector that does not begin by itself: a refusal has to force it.
  SpawnOptions lazy;
  lazy.limits = sim.core().options().default_limits;
  lazy.limits->collector.pause_percent = 1'000;
  const ActorRef wasteful = sim.spawn(R"(
    local warned = 0
    function onMemoryWarning(used, limit) warned = warned + 1 assert(used <= limit) end
    local held = string.rep("x", 2000000)
    collectgarbage()  -- from here to the next cycle it is ten times that
    return {
      waste = function(n)
        for i = 1, n do local s = string.rep("x", 100000) .. i end
      end,
      warned = function() return warned end,
    })",
                                      std::move(lazy));
  ASSERT_TRUE(sim.ask(wasteful, "waste", {300}));
  EXPECT_GE(sim.ask(wasteful, "warned")->front().as_integer(), 1);
}

TEST(Quota, RefusesASpawnWithTheFigures) {
  SimCore sim(options(4 * kMiB));
  const ActorRef holder = sim.spawn(kHolder);
  for (int i = 0; i < 100; ++i) {
    if (!sim.ask(holder, "hold", {64 * kKiB}).has_value()) break;
  }
  // That one has ended, or holds nearly everything. Fill what is left with actors.
  Result<ActorRef> refused = ActorRef{};
  for (int i = 0; i < 1'000 && refused; ++i) {
    refused = sim.core().spawn({.script = Script::text(kHolder, "child")});
  }
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::quota_denied);
  EXPECT_NE(refused.error().message.find("asked for 16.00 KiB"), std::string::npos)
      << refused.error().message;
  EXPECT_NE(refused.error().message.find("holds most of it"), std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(adds_up(sim));
  sim.run();
  EXPECT_TRUE(adds_up(sim));
  static_cast<void>(sim.stop_all());
  EXPECT_EQ(figures(sim).granted, 0u) << "failed spawns have left nothing behind";
}

TEST(Quota, PaysForMessages) {
  SimCore sim(options(2 * kMiB));
  const ActorRef holder = sim.spawn(kHolder);
  sim.run();
  const std::string large(100'000, 'x');
  int sent = 0;
  while (sent < 100 && sim.send(holder, "nothing", {large}) == Posted::ok) ++sent;
  EXPECT_GT(sent, 5);
  EXPECT_LT(sent, 22);
  EXPECT_EQ(sim.send(holder, "nothing", {large}), Posted::quota);
  EXPECT_EQ(runtime::code_of(Posted::quota), ErrorCode::overload);
  EXPECT_TRUE(adds_up(sim));
  EXPECT_GE(ScriptActor::of(holder).quota_row(sim.now()).mailbox, 500'000u);
  sim.run();
  EXPECT_EQ(ScriptActor::of(holder).quota_row(sim.now()).mailbox, 0u);
  EXPECT_TRUE(adds_up(sim));
  EXPECT_EQ(sim.send(holder, "nothing", {large}), Posted::ok);
  sim.kill(holder);
  sim.run();
  EXPECT_TRUE(adds_up(sim)) << "also those that nobody handles";
}

TEST(Quota, CanBeChangedWhileActorsRun) {
  SimCore sim(options(64 * kMiB));
  const ActorRef holder = sim.spawn(kHolder);
  ASSERT_TRUE(sim.ask(holder, "hold", {8 * 1024 * kKiB}));
  const auto overdrawn = sim.core().quota().set_budget(4 * kMiB);
  ASSERT_TRUE(overdrawn.has_value());
  EXPECT_GT(*overdrawn, 4 * kMiB);
  EXPECT_FALSE(sim.ask(holder, "hold", {1'024 * kKiB}));
  sim.run();
  EXPECT_TRUE(adds_up(sim));
  ASSERT_TRUE(sim.core().quota().set_budget(64 * kMiB));
  const ActorRef another = sim.spawn(kHolder);
  EXPECT_TRUE(sim.ask(another, "hold", {8 * 1024 * kKiB}));
  EXPECT_FALSE(sim.core().quota().set_budget(0));
}

TEST(Quota, HasIdleActorsCollectWhenMemoryIsShort) {
  SimCore sim(options(16 * kMiB));
  const ActorRef idle = sim.spawn(R"(
    return { waste = function(bytes)
      local s = string.rep("x", bytes)
    end })");
  ASSERT_TRUE(sim.ask(idle, "waste", {4 * 1024 * kKiB}));
  ASSERT_GT(ScriptActor::of(idle).quota_bytes(), 8 * kMiB) << "the string, and what it was made in";
  const ActorRef other = sim.spawn(kHolder);
  ASSERT_TRUE(sim.ask(other, "hold", {3 * 1024 * kKiB}));
  ASSERT_TRUE(sim.ask(other, "nothing"));
  sim.run();
  EXPECT_LT(ScriptActor::of(idle).quota_bytes(), kMiB);
  EXPECT_TRUE(sim.ask(other, "hold", {5 * 1024 * kKiB}));
}

TEST(Quota, CanBeDoneWithout) {
  RuntimeOptions without = options(4 * kMiB);
  without.quotas = false;
  SimCore sim(std::move(without));
  SpawnOptions limited;
  limited.limits.emplace();
  limited.limits->memory_bytes_max = 32 * kMiB;
  const ActorRef holder = sim.spawn(kHolder, std::move(limited));
  EXPECT_TRUE(sim.ask(holder, "hold", {8 * 1024 * kKiB}));
  const auto status = sim.core().quota().status(sim.core().script_threads());
  EXPECT_FALSE(status.enforced);
  EXPECT_EQ(status.actors.front().quota, 0u);
  EXPECT_EQ(status.actors.front().efficiency, 0);
  EXPECT_FALSE(sim.core().quota().set_budget(kMiB));
  const auto refused = sim.ask(holder, "fill", {100 * kKiB});
  EXPECT_EQ(refused.error().code, ErrorCode::memory_limit);
}

/// Spawns as a supervisor would.
ActorRef spawn_in(SimCore& sim, const std::shared_ptr<QuotaShare>& share) {
  SpawnOptions child;
  child.script = Script::text(kHolder, "child");
  MessagePtr start;
  auto plan = sim.core().plan(child, start);
  auto spec = std::make_unique<SpawnSpec>(*plan);
  spec->start = std::move(start);
  spec->quota_share = share;
  auto made = sim.core().launch(std::move(spec), plan->name, nullptr, nullptr);
  EXPECT_TRUE(made.has_value());
  return made.value_or(ActorRef{});
}

TEST(Quota, HasSharesWithACap) {
  SimCore sim(options(64 * kMiB));
  const auto& broker = sim.core().quota().shared_broker();
  auto outer = std::make_shared<QuotaShare>(broker, nullptr, 8 * kMiB, 1);
  auto inner = std::make_shared<QuotaShare>(broker, outer, 6 * kMiB, 1);
  const ActorRef first = spawn_in(sim, inner);
  const ActorRef second = spawn_in(sim, outer);
  ASSERT_TRUE(sim.ask(first, "hold", {2'048 * kKiB}));
  ASSERT_TRUE(sim.ask(first, "nothing"));
  EXPECT_GE(inner->held(), 2 * kMiB);
  EXPECT_GE(outer->held(), inner->held());
  const auto refused = sim.ask(first, "hold", {3'072 * kKiB});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::memory_limit) << "the budget has plenty";
  sim.run();
  EXPECT_TRUE(sim.ended(first));
  EXPECT_TRUE(sim.ask(second, "hold", {3'072 * kKiB}));
  EXPECT_TRUE(adds_up(sim));
  inner.reset();
  outer.reset();
  static_cast<void>(sim.stop_all());
  EXPECT_EQ(figures(sim).granted, 0u);
}

TEST(Quota, LetsTheOneThatHasLessGoFirst) {
  SimCore sim(options(16 * kMiB));
  const auto& broker = sim.core().quota().shared_broker();
  const auto heavy = std::make_shared<QuotaShare>(broker, nullptr, kUnlimited, 3);
  const auto light = std::make_shared<QuotaShare>(broker, nullptr, kUnlimited, 1);
  const ActorRef poor = spawn_in(sim, heavy);
  const ActorRef rich = spawn_in(sim, light);
  for (int i = 0; i < 13; ++i) ASSERT_TRUE(sim.ask(rich, "hold", {1'024 * kKiB})) << i;
  ASSERT_TRUE(broker->tight());
  ASSERT_FALSE(sim.ask(poor, "hold", {8 * 1'024 * kKiB})) << "it goes short";
  sim.run();
  ASSERT_TRUE(sim.ended(poor));
  ASSERT_TRUE(broker->tight());
  const auto refused = light->take(1'000, 1'000);
  EXPECT_EQ(refused.bytes, 0u) << "so the one with more than its part stands back";
  EXPECT_EQ(refused.refusal, runtime::MemoryRefusal::quota);
  EXPECT_EQ(heavy->take(1'000, 1'000).bytes, 1'000u);
  EXPECT_EQ(light->take(1'000, 1'000).bytes, 1'000u);
  heavy->give(1'000);
  light->give(1'000);
}

/// Takes nearly all of the budget, until it is told to let go.
class Crowded : public ::testing::Test {
 protected:
  Crowded() {
    hog_ = sim_.spawn(kHolder);
    sim_.run();
    hog(figures(sim_).available);
  }
  void hog(std::uint64_t bytes) {
    taken_ = sim_.core().quota().broker().ask(bytes, bytes).bytes;
    ASSERT_NE(taken_, 0u);
    // What is still at hand would do for a few.
    while (sim_.core().own_float() != nullptr && sim_.core().own_float()->pay(1)) ++taken_;
  }
  void let_go() { sim_.core().quota().broker().give(std::exchange(taken_, 0)); }
  ~Crowded() override { let_go(); }

  Result<ActorRef> spawn(std::chrono::nanoseconds wait, std::string source = kHolder) {
    SpawnOptions options;
    options.script = Script::text(std::move(source), "waits");
    options.quota_wait = wait;
    return sim_.core().spawn(std::move(options));
  }

  SimCore sim_{options(4 * kMiB)};
  ActorRef hog_;
  std::uint64_t taken_ = 0;
};

TEST_F(Crowded, ASpawnThatMayWaitBeginsWhenThereIsMemory) {
  EXPECT_EQ(spawn(std::chrono::seconds(0)).error().code, ErrorCode::quota_denied);
  const auto made = spawn(std::chrono::seconds(10));
  ASSERT_TRUE(made.has_value());
  sim_.run();
  EXPECT_EQ(sim_.core().quota().broker().figures().waiting, 1u);
  sim_.advance(std::chrono::seconds(9));
  EXPECT_FALSE(sim_.ended(*made));
  let_go();
  sim_.run();
  EXPECT_EQ(sim_.core().quota().broker().figures().waiting, 0u);
  EXPECT_TRUE(sim_.ask(*made, "hold", {kKiB}));
  EXPECT_TRUE(adds_up(sim_));
  sim_.advance(std::chrono::seconds(60));
  EXPECT_FALSE(sim_.ended(*made)) << "nothing is left of the deadline";
}

TEST_F(Crowded, ASpawnWaitsNoLongerThanItMay) {
  const auto made = spawn(std::chrono::seconds(10));
  ASSERT_TRUE(made.has_value());
  sim_.advance(std::chrono::seconds(10));
  EXPECT_TRUE(sim_.ended(*made));
  EXPECT_EQ(ScriptActor::of(*made).last_error()->code, ErrorCode::quota_denied);
  EXPECT_EQ(sim_.core().quota().broker().figures().waiting, 0u);
  let_go();
  EXPECT_TRUE(adds_up(sim_));
}

TEST_F(Crowded, OneThatWaitsCanBeStoppedKilledAndCancelled) {
  for (int how = 0; how < 3; ++how) {
    const auto made = spawn(std::chrono::hours(1));
    ASSERT_TRUE(made.has_value());
    sim_.run();
    if (how == 0) sim_.stop(*made, std::chrono::seconds(1));
    if (how == 1) sim_.kill(*made);
    if (how == 2)
      ScriptActor::of(*made).deliver(MessagePtr(Message::make(MessageKind::cancel)), {});
    sim_.run();
    EXPECT_TRUE(sim_.ended(*made)) << how;
    EXPECT_EQ(sim_.core().quota().broker().figures().waiting, 0u) << how;
  }
  let_go();
  EXPECT_TRUE(adds_up(sim_));
}

TEST_F(Crowded, OneThatEndsWhileItsMemoryIsOnTheWayGivesItBack) {
  const auto made = spawn(std::chrono::hours(1));
  ASSERT_TRUE(made.has_value());
  sim_.run();
  let_go();
  sim_.kill(*made);
  sim_.run();
  EXPECT_TRUE(sim_.ended(*made));
  EXPECT_TRUE(adds_up(sim_));
}

TEST(Quota, OfOneActorCanBeChanged) {
  SimCore sim(options(kUnlimited));
  const ActorRef holder = sim.spawn(kHolder);
  ASSERT_TRUE(sim.ask(holder, "hold", {1'024 * kKiB}));
  const auto limit = [&](std::uint64_t bytes) {
    MessagePtr message(Message::make(MessageKind::limit));
    message->correlation = bytes;
    ScriptActor::of(holder).deliver(std::move(message), nullptr);
    sim.run();
  };
  limit(8 * kMiB);
  EXPECT_EQ(ScriptActor::of(holder).stats().memory.limit_bytes, 8 * kMiB);
  ASSERT_TRUE(sim.ask(holder, "hold", {2'048 * kKiB}));
  limit(32 * kMiB);
  ASSERT_TRUE(sim.ask(holder, "hold", {8'192 * kKiB}));
  limit(kMiB);
  const auto refused = sim.ask(holder, "hold", {1'024 * kKiB});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::memory_limit);
}

TEST(Quota, CountsWhatFuturesKeep) {
  SimCore sim(options(kUnlimited));
  SpawnOptions limited;
  limited.limits = sim.core().options().default_limits;
  limited.limits->memory_bytes_max = 4 * kMiB;
  const ActorRef keeper = sim.spawn(R"(
    local actor = require "actor"
    local echo = actor.spawn{ source = "return { get = function(n) return ('x'):rep(n) end }" }
    local futures = {}
    return {
      keep = function(count)
        for i = 1, count do futures[#futures + 1] = echo:request("get", 400000) end
        actor.sleep(1)
        return actor.info().memory.used_bytes
      end,
      look = function()
        local good, bad = 0, 0
        for _, future in ipairs(futures) do
          local ok, err = pcall(future.await, future)
          if ok then good = good + 1 else bad = bad + 1 assert(err.code == "overload") end
          future = nil
        end
        return good, bad
      end,
      drop = function() futures = {} end,
    })",
                                    std::move(limited));
  sim.run();
  Answers answers;
  ASSERT_EQ(sim.request(answers, 1, keeper, "keep", {3}), Posted::ok);
  sim.advance(std::chrono::seconds(2));
  ASSERT_EQ(answers.to(1).size(), 1u);
  ASSERT_TRUE(answers.to(1).front().has_value());
  EXPECT_GE(answers.to(1).front()->front().as_integer(), 1'200'000);
  EXPECT_TRUE(adds_up(sim));
  ASSERT_TRUE(sim.ask(keeper, "drop"));
  ASSERT_EQ(sim.request(answers, 2, keeper, "keep", {20}), Posted::ok);
  sim.advance(std::chrono::seconds(2));
  EXPECT_FALSE(sim.ended(keeper)) << "those that do not fit are answers like any other";
  ASSERT_EQ(answers.to(2).size(), 1u);
  ASSERT_TRUE(answers.to(2).front().has_value()) << answers.to(2).front().error().message;
  EXPECT_LE(answers.to(2).front()->front().as_integer(), 4 << 20);
}

/// Programs of actors that grow, shrink, send, spawn and die, under a budget that is too small.
RC_GTEST_PROP(QuotaProperty, HoldsAfterEveryTurn, ()) {
  SimCore sim(options(*rc::gen::inRange<std::uint64_t>(1, 16) * kMiB));
  std::vector<ActorRef> actors;
  const auto steps = *rc::gen::container<std::vector<std::pair<int, std::uint32_t>>>(
      rc::gen::pair(rc::gen::inRange(0, 9), rc::gen::inRange<std::uint32_t>(0, 1'000'000)));
  const auto check = [&sim] {
    const auto books = figures(sim);
    RC_ASSERT(books.granted ==
              sim.core().script_threads().at_hand() + sim.core().quota().held_by_actors());
    RC_ASSERT(books.granted <= books.total + books.overdrawn);
  };
  for (const auto& [what, number] : steps) {
    const std::int64_t bytes = number;
    if (what == 0 || actors.empty()) {
      auto made = sim.core().spawn({.script = Script::text(kHolder, "test")});
      if (made) actors.push_back(*made);
    } else {
      const ActorRef& actor = actors[number % actors.size()];
      switch (what) {
        case 1:
        case 2: static_cast<void>(sim.send(actor, "hold", {bytes})); break;
        case 3: static_cast<void>(sim.send(actor, "drop")); break;
        case 4:
          static_cast<void>(sim.send(actor, "nothing", {std::string(number / 4, 'x')}));
          break;
        case 5: sim.kill(actor); break;
        case 6: static_cast<void>(sim.send(actor, "fill", {bytes})); break;
        case 7: sim.stop(actor, std::chrono::seconds(1)); break;
        default: static_cast<void>(sim.core().quota().set_budget(kMiB + 8 * number)); break;
      }
    }
    check();
    for (std::uint32_t turns = number % 4; turns > 0 && sim.scheduler().run_one(); --turns) check();
  }
  static_cast<void>(sim.stop_all());
  RC_ASSERT(figures(sim).granted == 0u);
  RC_ASSERT(sim.core().script_threads().at_hand() == 0u);
}

}  // namespace
}  // namespace moonwright::actors
