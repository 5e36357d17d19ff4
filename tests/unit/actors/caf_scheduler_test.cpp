// caf_scheduler_test.cpp: every job gets its turns, soon, on some worker; idle workers sleep.
#include "actors/caf_scheduler.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "actors/clock.hpp"
#include "support/eventually.hpp"
#include "support/own_threads.hpp"

namespace moonwright::actors {
namespace {

using tests::eventually;

// Workers without a runtime around them.
class Workers {
 public:
  explicit Workers(std::size_t count) {
    CafScheduler::configure(config_, count);
    system_ = std::make_unique<caf::actor_system>(config_);
    scheduler_ = std::make_unique<CafScheduler>(*system_, timers_, watchdog_);
  }
  ~Workers() {
    scheduler_.reset();
    system_.reset();
    timers_.stop();
  }
  CafScheduler* operator->() { return scheduler_.get(); }

 private:
  SystemClock clock_;
  TimerService timers_{clock_, TimerService::Mode::threaded};
  Watchdog watchdog_{runtime::SignalLease(), 1};
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<CafScheduler> scheduler_;
};

// A job that is what a function makes of it, and counts its turns.
class TestJob final : public Job {
 public:
  using Function = std::function<Turn(caf::execution_unit*)>;
  TestJob() : TestJob([](caf::execution_unit*) { return Turn::waits; }) {}
  explicit TestJob(Function function) : function_(std::move(function)) {}

  Turn run(caf::execution_unit* unit) override {
    const Turn turn = function_(unit);
    ++turns_;
    return turn;
  }
  void drop() noexcept override { ++drops_; }
  using Job::set_level;
  [[nodiscard]] int turns() const { return turns_.load(); }
  [[nodiscard]] int drops() const { return drops_.load(); }
  // Once dropped, the scheduler does not touch it any more.
  [[nodiscard]] bool done(int times = 1) const {
    return eventually([&] { return drops_ == times; });
  }

 private:
  const Function function_;
  std::atomic<int> turns_{0};
  std::atomic<int> drops_{0};
};

// Keeps a worker until `condition` holds; false if that takes longer than anybody would wait.
template <class Condition>
bool spin_until(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
  }
  return true;
}

TEST(CafScheduler, RunsAJobFromOutsideOnAWorker) {
  Workers workers(2);
  std::atomic<bool> on_worker{false};
  TestJob job([&](caf::execution_unit* unit) {
    on_worker = unit != nullptr && workers->is_worker_thread();
    return Job::Turn::waits;
  });
  workers->schedule(&job, nullptr);
  EXPECT_TRUE(job.done());
  EXPECT_TRUE(on_worker);
  EXPECT_FALSE(workers->is_worker_thread());
  EXPECT_EQ(job.turns(), 1);
}

TEST(CafScheduler, RunsAJobUntilItWaits) {
  Workers workers(2);
  int left = 100;
  TestJob job([&](caf::execution_unit*) {
    if (--left == 0) return Job::Turn::ended;
    return left % 2 == 0 ? Job::Turn::again : Job::Turn::again_late;
  });
  workers->schedule(&job, nullptr);
  EXPECT_TRUE(job.done());
  EXPECT_EQ(job.turns(), 100);
}

TEST(CafScheduler, RunsWhatJobsScheduleFromInside) {
  Workers workers(2);
  std::deque<TestJob> woken(500);
  TestJob waker([&](caf::execution_unit* unit) {
    for (TestJob& job : woken) workers->schedule(&job, unit);
    return Job::Turn::waits;
  });
  workers->schedule(&waker, nullptr);
  EXPECT_TRUE(waker.done());
  for (const TestJob& job : woken) ASSERT_TRUE(job.done());
}

TEST(CafScheduler, RunsEveryJobOnceHoweverManySchedule) {
  constexpr std::size_t kThreads = 3;
  constexpr std::size_t kEach = 5'000;
  Workers workers(2);
  std::vector<std::deque<TestJob>> jobs(kThreads);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (auto& mine : jobs) {
    threads.emplace_back([&workers, &mine] {
      for (std::size_t i = 0; i < kEach; ++i) workers->schedule(&mine.emplace_back(), nullptr);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : jobs) {
    for (const TestJob& job : mine) {
      ASSERT_TRUE(job.done());
      ASSERT_EQ(job.turns(), 1);
    }
  }
}

TEST(CafScheduler, TreatsAUnitOfAnotherSystemAsOutside) {
  Workers here(1);
  Workers there(1);
  TestJob target;
  TestJob waker([&](caf::execution_unit* unit) {
    there->schedule(&target, unit);
    return Job::Turn::waits;
  });
  here->schedule(&waker, nullptr);
  EXPECT_TRUE(target.done());
  EXPECT_TRUE(waker.done());
}

// A job in the run-next slot must not wait for the job that put it there.
TEST(CafScheduler, LetsAnotherWorkerTakeTheSlotOfABusyOne) {
  Workers workers(2);
  for (int round = 0; round < 50; ++round) {
    TestJob woken;
    std::atomic<bool> ran{false};
    TestJob busy([&](caf::execution_unit* unit) {
      workers->schedule(&woken, unit);
      ran = spin_until([&] { return woken.drops() == 1; });
      return Job::Turn::waits;
    });
    workers->schedule(&busy, nullptr);
    ASSERT_TRUE(busy.done());
    ASSERT_TRUE(ran);
  }
}

// The same for the first job of all, which may find its worker before that has ever slept.
TEST(CafScheduler, LetsAnotherWorkerTakeTheSlotFromTheVeryBeginning) {
  for (int round = 0; round < 100; ++round) {
    Workers workers(2);
    TestJob woken;
    std::atomic<bool> ran{false};
    TestJob busy([&](caf::execution_unit* unit) {
      workers->schedule(&woken, unit);
      ran = spin_until([&] { return woken.drops() == 1; });
      return Job::Turn::waits;
    });
    workers->schedule(&busy, nullptr);
    ASSERT_TRUE(busy.done());
    ASSERT_TRUE(ran) << "round " << round;
  }
}

TEST(CafScheduler, WakesASleeperForEachJob) {
  Workers workers(2);
  for (int i = 0; i < 20'000; ++i) {
    TestJob job;
    workers->schedule(&job, nullptr);
    ASSERT_TRUE(spin_until([&] { return job.drops() == 1; })) << i;
    // Sometimes the workers are just going to sleep, sometimes they are fast asleep.
    if (i % 100 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
}

// Two jobs come while one worker sleeps and the other is about to: each has to get a worker.
TEST(CafScheduler, HasAWorkerForEachOfTwoJobs) {
  Workers workers(2);
  for (int i = 0; i < 1'000; ++i) {
    TestJob last;
    TestJob first;
    std::atomic<bool> met{true};
    TestJob needs_other([&](caf::execution_unit*) {
      met = spin_until([&] { return last.drops() == 1; });
      return Job::Turn::waits;
    });
    workers->schedule(&first, nullptr);
    if (!spin_until([&] { return first.turns() == 1; })) FAIL() << i;
    workers->schedule(&needs_other, nullptr);
    workers->schedule(&last, nullptr);
    ASSERT_TRUE(needs_other.done());
    ASSERT_TRUE(met) << i;
    ASSERT_TRUE(first.done());
  }
}

TEST(CafScheduler, SleepsWhileThereIsNothingToDo) {
  Workers workers(4);
  TestJob job;
  workers->schedule(&job, nullptr);
  ASSERT_TRUE(job.done());
  // Until the last of them has gone to sleep, and the ticks have ended.
  const auto naps = [] { return tests::count_naps("caf.") + tests::count_naps("moonwright."); };
  EXPECT_TRUE(eventually([&] {
    const auto before = naps();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return naps() == before;
  })) << "somebody polls";
}

// What the framework's own policy does to a third actor when each worker has its pair.
TEST(CafScheduler, DoesNotLetTwoPingPongPairsStarveAThirdJob) {
  Workers workers(2);
  std::atomic<bool> over{false};
  std::atomic<int> scheduled{2};
  std::array<std::atomic<int>, 2> hops{};
  std::deque<TestJob> players;
  for (std::size_t i = 0; i < 4; ++i) {
    players.emplace_back([&, i](caf::execution_unit* unit) {
      ++hops[i / 2];
      if (over) return Job::Turn::waits;
      ++scheduled;
      workers->schedule(&players[i ^ 1], unit);
      return Job::Turn::waits;
    });
  }
  workers->schedule(&players[0], nullptr);
  workers->schedule(&players[2], nullptr);
  EXPECT_TRUE(eventually([&] { return hops[0] > 10'000 && hops[1] > 10'000; }));

  int left = 1'000;
  TestJob victim([&](caf::execution_unit*) {
    if (--left == 0) return Job::Turn::waits;
    return left % 2 == 0 ? Job::Turn::again : Job::Turn::again_late;
  });
  workers->schedule(&victim, nullptr);
  EXPECT_TRUE(victim.done());
  EXPECT_EQ(victim.turns(), 1'000);
  const std::array<int, 2> before{hops[0], hops[1]};
  EXPECT_TRUE(eventually([&] { return hops[0] > before[0] && hops[1] > before[1]; }));
  over = true;
  EXPECT_TRUE(eventually([&] {
    int drops = 0;
    for (const TestJob& player : players) drops += player.drops();
    return drops == scheduled;
  }));
}

// One worker, one job that never waits: the others get their turns all the same.
TEST(CafScheduler, LetsAJobThatNeverWaitsStarveNobody) {
  Workers workers(1);
  std::atomic<bool> over{false};
  TestJob loop([&](caf::execution_unit*) { return over ? Job::Turn::waits : Job::Turn::again; });
  TestJob greedy(
      [&](caf::execution_unit*) { return over ? Job::Turn::waits : Job::Turn::again_late; });
  workers->schedule(&loop, nullptr);
  workers->schedule(&greedy, nullptr);
  for (int i = 0; i < 1'000; ++i) {
    TestJob polite;
    workers->schedule(&polite, nullptr);
    ASSERT_TRUE(polite.done());
  }
  EXPECT_GT(greedy.turns(), 0);
  over = true;
  EXPECT_TRUE(loop.done());
  EXPECT_TRUE(greedy.done());
}

// One worker: who is at the lowest level gets some turns beside a job that never waits, and few.
TEST(CafScheduler, LetsTheLowestLevelWaitForTheOthersButNotForEver) {
  Workers workers(1);
  std::atomic<bool> over{false};
  const auto again = [&](caf::execution_unit*) {
    return over ? Job::Turn::waits : Job::Turn::again;
  };
  TestJob usual(again);
  TestJob last(again);
  last.set_level(lifecycle::RunLevel::lowest);
  workers->schedule(&usual, nullptr);
  workers->schedule(&last, nullptr);
  EXPECT_TRUE(eventually([&] { return last.turns() >= 1'000; }));
  over = true;
  EXPECT_TRUE(usual.done());
  EXPECT_TRUE(last.done());
  EXPECT_GE(usual.turns(), 6 * last.turns()) << "each eighth turn is its own";
}

TEST(CafScheduler, DropsTheJobsThatAreLeftAtItsEnd) {
  std::deque<TestJob> jobs(100);
  {
    Workers workers(1);
    TestJob first([&](caf::execution_unit* unit) {
      for (TestJob& job : jobs) workers->schedule(&job, unit);
      return Job::Turn::waits;
    });
    workers->schedule(&first, nullptr);
    EXPECT_TRUE(first.done());
  }
  for (const TestJob& job : jobs) EXPECT_EQ(job.drops(), 1) << "run or not, dropped once";
}

}  // namespace
}  // namespace moonwright::actors
