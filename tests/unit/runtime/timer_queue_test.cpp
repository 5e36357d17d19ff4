// timer_queue_test.cpp: the queue does what a sorted list would do.
#include "runtime/timer_queue.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace moonwright::runtime {
namespace {

Instant at(int tick) { return Instant(std::chrono::milliseconds(tick)); }

TEST(TimerQueue, GivesWhatIsDueAndNothingElse) {
  TimerQueue queue;
  EXPECT_EQ(queue.earliest(), kNever);
  std::uint64_t owner = 0;
  EXPECT_FALSE(queue.pop_due(kNever, owner));
  static_cast<void>(queue.add(at(20), 2));
  static_cast<void>(queue.add(at(10), 1));
  EXPECT_EQ(queue.earliest(), at(10));
  EXPECT_FALSE(queue.pop_due(at(9), owner));
  EXPECT_TRUE(queue.pop_due(at(10), owner));
  EXPECT_EQ(owner, 1u);
  EXPECT_FALSE(queue.pop_due(at(10), owner));
  EXPECT_EQ(queue.size(), 1u);
}

TEST(TimerQueue, GivesEqualInstantsInTheOrderInWhichTheyWereAdded) {
  TimerQueue queue;
  for (std::uint64_t i = 0; i < 100; ++i) static_cast<void>(queue.add(at(5), i));
  std::uint64_t owner = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(queue.pop_due(at(5), owner));
    EXPECT_EQ(owner, i);
  }
}

TEST(TimerQueue, NeverReusesTheNameOfAnEntry) {
  TimerQueue queue;
  EXPECT_FALSE(queue.remove(TimerQueue::kNone));
  const TimerQueue::Id first = queue.add(at(1), 1);
  EXPECT_TRUE(queue.remove(first));
  const TimerQueue::Id second = queue.add(at(1), 2);
  EXPECT_NE(first, second);
  EXPECT_FALSE(queue.remove(first));
  EXPECT_EQ(queue.size(), 1u);
  std::uint64_t owner = 0;
  ASSERT_TRUE(queue.pop_due(at(1), owner));
  EXPECT_FALSE(queue.remove(second));
}

struct Entry {
  Instant due;
  std::uint64_t owner;
  TimerQueue::Id id;
};

TEST(TimerQueue, AgreesWithASortedListUnderAnySequenceOfCalls) {
  EXPECT_TRUE(rc::check([] {
    TimerQueue queue;
    std::vector<Entry> model;  // in the order of due, then of adding
    std::vector<TimerQueue::Id> gone;
    std::uint64_t next = 0;
    const auto steps = *rc::gen::inRange(0, 400);
    for (int step = 0; step < steps; ++step) {
      switch (*rc::gen::weightedElement<int>({{5, 0}, {2, 1}, {3, 2}, {1, 3}})) {
        case 0: {
          const Entry entry{at(*rc::gen::inRange(0, 20)), ++next, TimerQueue::kNone};
          const auto place = std::find_if(model.begin(), model.end(),
                                          [&](const Entry& e) { return e.due > entry.due; });
          model.insert(place, entry)->id = queue.add(entry.due, entry.owner);
          break;
        }
        case 1: {
          if (model.empty()) break;
          const auto index = *rc::gen::inRange<std::size_t>(0, model.size());
          RC_ASSERT(queue.remove(model[index].id));
          gone.push_back(model[index].id);
          model.erase(model.begin() + static_cast<std::ptrdiff_t>(index));
          break;
        }
        case 2: {
          const Instant now = at(*rc::gen::inRange(0, 20));
          std::uint64_t owner = 0;
          const bool due = !model.empty() && model.front().due <= now;
          RC_ASSERT(queue.pop_due(now, owner) == due);
          if (!due) break;
          RC_ASSERT(owner == model.front().owner);
          gone.push_back(model.front().id);
          model.erase(model.begin());
          break;
        }
        default:
          if (!gone.empty()) {
            RC_ASSERT(!queue.remove(gone[*rc::gen::inRange<std::size_t>(0, gone.size())]));
          }
      }
      RC_ASSERT(queue.size() == model.size());
      RC_ASSERT(queue.earliest() == (model.empty() ? kNever : model.front().due));
    }
  }));
}

}  // namespace
}  // namespace moonwright::runtime
