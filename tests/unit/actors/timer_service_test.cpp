// timer_service_test.cpp: alarms ring once, in order, when they are due, and never after cancel().
#include "actors/timer_service.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "manual_clock.hpp"
#include "support/eventually.hpp"
#include "support/own_threads.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using tests::eventually;

class Bell final : public Alarm {
 public:
  explicit Bell(std::function<Instant()> on_ring) : on_ring_(std::move(on_ring)) {}
  ~Bell() override = default;

 private:
  Instant ring() noexcept override { return on_ring_(); }
  std::function<Instant()> on_ring_;
};

class ManualTimers : public ::testing::Test {
 protected:
  std::unique_ptr<Bell> bell(int number) {
    return std::make_unique<Bell>([this, number] {
      rung_.push_back(number);
      return kNever;
    });
  }
  void run_after(std::chrono::nanoseconds time) {
    clock_.advance(time);
    timers_.run_due();
  }

  ManualClock clock_;
  TimerService timers_{clock_, TimerService::Mode::manual};
  std::vector<int> rung_;
};

TEST_F(ManualTimers, RingInTheOrderInWhichTheyAreDue) {
  std::vector<std::unique_ptr<Bell>> bells;
  for (int number = 0; number < 100; ++number) {
    bells.push_back(bell(number * 37 % 100));
    timers_.set(*bells.back(), clock_.now() + seconds(number * 37 % 100));
  }
  EXPECT_EQ(timers_.alarms_set(), 100u);
  run_after(seconds(1'000));
  ASSERT_EQ(rung_.size(), 100u);
  EXPECT_TRUE(std::is_sorted(rung_.begin(), rung_.end()));
  EXPECT_EQ(timers_.alarms_set(), 0u);
}

TEST_F(ManualTimers, DoNotRingBeforeTheyAreDue) {
  const auto alarm = bell(1);
  timers_.set(*alarm, clock_.now() + seconds(1));
  EXPECT_EQ(timers_.earliest(), clock_.now() + seconds(1));
  run_after(seconds(1) - std::chrono::nanoseconds(1));
  EXPECT_TRUE(rung_.empty());
  run_after(std::chrono::nanoseconds(1));
  EXPECT_EQ(rung_, std::vector<int>{1});
  run_after(hours(1));
  EXPECT_EQ(rung_.size(), 1u) << "once";
  EXPECT_EQ(timers_.earliest(), kNever);
}

TEST_F(ManualTimers, RingWhenTheyWereSetLast) {
  const auto alarm = bell(1);
  timers_.set(*alarm, clock_.now() + seconds(1));
  timers_.set(*alarm, clock_.now() + seconds(3));
  EXPECT_EQ(timers_.alarms_set(), 1u);
  run_after(seconds(2));
  EXPECT_TRUE(rung_.empty());
  timers_.set(*alarm, clock_.now());
  timers_.run_due();
  EXPECT_EQ(rung_.size(), 1u);
  run_after(seconds(2));
  EXPECT_EQ(rung_.size(), 1u);
}

TEST_F(ManualTimers, SetEarlierOnlyBringsForward) {
  const auto alarm = bell(1);
  timers_.set_earlier(*alarm, clock_.now() + seconds(2));
  timers_.set_earlier(*alarm, clock_.now() + seconds(3));
  EXPECT_EQ(timers_.earliest(), clock_.now() + seconds(2));
  timers_.set_earlier(*alarm, clock_.now() + seconds(1));
  EXPECT_EQ(timers_.earliest(), clock_.now() + seconds(1));
  EXPECT_EQ(timers_.alarms_set(), 1u);
}

TEST_F(ManualTimers, NeverRingOnceTheyAreCancelled) {
  const auto cancelled = bell(1);
  const auto set_to_never = bell(2);
  const auto other = bell(3);
  for (const auto& alarm : {cancelled.get(), set_to_never.get(), other.get()}) {
    timers_.set(*alarm, clock_.now() + seconds(1));
  }
  timers_.cancel(*cancelled);
  timers_.cancel(*cancelled);
  timers_.set(*set_to_never, kNever);
  run_after(seconds(1));
  EXPECT_EQ(rung_, std::vector<int>{3});
  timers_.cancel(*other);
}

TEST_F(ManualTimers, RingAgainWhenTheySaySo) {
  int left = 3;
  Bell alarm([&] {
    rung_.push_back(left);
    return --left == 0 ? kNever : clock_.now() + seconds(1);
  });
  timers_.set(alarm, clock_.now() + seconds(1));
  for (int i = 0; i < 5; ++i) run_after(seconds(1));
  EXPECT_EQ(rung_, (std::vector<int>{3, 2, 1}));
}

TEST_F(ManualTimers, MayGoAwayWithAlarmsSet) {
  const auto alarm = bell(1);
  TimerService timers(clock_, TimerService::Mode::manual);
  timers.set(*alarm, clock_.now() + seconds(1));
}

// The service against an ordered map, over random programs of set, set_earlier, cancel and time.
RC_GTEST_PROP(TimerService, AgreesWithItsModel, ()) {
  constexpr int kAlarms = 12;
  ManualClock clock;
  TimerService timers(clock, TimerService::Mode::manual);
  std::vector<int> rung;
  std::deque<Bell> bells;
  for (int i = 0; i < kAlarms; ++i) {
    bells.emplace_back([&rung, i] {
      rung.push_back(i);
      return kNever;
    });
  }
  std::map<int, Instant> model;
  const auto steps = *rc::gen::container<std::vector<int>>(200, rc::gen::inRange(0, 10'000));
  for (const int step : steps) {
    const int who = step / 8 % kAlarms;
    Bell& alarm = bells[static_cast<std::size_t>(who)];
    const Instant due = clock.now() + seconds(step / 100);
    switch (step % 8) {
      case 0:
        timers.cancel(alarm);
        model.erase(who);
        break;
      case 1:
      case 2:
        timers.set_earlier(alarm, due);
        model[who] = model.contains(who) ? std::min(model[who], due) : due;
        break;
      case 3: {
        clock.advance(seconds(step % 40));
        rung.clear();
        timers.run_due();
        Instant last{};
        for (const int number : rung) {
          RC_ASSERT(model.contains(number));
          RC_ASSERT(model[number] >= last && model[number] <= clock.now());
          last = model[number];
          model.erase(number);
        }
        for (const auto& [number, when] : model) RC_ASSERT(when > clock.now());
        break;
      }
      default: timers.set(alarm, due); model[who] = due;
    }
    Instant earliest = kNever;
    for (const auto& [number, when] : model) earliest = std::min(earliest, when);
    RC_ASSERT(timers.earliest() == earliest);
    RC_ASSERT(timers.alarms_set() == model.size());
  }
  for (Bell& alarm : bells) timers.cancel(alarm);
}

class ThreadedTimers : public ::testing::Test {
 protected:
  SystemClock clock_;
  TimerService timers_{clock_, TimerService::Mode::threaded};
  std::atomic<int> rung_{0};
};

TEST_F(ThreadedTimers, RingByThemselvesAndNotTooEarly) {
  const Instant due = clock_.now() + milliseconds(5);
  std::atomic<bool> early{false};
  Bell alarm([&] {
    early = clock_.now() < due;
    ++rung_;
    return kNever;
  });
  timers_.set(alarm, due);
  EXPECT_TRUE(eventually([&] { return rung_ == 1; }));
  EXPECT_FALSE(early);
  timers_.cancel(alarm);
}

TEST_F(ThreadedTimers, HaveAnEarlierAlarmRingFirst) {
  Bell late([&] {
    rung_ += 100;
    return kNever;
  });
  Bell soon([&] {
    ++rung_;
    return kNever;
  });
  timers_.set(late, clock_.now() + hours(1));
  timers_.set(soon, clock_.now() + milliseconds(1));
  EXPECT_TRUE(eventually([&] { return rung_ == 1; }));
  timers_.cancel(late);
}

// Actors are ended and freed after cancel(): an alarm that rang later would ring in freed memory.
TEST_F(ThreadedTimers, NeverRingAfterCancelHasReturned) {
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    auto gone = std::make_unique<std::atomic<bool>>(false);
    auto alarm = std::make_unique<Bell>([&rung = rung_, &gone = *gone] {
      EXPECT_FALSE(gone);
      ++rung;
      return kNever;
    });
    timers_.set(*alarm, clock_.now() + std::chrono::microseconds(random() % 100));
    if (random() % 4 == 0) std::this_thread::yield();
    timers_.cancel(*alarm);
    *gone = true;
    alarm.reset();
  }
}

TEST_F(ThreadedTimers, RingFiveThousandAlarms) {
  std::mt19937 random(11);
  std::deque<Bell> bells;
  for (int i = 0; i < 5'000; ++i) {
    bells.emplace_back([this] {
      ++rung_;
      return kNever;
    });
    timers_.set(bells.back(), clock_.now() + std::chrono::microseconds(random() % 50'000));
  }
  EXPECT_TRUE(eventually([&] { return rung_ == 5'000; })) << rung_;
  EXPECT_EQ(timers_.alarms_set(), 0u);
}

TEST_F(ThreadedTimers, RingNoMoreOnceStopped) {
  Bell alarm([&] {
    ++rung_;
    return kNever;
  });
  timers_.set(alarm, clock_.now() + milliseconds(1));
  timers_.stop();
  const int before = rung_;
  timers_.set(alarm, clock_.now());
  timers_.stop();
  EXPECT_EQ(rung_, before);
  EXPECT_EQ(tests::count_threads("moonwright.time"), 0u);
  timers_.cancel(alarm);
}

class CountDown final : public Ticker {
 public:
  bool tick() noexcept override { return --left_ > 0; }
  [[nodiscard]] int left() const { return left_.load(); }
  void set(int ticks) { left_ = ticks; }

 private:
  std::atomic<int> left_{0};
};

TEST_F(ThreadedTimers, TickUntilNobodyWorksAndBeginAgain) {
  CountDown ticker;
  timers_.set_ticker(&ticker);
  for (int round = 0; round < 3; ++round) {
    ticker.set(5);
    // More than one worker may ask.
    timers_.start_ticking();
    timers_.start_ticking();
    EXPECT_TRUE(eventually([&] { return ticker.left() == 0; }));
  }
  timers_.set_ticker(nullptr);
  EXPECT_GE(ticker.left(), -1);
}

}  // namespace
}  // namespace moonwright::actors
