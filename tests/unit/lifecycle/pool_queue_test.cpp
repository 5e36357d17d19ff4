// pool_queue_test.cpp: who waits for a state of a pool, in what order and how long.
#include "lifecycle/pool_queue.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <deque>

#include "lifecycle/pool_waits.hpp"

namespace moonwright::lifecycle {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

Instant at(int ms) { return Instant() + milliseconds(ms); }

TEST(PoolQueue, ServesInOrderAndIsBounded) {
  WaitingLine<int> line(2, milliseconds(100));
  EXPECT_TRUE(line.empty());
  line.push(1, at(0));
  EXPECT_FALSE(line.full());
  line.push(2, at(5));
  EXPECT_TRUE(line.full());
  EXPECT_EQ(line.pop().request, 1);
  EXPECT_EQ(line.oldest(), at(5));
  EXPECT_EQ(line.pop().request, 2);
  EXPECT_EQ(line.oldest(), kNever);
}

TEST(PoolQueue, IsAlwaysFullWithoutPlaces) {
  const WaitingLine<int> line(0, milliseconds(100));
  EXPECT_TRUE(line.full());
}

TEST(PoolQueue, GivesUpWhoHasWaitedTooLong) {
  WaitingLine<int> line(9, milliseconds(100));
  line.push(1, at(0));
  line.push(2, at(50));
  EXPECT_EQ(line.next_overdue(), at(100));
  EXPECT_FALSE(line.pop_overdue(at(99)));
  EXPECT_EQ(line.pop_overdue(at(100))->request, 1);
  EXPECT_FALSE(line.pop_overdue(at(100)));
  EXPECT_EQ(line.next_overdue(), at(150));
}

TEST(PoolQueue, TakesBackWhatWasTakenInVain) {
  WaitingLine<int> line(1, milliseconds(100));
  line.push(1, at(0));
  auto entry = line.pop();
  line.push(2, at(1));
  line.put_back(std::move(entry));
  EXPECT_EQ(line.pop().request, 1);
  EXPECT_EQ(line.pop().request, 2);
}

RC_GTEST_PROP(PoolQueue, LosesNobody, ()) {
  WaitingLine<int> line(10, milliseconds(20));
  std::deque<int> model;
  int next = 0;
  int now = 0;
  for (int i = 0; i < 200; ++i) {
    now += *rc::gen::inRange(0, 5);
    if (*rc::gen::arbitrary<bool>() && !line.full()) {
      line.push(next, at(now));
      model.push_back(next++);
    } else if (*rc::gen::arbitrary<bool>() && !line.empty()) {
      RC_ASSERT(line.pop().request == model.front());
      model.pop_front();
    }
    while (auto late = line.pop_overdue(at(now))) {
      RC_ASSERT(now - milliseconds(20).count() >=
                std::chrono::duration_cast<milliseconds>(late->since - Instant()).count());
      RC_ASSERT(late->request == model.front());
      model.pop_front();
    }
    RC_ASSERT(line.size() == model.size());
  }
}

TEST(PoolWaits, HasNoPercentilesAtFirst) { EXPECT_EQ(WaitTimes().percentile(0.5), nanoseconds(0)); }

TEST(PoolWaits, TellsTheMiddleFromTheEnd) {
  WaitTimes waits;
  for (int i = 0; i < 98; ++i) waits.add(nanoseconds(0));
  waits.add(milliseconds(100));
  waits.add(milliseconds(100));
  EXPECT_EQ(waits.percentile(0.5), nanoseconds(0));
  EXPECT_GE(waits.percentile(0.99), milliseconds(100));
  EXPECT_LE(waits.percentile(0.99), milliseconds(200));
}

RC_GTEST_PROP(PoolWaits, IsAtMostTwiceTooLarge, ()) {
  WaitTimes waits;
  const auto ns = *rc::gen::inRange<std::int64_t>(1, 100'000'000'000);
  waits.add(nanoseconds(ns));
  RC_ASSERT(waits.percentile(0.5).count() >= ns);
  RC_ASSERT(waits.percentile(0.5).count() < 2 * ns);
}

}  // namespace
}  // namespace moonwright::lifecycle
