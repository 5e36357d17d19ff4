// health_test.cpp: what counts against an actor, and how much; when it is called unhealthy; how
// many are recycled at once; what is known of how long work takes.
#include "lifecycle/health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lifecycle/recycle_pace.hpp"
#include "lifecycle/run_times.hpp"

namespace moonwright::lifecycle {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

struct Case {
  HealthInput input;
  double points;
  const char* reason;
};

void expect_table(Penalty (*penalty_of)(const HealthInput&, const HealthOptions&),
                  const std::vector<Case>& table, const HealthOptions& options = {}) {
  for (const Case& each : table) {
    const Penalty penalty = penalty_of(each.input, options);
    EXPECT_DOUBLE_EQ(penalty.points, each.points) << each.reason;
    EXPECT_EQ(penalty.reason, each.reason);
  }
}

TEST(Health, CountsMemoryAgainstItsLimit) {
  expect_table(
      memory_penalty,
      {{{.memory_used = 0, .memory_limit = 100}, 0, ""},
       {{.memory_used = 80, .memory_limit = 100}, 0, ""},
       {{.memory_used = 92, .memory_limit = 100}, 20, "memory at 0.92 of its limit, above 0.8"},
       {{.memory_used = 80'001, .memory_limit = 100'000},
        20,
        "memory at 0.80001 of its limit, above 0.8"},
       {{.memory_used = 100, .memory_limit = 100}, 20, "memory at 1 of its limit, above 0.8"},
       {{.memory_used = 1ull << 40}, 0, ""},
       {{.memory_used = 7, .memory_limit = 0}, 0, ""}});
}

TEST(Health, CountsTheRateOfErrors) {
  expect_table(error_penalty,
               {{{}, 0, ""},
                {{.uses = 10, .errors = 1}, 0, ""},
                {{.uses = 10, .errors = 2}, 30, "0.2 of its messages failed (2 of 10), above 0.1"},
                {{.uses = 1, .errors = 1}, 30, "1 of its messages failed (1 of 1), above 0.1"}});
}

TEST(Health, CountsAge) {
  expect_table(age_penalty,
               {{{.age = hours(1)}, 0, ""}, {{.age = hours(2)}, 25, "age 2 h, above 1 h"}});
}

TEST(Health, CountsUses) {
  expect_table(use_penalty, {{{.uses = 10'000}, 0, ""},
                             {{.uses = 10'001}, 15, "10001 messages handled, above 10000"}});
}

TEST(Health, CountsTheWholeAverageOfSlowHandlers) {
  expect_table(
      slow_penalty,
      {{{.average_run = milliseconds(100)}, 0, ""},
       {{.average_run = milliseconds(200)}, 20, "handlers take 200 ms on average, above 100 ms"},
       {{.average_run = seconds(2)}, 200, "handlers take 2 s on average, above 100 ms"}});
  HealthOptions options;
  options.slow_decay = 0.5;
  options.slow = milliseconds(10);
  expect_table(
      slow_penalty,
      {{{.average_run = milliseconds(30)}, 15, "handlers take 30 ms on average, above 10 ms"}},
      options);
}

TEST(Health, CountsTheAgeOfTheOldestMessage) {
  expect_table(mailbox_penalty,
               {{{.mailbox_age = seconds(5)}, 0, ""},
                {{.mailbox_age = seconds(8)}, 10, "its oldest message has waited 8 s, above 5 s"}});
}

TEST(Health, CountsLimitsThatWereHit) {
  expect_table(limit_penalty,
               {{{.limit_hits = 3}, 0, ""}, {{.limit_hits = 4}, 10, "4 limits hit, above 3"}});
}

TEST(Health, CountsEmergencyCollections) {
  expect_table(collection_penalty,
               {{{.emergency_collections = 3}, 0, ""},
                {{.emergency_collections = 9}, 10, "9 emergency collections, above 3"}});
}

TEST(Health, OfAFreshActorIsPerfect) {
  const Health health = assess({}, {});
  EXPECT_EQ(health.score, 100);
  EXPECT_TRUE(health.healthy);
  EXPECT_TRUE(health.reasons.empty());
  EXPECT_EQ(describe(health), "health 100 of 100");
}

TEST(Health, IsAHundredLessAllPenaltiesAndSaysWhy) {
  const HealthInput input{
      .memory_used = 92, .memory_limit = 100, .uses = 10, .errors = 5, .age = hours(2)};
  const Health health = assess(input, {});
  EXPECT_EQ(health.score, 25);
  EXPECT_FALSE(health.healthy);
  EXPECT_THAT(health.reasons,
              ElementsAre("0.5 of its messages failed (5 of 10), above 0.1", "age 2 h, above 1 h",
                          "memory at 0.92 of its limit, above 0.8"));
  EXPECT_EQ(describe(health),
            "health 25 of 100: 0.5 of its messages failed (5 of 10), above 0.1; age 2 h, above 1 "
            "h; memory at 0.92 of its limit, above 0.8");
}

TEST(Health, IsHealthyAboveFiftyOnly) {
  HealthInput input{.uses = 10, .errors = 5, .average_run = milliseconds(200)};
  EXPECT_EQ(assess(input, {}).score, 50);
  EXPECT_FALSE(assess(input, {}).healthy);
  input.average_run = milliseconds(190);
  EXPECT_TRUE(assess(input, {}).healthy);
}

HealthInput any_input() {
  const auto up_to = [](std::uint64_t most) { return *rc::gen::inRange<std::uint64_t>(0, most); };
  HealthInput input;
  input.memory_used = up_to(1000);
  input.memory_limit = up_to(2) == 0 ? kUnlimited : up_to(1000);
  input.uses = up_to(30'000);
  input.errors = up_to(input.uses + 1);
  input.age = nanoseconds(seconds(up_to(10'000)));
  input.average_run = nanoseconds(milliseconds(up_to(2'000)));
  input.mailbox_age = nanoseconds(milliseconds(up_to(10'000)));
  input.limit_hits = up_to(10);
  input.emergency_collections = up_to(10);
  return input;
}

RC_GTEST_PROP(Health, IsWithinItsBoundsAndHasAReasonForEachPoint, ()) {
  const Health health = assess(any_input(), {});
  RC_ASSERT(health.score >= 0);
  RC_ASSERT(health.score <= 100);
  RC_ASSERT(health.reasons.empty() == (health.score == 100));
}

RC_GTEST_PROP(Health, NeverGetsBetterByWhatIsWorse, ()) {
  const HealthInput input = any_input();
  const double before = health_score(input, {});
  HealthInput worse = input;
  switch (*rc::gen::inRange(0, 7)) {
    case 0: worse.memory_used += 100; break;
    case 1: worse.errors += 100; break;
    case 2: worse.age += hours(1); break;
    case 3: worse.average_run += milliseconds(90); break;
    case 4: worse.mailbox_age += seconds(3); break;
    case 5: worse.limit_hits += 3; break;
    default: worse.emergency_collections += 3; break;
  }
  RC_ASSERT(health_score(worse, {}) <= before);
}

TEST(HealthMeter, CallsNobodyUnhealthyForOneBadSample) {
  HealthMeter meter;
  EXPECT_TRUE(meter.observe(10));
  EXPECT_TRUE(meter.observe(51));
  EXPECT_TRUE(meter.observe(50));
  EXPECT_FALSE(meter.observe(50));
  EXPECT_EQ(meter.score(), 50);
}

TEST(HealthMeter, CallsNobodyHealthyAgainBeforeFiveGoodSamplesInARow) {
  HealthMeter meter;
  meter.observe(0);
  meter.observe(0);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(meter.observe(90));
  EXPECT_FALSE(meter.observe(60)) << "which is not above 60";
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(meter.observe(61));
  EXPECT_TRUE(meter.observe(61));
}

RC_GTEST_PROP(HealthMeter, ChangesOnlyAfterAWholeStreak, ()) {
  const auto scores = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 101));
  HealthMeter meter;
  bool healthy = true;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const bool now = meter.observe(scores[i]);
    if (now == healthy) continue;
    const std::size_t samples = healthy ? 2 : 5;
    RC_ASSERT(i + 1 >= samples);
    RC_ASSERT(std::all_of(scores.begin() + static_cast<std::ptrdiff_t>(i + 1 - samples),
                          scores.begin() + static_cast<std::ptrdiff_t>(i + 1),
                          [&](int score) { return healthy ? score <= 50 : score > 60; }));
    healthy = now;
  }
}

TEST(RecyclePace, LetsOneInTenDrainAndAtLeastOne) {
  EXPECT_EQ(RecyclePace::most_at_once(1), 1u);
  EXPECT_EQ(RecyclePace::most_at_once(19), 1u);
  EXPECT_EQ(RecyclePace::most_at_once(1'000), 100u);
  RecyclePace pace;
  EXPECT_TRUE(pace.begin(20));
  EXPECT_TRUE(pace.begin(20));
  EXPECT_FALSE(pace.begin(20));
  pace.end();
  EXPECT_TRUE(pace.begin(20));
}

TEST(RecyclePace, LeavesAChildAloneForTenChecks) {
  const Instant now{seconds(100)};
  EXPECT_EQ(RecyclePace::rests_until(now, seconds(2)) - now, seconds(20));
}

TEST(RunTimes, OfNothingAreZero) {
  const RunTimes times;
  EXPECT_EQ(times.mean_short(), nanoseconds(0));
  EXPECT_EQ(times.long_time(), nanoseconds(0));
  EXPECT_EQ(times.p95(), nanoseconds(0));
}

TEST(RunTimes, HaveASampleStandForTheShortOnes) {
  RunTimes times;
  times.sample(microseconds(10), 64);
  times.sample(microseconds(10), 64);
  EXPECT_EQ(times.mean_short(), microseconds(10));
  EXPECT_EQ(times.p95(), nanoseconds(16'384));
  times.add_long(milliseconds(128));
  EXPECT_EQ(times.p95(), nanoseconds(16'384)) << "one in 129 is not one in 20";
  EXPECT_EQ(RunTimes::total(129, times.mean_short(), times.long_count(), times.long_time()),
            microseconds(1'280) + milliseconds(128));
}

RC_GTEST_PROP(RunTimes, HaveAP95ThatNineteenOfTwentyDoNotExceed, ()) {
  const auto all = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 1 << 30)));
  RunTimes times;
  for (const std::int64_t ns : all) times.add_long(nanoseconds(ns));
  auto sorted = all;
  std::sort(sorted.begin(), sorted.end());
  const nanoseconds exact(sorted[sorted.size() - sorted.size() / 20 - 1]);
  RC_ASSERT(times.p95() >= exact);
  RC_ASSERT(times.p95() <= std::max(nanoseconds(512), 2 * exact));
}

}  // namespace
}  // namespace moonwright::lifecycle
