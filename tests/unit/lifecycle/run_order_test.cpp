// run_order_test.cpp: who runs next, and that nobody waits for ever.
#include "lifecycle/run_order.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace moonwright::lifecycle {
namespace {

using Order = RunOrder<int>;

std::vector<int> pop_all(Order& order) {
  std::vector<int> jobs;
  while (const auto job = order.pop(0)) jobs.push_back(*job);
  return jobs;
}

TEST(RunOrder, IsEmptyAtFirst) {
  Order order;
  EXPECT_TRUE(order.empty());
  EXPECT_EQ(order.size(), 0u);
  EXPECT_EQ(order.pop(0), std::nullopt);
}

TEST(RunOrder, RunsWhoCameFirstFirst) {
  for (const RunLevel level : {RunLevel::normal, RunLevel::low, RunLevel::lowest}) {
    Order order;
    for (int job = 0; job < 5; ++job) order.push(job, level);
    EXPECT_EQ(order.size(), 5u);
    EXPECT_EQ(pop_all(order), (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_TRUE(order.empty());
  }
}

TEST(RunOrder, GivesTheLowLevelEveryFourthTurn) {
  Order order;
  for (int job = 0; job < 8; ++job) order.push(job, RunLevel::normal);
  for (int job = 100; job < 103; ++job) order.push(job, RunLevel::low);
  EXPECT_EQ(pop_all(order), (std::vector<int>{0, 1, 2, 100, 3, 4, 5, 101, 6, 7, 102}));
}

TEST(RunOrder, GivesTheLowestLevelEveryEighthTurn) {
  Order order;
  for (int job = 0; job < 8; ++job) order.push(job, RunLevel::normal);
  for (int job = 100; job < 108; ++job) order.push(job, RunLevel::low);
  for (int job = 200; job < 202; ++job) order.push(job, RunLevel::lowest);
  const std::vector<int> jobs = pop_all(order);
  ASSERT_EQ(jobs.size(), 18u);
  EXPECT_EQ(jobs[7], 200);
  EXPECT_EQ(jobs[15], 201);
}

TEST(RunOrder, GivesTheLowestLevelAllTurnsThatNobodyElseWants) {
  Order order;
  for (int job = 0; job < 10; ++job) order.push(job, RunLevel::lowest);
  EXPECT_EQ(pop_all(order).size(), 10u);
}

TEST(RunOrder, GivesTheLowLevelAllTurnsThatNobodyElseWants) {
  Order order;
  for (int job = 0; job < 10; ++job) order.push(job, RunLevel::low);
  EXPECT_EQ(pop_all(order).size(), 10u);
}

TEST(RunOrder, LetsTheSlotGoFirstWhileNobodyElseWaits) {
  Order order;
  for (std::uint32_t i = 0; i < 3 * Order::kRunNextMax; ++i) {
    EXPECT_TRUE(order.slot_goes_first(1'000));
  }
}

TEST(RunOrder, LetsTheSlotGoFirstAtMostSixtyFourTimesInARow) {
  Order order;
  order.push(1, RunLevel::normal);
  order.push(2, RunLevel::normal);
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < 64; ++i) ASSERT_TRUE(order.slot_goes_first(0)) << i;
    EXPECT_FALSE(order.slot_goes_first(0));
    EXPECT_FALSE(order.slot_goes_first(0));
    EXPECT_EQ(order.pop(0), round + 1);
    order.push(3, RunLevel::low);
  }
}

TEST(RunOrder, LetsTheSlotGoFirstOnlyWithinOneSlice) {
  Order order;
  order.push(1, RunLevel::normal);
  order.push(2, RunLevel::low);
  ASSERT_EQ(order.pop(10), 1);
  EXPECT_TRUE(order.slot_goes_first(10));
  EXPECT_TRUE(order.slot_goes_first(10 + Order::kSliceTicks - 1));
  EXPECT_FALSE(order.slot_goes_first(10 + Order::kSliceTicks));
  ASSERT_EQ(order.pop(20), 2);
  order.push(3, RunLevel::normal);
  EXPECT_TRUE(order.slot_goes_first(21)) << "a new slice began with the last job";
}

// Two jobs keep waking each other, so that the slot is never empty, and the others go back to a
// random level after each turn. Then each of them runs again before everybody has had a turn on the
// low level: that is one of four out of the queues, with at most 64 from the slot in between.
RC_GTEST_PROP(RunOrder, StarvesNobody, ()) {
  const auto jobs = *rc::gen::inRange<std::size_t>(1, 8);
  const auto turns_per_tick = *rc::gen::inRange<std::size_t>(1, 1'000);
  const auto is_low = *rc::gen::container<std::vector<bool>>(97, rc::gen::arbitrary<bool>());
  const std::size_t longest = (jobs + 1) * (Order::kRunNextMax + 1) * Order::kLowTurn;
  Order order;
  for (std::size_t job = 0; job < jobs; ++job) {
    order.push(static_cast<int>(job), RunLevel::normal);
  }
  std::vector<std::size_t> last_turn(jobs, 0);
  for (std::size_t turn = 0; turn < 5 * longest; ++turn) {
    const std::size_t tick = turn / turns_per_tick;
    if (!order.slot_goes_first(tick)) {
      const int job = order.pop(tick).value();
      last_turn[static_cast<std::size_t>(job)] = turn;
      order.push(job, is_low[turn % is_low.size()] ? RunLevel::low : RunLevel::normal);
    }
    for (const std::size_t last : last_turn) RC_ASSERT(turn - last <= longest);
  }
}

// The same order by a model that is too simple to be wrong.
RC_GTEST_PROP(RunOrder, AgreesWithItsModel, ()) {
  Order order;
  std::deque<int> normal;
  std::deque<int> low;
  int since_low = 0;
  int next = 0;
  const auto steps = *rc::gen::container<std::vector<int>>(300, rc::gen::inRange(0, 5));
  for (const int step : steps) {
    if (step < 2) {
      normal.push_back(next);
      order.push(next++, RunLevel::normal);
    } else if (step == 2) {
      low.push_back(next);
      order.push(next++, RunLevel::low);
    } else {
      std::optional<int> expected;
      const bool takes_low = !low.empty() && (normal.empty() || since_low == 3);
      std::deque<int>& queue = takes_low ? low : normal;
      if (takes_low) {
        since_low = 0;
      } else if (!low.empty()) {
        ++since_low;
      }
      if (!queue.empty()) {
        expected = queue.front();
        queue.pop_front();
      }
      RC_ASSERT(order.pop(0) == expected);
    }
    RC_ASSERT(order.size() == normal.size() + low.size());
  }
}

}  // namespace
}  // namespace moonwright::lifecycle
