// work_meter_test.cpp: what is known of the work of an actor, and how little is looked at the clock
// for it.
#include "actors/work_meter.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// Counts how often it is looked at.
class CountingClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override { return ++looks, time; }
  [[nodiscard]] Instant coarse_now() const noexcept override { return ++looks, time; }

  mutable int looks = 0;
  Instant time{seconds(1'000)};
};

class WorkMeters : public ::testing::Test {
 protected:
  WorkMeters() { meter_.begin_turn(0, clock_); }

  /// Handles a message that takes so many ticks; answers whether it was timed.
  bool handle(std::uint64_t ticks, nanoseconds took = microseconds(3)) {
    const bool timed = meter_.count_use();
    if (timed) meter_.time(took);
    ticks_ += ticks;
    meter_.look(ticks_, clock_, false, false);
    return timed;
  }
  ActorStats stats(bool waiting = false) {
    ActorStats stats;
    meter_.add_to(stats, clock_.time, waiting);
    return stats;
  }

  CountingClock clock_;
  WorkMeter meter_{Instant(seconds(1'000)), {}};
  std::uint64_t ticks_ = 0;
};

TEST_F(WorkMeters, TimeTheFirstFewMessagesAndThenOneIn64) {
  int timed = 0;
  for (int i = 0; i < 6'400; ++i) timed += handle(0) ? 1 : 0;
  EXPECT_EQ(timed, 108);
  EXPECT_EQ(clock_.looks, 1) << "besides those that are timed";
  EXPECT_EQ(stats().life.average_run_time, microseconds(3));
  EXPECT_EQ(stats().run_time, microseconds(3) * 6'400);
  EXPECT_EQ(stats().life.p95_run_time, nanoseconds(4'096));
}

TEST_F(WorkMeters, SeeLongHandlersByTheirTicks) {
  for (int i = 0; i < 99; ++i) handle(0, microseconds(0));
  handle(200);
  EXPECT_EQ(stats().run_time, milliseconds(200));
  EXPECT_EQ(stats().life.average_run_time, milliseconds(2));
}

TEST_F(WorkMeters, CountAHandlerThatGivesWayAsOne) {
  for (int i = 0; i < 8; ++i) handle(0, microseconds(1));
  static_cast<void>(meter_.count_use());
  for (int i = 0; i < 50; ++i) {
    meter_.look(++ticks_, clock_, false, i < 49);
    ticks_ += 7;  // others have the worker
    meter_.begin_turn(ticks_, clock_);
  }
  EXPECT_EQ(stats().run_time, milliseconds(50) + microseconds(8));
  EXPECT_EQ(stats().life.uses, 9u);
  EXPECT_EQ(stats().life.p95_run_time, nanoseconds(1 << 26)) << "the ninth of nine: 50 ms";
}

TEST_F(WorkMeters, KeepTheSumsAndCountALifeAnew) {
  for (int i = 0; i < 10; ++i) handle(5);
  meter_.end_life(3, 2);
  clock_.time += seconds(60);
  meter_.begin_life(clock_.time);
  handle(5);
  clock_.time += seconds(1);
  const ActorStats now = stats();
  EXPECT_EQ(now.uses, 11u);
  EXPECT_EQ(now.errors, 3u);
  EXPECT_EQ(now.limit_hits, 2u);
  EXPECT_EQ(now.run_time, milliseconds(55));
  EXPECT_EQ(now.life.uses, 1u);
  EXPECT_EQ(now.life.errors, 0u);
  EXPECT_EQ(now.life.age, seconds(1));
  EXPECT_EQ(now.life.average_run_time, milliseconds(5));
}

TEST_F(WorkMeters, KnowSinceWhenTheMailboxHasNotBeenEmpty) {
  clock_.time += seconds(10);
  meter_.begin_turn(1, clock_);
  meter_.note_empty();
  clock_.time += seconds(4);
  EXPECT_EQ(stats(false).mailbox_age, seconds(0));
  EXPECT_EQ(stats(true).mailbox_age, seconds(4));
}

TEST_F(WorkMeters, KnowWhenTheActorWasLastUsed) {
  EXPECT_EQ(stats().last_used, stats().created);
  clock_.time += seconds(10);
  meter_.begin_turn(1, clock_);
  handle(0);
  clock_.time += seconds(10);
  EXPECT_EQ(stats().last_used - stats().created, seconds(10));
}

constexpr const char* kWorker = R"(
  return {
    work = function() end,
    fail = function() error "no" end,
    wrong = function() error { code = "invalid_argument", message = "yours" } end,
    spin = function() while true do end end,
  }
)";

TEST(Work, OfAnActorIsSeenFromOutside) {
  SimCore sim;
  const ActorRef actor = sim.spawn(kWorker);
  for (int i = 0; i < 3; ++i) static_cast<void>(sim.ask(actor, "work"));
  static_cast<void>(sim.ask(actor, "fail"));
  static_cast<void>(sim.ask(actor, "wrong"));
  static_cast<void>(sim.ask(actor, "unknown"));
  sim.run();
  const ActorStats stats = ScriptActor::of(actor).stats();
  EXPECT_EQ(stats.uses, 6u);
  EXPECT_EQ(stats.errors, 1u) << "what the sender did wrong does not count";
  EXPECT_EQ(stats.limit_hits, 0u);
  EXPECT_EQ(stats.incarnation, 1u);
  EXPECT_EQ(stats.restarts, 0u);
}

TEST(Work, SurvivesARestartInTheSums) {
  SimCore sim(quiet_options());
  const ActorRef actor = sim.supervise(child_spec("worker", kWorker));
  sim.send(actor, "work");
  sim.send(actor, "fail");
  sim.send(actor, "work");
  sim.run();
  const ActorStats stats = ScriptActor::of(actor).stats();
  EXPECT_EQ(stats.uses, 3u);
  EXPECT_EQ(stats.errors, 1u);
  EXPECT_EQ(stats.restarts, 1u);
  EXPECT_EQ(stats.recycles, 0u);
  EXPECT_EQ(stats.incarnation, 2u);
  EXPECT_EQ(stats.life.uses, 1u);
  EXPECT_EQ(stats.life.errors, 0u);
}

}  // namespace
}  // namespace moonwright::actors
