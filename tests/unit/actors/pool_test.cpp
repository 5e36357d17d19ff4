// pool_test.cpp: who of a pool gets what, and how it grows, shrinks and grows old, with the clock
// and the turns in our hands.
#include "actors/pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
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

// Counts what it has been given; says who it is, and waits on request.
constexpr const char* kWorker = R"(
  local actor = require "actor"
  local count, last = 0, actor.self():id()
  return {
    who = function() count = count + 1 return last end,
    count = function() return count end,
    wait = function(s) actor.sleep(s or 1) return last end,
    sender = function() return actor.sender():id() end,
    boom = function() error "boom" end,
    crash = function() actor.exit "crashed" end,
    put_off = function()
      local promise = actor.defer()
      actor.after(1, function() promise:reply(1) end)
    end,
  }
)";

class Pools : public ::testing::Test {
 protected:
  Pools() : sim_(quiet_options()) {}
  /// The clock stands still while everybody stops: what waits for it has to be over.
  ~Pools() override { sim_.advance(seconds(200)); }

  static PoolOptions options(std::uint32_t min = 2, std::uint32_t max = 10) {
    PoolOptions options;
    options.spawn.script = Script::text(kWorker, "worker");
    options.size.min = min;
    options.size.max = max;
    return options;
  }

  ActorRef make(PoolOptions options) {
    const ActorRef pool = sim_.make_pool(std::move(options), &started_);
    sim_.run();
    return pool;
  }

  PoolMetrics metrics(const ActorRef& pool) {
    auto answer = sim_.ask(pool, "pool:metrics");
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? pool_metrics_of(answer->front()) : PoolMetrics{};
  }
  std::int64_t ask(const ActorRef& to, const char* name, Values args = {}) {
    const auto answer = sim_.ask(to, name, std::move(args));
    EXPECT_TRUE(answer) << answer.error().message;
    return answer && !answer->empty() ? answer->front().as_integer() : -1;
  }
  /// Sends requests without waiting; their numbers begin at `first`.
  void request(const ActorRef& to, int count, const char* name, Values args = {}, int first = 100) {
    for (int i = 0; i < count; ++i) {
      sim_.request(callers_, static_cast<std::uint64_t>(first + i), to, name, args);
    }
    sim_.run();
  }
  int answered(int count, int first = 100) {
    int all = 0;
    for (int i = 0; i < count; ++i) {
      const auto& answers = callers_.to(static_cast<std::uint64_t>(first + i));
      EXPECT_LE(answers.size(), 1u) << "answered more than once";
      all += static_cast<int>(answers.size());
    }
    return all;
  }
  std::string error_of(int number) {
    const auto& answers = callers_.to(static_cast<std::uint64_t>(number));
    if (answers.size() != 1 || answers.front()) return "none";
    return std::string(to_string(answers.front().error().code)) + ": " +
           answers.front().error().message;
  }

  Answers callers_;
  Answers started_;
  SimCore sim_;
};

TEST_F(Pools, HasItsLeastNumberOfStatesWhenItHasBegun) {
  const ActorRef pool = make(options(3));
  ASSERT_EQ(started_.to(1).size(), 1u);
  EXPECT_TRUE(started_.to(1).front());
  const PoolMetrics now = metrics(pool);
  EXPECT_EQ(now.size, 3u);
  EXPECT_EQ(now.target, 3u);
  EXPECT_EQ(now.available, 3u);
  EXPECT_EQ(now.created, 3u);
  EXPECT_EQ(now.in_use, 0u);
  EXPECT_EQ(now.usage_ratio, 0);
}

TEST_F(Pools, AnswersAsOneActor) {
  const ActorRef pool = make(options());
  EXPECT_GT(ask(pool, "who"), 0);
  const auto refused = sim_.ask(pool, "nonsense");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::no_handler);
  EXPECT_EQ(metrics(pool).executions, 2u);
}

TEST_F(Pools, HandsOnWhoHasSentAMessage) {
  const ActorRef pool = make(options());
  const ActorRef caller = sim_.spawn(R"(
    local actor = require "actor"
    local pool = ...
    return { ask = function(pool) return pool:call("sender") == actor.self():id() end }
  )");
  const auto answer = sim_.ask(caller, "ask", {pool});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->front(), Value(true));
}

TEST_F(Pools, GivesEachStateOneMessageAtATime) {
  const ActorRef pool = make(options(2, 2));
  request(pool, 5, "wait");
  PoolMetrics now = metrics(pool);
  EXPECT_EQ(now.in_use, 2u);
  EXPECT_EQ(now.waiting, 3u);
  EXPECT_EQ(now.available, 0u);
  EXPECT_DOUBLE_EQ(now.usage_ratio, 2.5);
  sim_.advance(seconds(1));
  EXPECT_EQ(answered(5), 2);
  sim_.advance(seconds(1));
  EXPECT_EQ(answered(5), 4);
  sim_.advance(seconds(1));
  EXPECT_EQ(answered(5), 5);
  now = metrics(pool);
  EXPECT_EQ(now.in_use, 0u);
  EXPECT_EQ(now.available, 2u);
  EXPECT_GE(now.wait_p99, seconds(2));
}

TEST_F(Pools, GivesAStateAsManyMessagesAsItsConcurrency) {
  PoolOptions four = options(1, 1);
  four.concurrency = 4;
  const ActorRef pool = make(four);
  request(pool, 5, "wait");
  EXPECT_EQ(metrics(pool).waiting, 1u);
  sim_.advance(seconds(1));
  EXPECT_EQ(answered(5), 4);
}

TEST_F(Pools, CountsAStateAsBusyUntilItHasAnswered) {
  const ActorRef pool = make(options(1, 1));
  request(pool, 1, "put_off");
  EXPECT_EQ(answered(1), 0);
  EXPECT_EQ(metrics(pool).in_use, 1u);
  sim_.advance(seconds(1));
  EXPECT_EQ(answered(1), 1);
  EXPECT_EQ(metrics(pool).in_use, 0u);
}

TEST_F(Pools, GoesRoundItsStates) {
  PoolOptions round = options(3, 3);
  round.route = Route::round_robin;
  const ActorRef pool = make(round);
  std::set<std::int64_t> who;
  for (int i = 0; i < 3; ++i) who.insert(ask(pool, "who"));
  EXPECT_EQ(who.size(), 3u);
}

TEST_F(Pools, PrefersTheSameStateIfNobodyIsBusy) {
  const ActorRef pool = make(options(3, 3));
  const std::int64_t first = ask(pool, "who");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(pool, "who"), first);
}

TEST_F(Pools, GivesTheSameKeyToTheSameState) {
  PoolOptions hashed = options(4, 4);
  hashed.route = Route::hash;
  const ActorRef pool = make(hashed);
  std::set<std::int64_t> all;
  for (int key = 0; key < 32; ++key) {
    const std::int64_t who = ask(pool, "who", {key});
    EXPECT_EQ(ask(pool, "who", {key}), who);
    all.insert(who);
  }
  EXPECT_EQ(all.size(), 4u);
  EXPECT_EQ(ask(pool, "who", {"a text"}), ask(pool, "who", {"a text"}));
}

TEST_F(Pools, LetsAKeyWaitForItsStateThoughOthersAreFree) {
  PoolOptions hashed = options(4, 4);
  hashed.route = Route::hash;
  const ActorRef pool = make(hashed);
  request(pool, 3, "wait", {1});
  EXPECT_EQ(metrics(pool).in_use, 1u);
  EXPECT_EQ(metrics(pool).waiting, 2u);
  sim_.advance(seconds(1));
  EXPECT_EQ(answered(3), 3) << "handlers of one actor interleave where they wait";
}

TEST_F(Pools, TellsEverybodyIfItIsToBroadcast) {
  PoolOptions all = options(3, 3);
  all.route = Route::broadcast;
  const ActorRef pool = make(all);
  sim_.send(pool, "who");
  sim_.run();
  EXPECT_EQ(metrics(pool).executions, 3u);
  EXPECT_EQ(metrics(pool).in_use, 0u);
}

TEST_F(Pools, GrowsForWhoHasWaitedLongEnough) {
  const ActorRef pool = make(options(2, 64));
  request(pool, 64, "wait", {10});
  EXPECT_EQ(metrics(pool).size, 2u);
  sim_.advance(milliseconds(99));
  EXPECT_EQ(metrics(pool).size, 2u) << "a state might have become free";
  sim_.advance(milliseconds(1));
  EXPECT_EQ(metrics(pool).size, 64u);
  EXPECT_EQ(metrics(pool).waiting, 0u);
}

TEST_F(Pools, NeverGrowsBeyondItsMost) {
  const ActorRef pool = make(options(2, 5));
  request(pool, 20, "wait");
  sim_.advance(milliseconds(500));
  EXPECT_EQ(metrics(pool).size, 5u);
  EXPECT_EQ(metrics(pool).waiting, 15u);
}

TEST_F(Pools, ShrinksWhenItHasLittleToDo) {
  const ActorRef pool = make(options(2, 8));
  request(pool, 8, "wait");
  sim_.advance(seconds(2));
  EXPECT_EQ(metrics(pool).size, 8u);
  EXPECT_EQ(answered(8), 8);
  sim_.advance(seconds(20));
  EXPECT_EQ(metrics(pool).size, 5u);
  sim_.advance(seconds(30));
  EXPECT_EQ(metrics(pool).size, 2u);
  EXPECT_EQ(sim_.core().live().count(), 4u) << "the pool, its supervisor and two workers";
  EXPECT_GT(ask(pool, "who"), 0);
}

TEST_F(Pools, RefusesWhatFindsNoPlaceToWait) {
  PoolOptions small = options(1, 1);
  small.queue.max = 2;
  const ActorRef pool = make(small);
  request(pool, 4, "wait");
  EXPECT_EQ(error_of(103),
            "overload: pool 'pool': as many wait as may (size 1, in use 1, waiting 2)");
  EXPECT_EQ(metrics(pool).refused, 1u);
}

TEST_F(Pools, GivesUpWhatHasWaitedTooLong) {
  PoolOptions hasty = options(1, 1);
  hasty.queue.timeout = milliseconds(500);
  const ActorRef pool = make(hasty);
  request(pool, 2, "wait", {10});
  sim_.advance(milliseconds(499));
  EXPECT_EQ(answered(2), 0);
  sim_.advance(milliseconds(1));
  EXPECT_EQ(error_of(101),
            "timeout: pool 'pool': it has waited for too long (size 1, in use 1, waiting 0)");
  EXPECT_EQ(metrics(pool).timed_out, 1u);
}

TEST_F(Pools, KeepsAStateWhoseHandlerFails) {
  const ActorRef pool = make(options(1, 1));
  EXPECT_EQ(ask(pool, "who"), ask(pool, "who"));
  EXPECT_FALSE(sim_.ask(pool, "boom"));
  EXPECT_EQ(ask(pool, "count"), 2);
}

TEST_F(Pools, RestartsAStateThatEnds) {
  const ActorRef pool = make(options(2, 2));
  request(pool, 1, "crash");
  EXPECT_THAT(error_of(100), HasSubstr("dead"));
  sim_.advance(seconds(1));
  const PoolMetrics now = metrics(pool);
  EXPECT_EQ(now.size, 2u);
  EXPECT_EQ(now.available, 2u);
  EXPECT_EQ(now.created, 3u);
  EXPECT_EQ(now.in_use, 0u);
}

TEST_F(Pools, GivesUpWithAnErrorWhenItsStatesKeepEnding) {
  PoolOptions fragile = options(1, 1);
  fragile.intensity.restarts = 2;
  const ActorRef pool = make(fragile);
  for (int i = 0; i < 3; ++i) {
    request(pool, 1, "crash", {}, 100 + i);
    sim_.advance(seconds(1));
  }
  EXPECT_TRUE(sim_.ended(pool));
  EXPECT_EQ(sim_.core().live().count(), 0u);
}

TEST_F(Pools, FailsToBeginIfAStateDoes) {
  PoolOptions broken = options();
  broken.spawn.script = Script::text("error 'no luck'", "broken");
  const ActorRef pool = make(broken);
  ASSERT_EQ(started_.to(1).size(), 1u);
  ASSERT_FALSE(started_.to(1).front());
  EXPECT_THAT(started_.to(1).front().error().message, HasSubstr("script: "));
  EXPECT_THAT(started_.to(1).front().error().message, HasSubstr("no luck"));
  sim_.run();
  EXPECT_TRUE(sim_.ended(pool));
  EXPECT_EQ(sim_.core().live().count(), 0u);
}

TEST_F(Pools, ReplacesStatesTwoGenerationsBehind) {
  const ActorRef pool = make(options(2, 2));
  ask(pool, "who");
  EXPECT_EQ(ask(pool, "pool:advance"), 2);
  sim_.run();
  EXPECT_EQ(metrics(pool).recycled, 0u);
  EXPECT_EQ(ask(pool, "pool:advance"), 3);
  sim_.advance(seconds(20));
  const PoolMetrics now = metrics(pool);
  EXPECT_EQ(now.recycled, 2u);
  EXPECT_EQ(now.created, 4u);
  EXPECT_EQ(now.generation, 3u);
  EXPECT_EQ(now.available, 2u);
  EXPECT_EQ(ask(pool, "count"), 0) << "a fresh state";
}

TEST_F(Pools, BeginsAGenerationAfterSoManyExecutions) {
  PoolOptions short_lived = options(1, 1);
  short_lived.aging.generation_size = 10;
  short_lived.aging.generations = 0;
  const ActorRef pool = make(short_lived);
  for (int i = 0; i < 10; ++i) ask(pool, "who");
  EXPECT_EQ(metrics(pool).generation, 2u);
  EXPECT_EQ(metrics(pool).recycled, 1u);
  EXPECT_EQ(ask(pool, "count"), 0);
}

TEST_F(Pools, ReplacesAStateThatWasUsedLongAgo) {
  const ActorRef pool = make(options(2, 2));
  ask(pool, "who");
  sim_.advance(std::chrono::minutes(5) - seconds(11));
  EXPECT_EQ(metrics(pool).recycled, 0u);
  sim_.advance(seconds(30));
  EXPECT_EQ(metrics(pool).recycled, 1u);
  sim_.advance(std::chrono::minutes(30));
  EXPECT_EQ(metrics(pool).recycled, 1u) << "a state that nobody has used does not grow stale";
}

TEST_F(Pools, ReplacesAStateThatIsUnwell) {
  PoolOptions careful = options(1, 1);
  careful.aging.recycle_below = 80;
  const ActorRef pool = make(careful);
  EXPECT_FALSE(sim_.ask(pool, "boom"));
  EXPECT_EQ(metrics(pool).recycled, 0u);
  sim_.advance(seconds(10));
  EXPECT_EQ(metrics(pool).recycled, 1u);
}

TEST_F(Pools, NeedsControlToBeChanged) {
  const ActorRef pool = make(options());
  const ActorRef stranger = sim_.spawn(R"(
    return { try = function(pool, name) return pool:call(name) end }
  )");
  for (const char* name : {"pool:advance", "pool:stop"}) {
    const auto answer = sim_.ask(stranger, "try", {pool, name});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::denied) << answer.error().message;
  }
  const auto shown = sim_.ask(stranger, "try", {pool, "pool:metrics"});
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(shown->front()["size"], Value(2));
  const auto unknown = sim_.ask(pool, "pool:nonsense");
  EXPECT_EQ(unknown.error().code, ErrorCode::no_handler);
}

TEST_F(Pools, FinishesWhatItHasBeforeItStops) {
  const ActorRef pool = make(options(1, 1));
  request(pool, 2, "wait");
  sim_.stop(pool, seconds(60));
  sim_.run();
  EXPECT_FALSE(sim_.ended(pool));
  EXPECT_EQ(sim_.send(pool, "who"), Posted::stopped);
  sim_.advance(seconds(2));
  EXPECT_EQ(answered(2), 2);
  EXPECT_EQ(error_of(100), "none");
  EXPECT_EQ(error_of(101), "none");
  EXPECT_TRUE(sim_.ended(pool));
  EXPECT_EQ(sim_.core().live().count(), 0u);
}

TEST_F(Pools, StopsAtItsDeadlineWhateverItHas) {
  const ActorRef pool = make(options(1, 1));
  request(pool, 2, "wait", {100});
  sim_.stop(pool, seconds(1));
  sim_.advance(seconds(2));
  EXPECT_TRUE(sim_.ended(pool));
  EXPECT_EQ(answered(2), 2);
  EXPECT_THAT(error_of(100), HasSubstr("stopped"));
  EXPECT_THAT(error_of(101), HasSubstr("stopped"));
  EXPECT_EQ(sim_.core().live().count(), 0u);
}

TEST_F(Pools, IsKilledWithAllItsStates) {
  const ActorRef pool = make(options(2, 2));
  request(pool, 3, "wait");
  sim_.kill(pool);
  sim_.advance(milliseconds(1));
  EXPECT_TRUE(sim_.ended(pool));
  EXPECT_EQ(answered(3), 3);
  EXPECT_EQ(sim_.core().live().count(), 0u);
}

TEST_F(Pools, CancelsARequestWhereverItHasCome) {
  const ActorRef pool = make(options(1, 1));
  request(pool, 2, "wait", {10});
  for (const std::uint64_t number : {101u, 100u}) {
    MessagePtr message(Message::make(MessageKind::cancel));
    message->sender = callers_.ref();
    message->correlation = number;
    Address::of(*pool.target()).deliver(std::move(message), nullptr);
    sim_.run();
    EXPECT_THAT(error_of(static_cast<int>(number)), HasSubstr("cancelled"));
  }
  EXPECT_EQ(metrics(pool).in_use, 0u);
}

TEST_F(Pools, RefusesMessagesIfItsStatesOnlyExecute) {
  PoolOptions bare = options(1, 1);
  bare.spawn.script = {};
  const ActorRef pool = make(bare);
  const auto refused = sim_.ask(pool, "who");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::no_handler);
  EXPECT_EQ(metrics(pool).available, 1u);
}

TEST_F(Pools, RunsItsFactoryInOrder) {
  PoolOptions made = options(1, 1);
  made.spawn.script = Script::text(
      "local name = ... log = { name } return { log = function() return table.concat(log, ' ') end "
      "}",
      "script");
  made.spawn.args = {"script"};
  made.warm_up.script = Script::text("log[#log + 1] = 'warm' return {}", "warm_up");
  made.warm_up.repeat = 3;
  const ActorRef pool = make(made);
  const auto answer = sim_.ask(pool, "log");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->front(), Value("script warm warm warm"));
}

TEST_F(Pools, NamesThePhaseThatFails) {
  const auto fails = [this](PoolOptions broken) -> std::string {
    if (auto plan = plan_pool(sim_.core(), broken); !plan) return plan.error().message;
    Answers starting;
    static_cast<void>(sim_.make_pool(std::move(broken), &starting));
    sim_.run();
    const auto& answers = starting.to(1);
    return answers.size() == 1 && !answers.front() ? answers.front().error().message : "fine";
  };
  PoolOptions broken = options(5, 2);
  EXPECT_THAT(fails(broken), HasSubstr("options: size.max is not in"));
  broken = options();
  broken.spawn.sandbox.libraries = {{"nonsense"}};
  EXPECT_THAT(fails(broken), HasSubstr("libraries: "));
  broken = options();
  broken.preload = {"nowhere"};
  EXPECT_THAT(fails(broken), HasSubstr("preload: "));
  broken = options();
  broken.spawn.script = Script::text("this is no Lua", "bad");
  EXPECT_THAT(fails(broken), HasSubstr("script: "));
  broken = options();
  broken.warm_up.script = Script::text("error 'cold'", "cold");
  EXPECT_THAT(fails(broken), HasSubstr("warm_up: "));
  sim_.run();
  EXPECT_EQ(sim_.core().live().count(), 0u);
}

TEST_F(Pools, AnswersEveryRequestOnceWhateverHappens) {
  for (std::uint32_t seed = 2; seed < 60; ++seed) {
    SimCore sim(quiet_options(), seed);
    const ActorRef pool = sim.make_pool(options(2, 6));
    sim.run();
    Answers answers;
    std::minstd_rand random(seed);
    std::uint64_t number = 0;
    for (int i = 0; i < 300; ++i) {
      static constexpr const char* kNames[] = {"who", "wait", "boom", "put_off"};
      const char* name = random() % 100 == 0 ? "crash" : kNames[random() % 4];
      // Whose message has not been taken knows that already.
      if (sim.request(answers, number + 1, pool, name) == Posted::ok) ++number;
      if (random() % 3 == 0) sim.advance(milliseconds(random() % 400));
      if (random() % 20 != 0) continue;
      if (sim.request(answers, number + 1, pool, "pool:advance") == Posted::ok) ++number;
    }
    sim.advance(seconds(120));
    for (std::uint64_t i = 1; i <= number; ++i) {
      ASSERT_EQ(answers.to(i).size(), 1u) << "seed " << seed << ", request " << i << " of "
                                          << number << (sim.ended(pool) ? ", ended" : "");
    }
    if (sim.ended(pool)) continue;  // too many have ended in too short a time
    const auto answer = sim.ask(pool, "pool:metrics");
    ASSERT_TRUE(answer);
    const PoolMetrics now = pool_metrics_of(answer->front());
    EXPECT_EQ(now.in_use, 0u) << seed;
    EXPECT_EQ(now.waiting, 0u) << seed;
    EXPECT_EQ(now.available, now.size) << seed;
    EXPECT_EQ(sim.core().live().count(), now.size + 2) << seed;
  }
}

}  // namespace
}  // namespace moonwright::actors
