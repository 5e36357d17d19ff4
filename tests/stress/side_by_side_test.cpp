// side_by_side_test.cpp: several runtimes in one process, and a host with signals of its own.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <future>
#include <string>
#include <vector>

#include "crowd.hpp"

namespace moonwright::stress {
namespace {

using std::chrono::milliseconds;

class SideBySide : public InEachMode {};
INSTANTIATE_TEST_SUITE_P(, SideBySide, testing::ValuesIn(tests::kPreemptionModes), name_of_mode);

constexpr const char* kLoop = "return { loop = function() while true do end end }";

Limits short_timeout() {
  Limits limits;
  limits.timeout = milliseconds(30);
  return limits;
}

/// What happens at each signal, as the system has it.
std::vector<struct sigaction> dispositions() {
  std::vector<struct sigaction> all;
  for (int number = 1; number <= SIGRTMAX; ++number) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) == 0) all.push_back(action);
  }
  return all;
}

bool equal(const std::vector<struct sigaction>& a, const std::vector<struct sigaction>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    // The C library adds this one whenever it sets anything.
    constexpr int kRestorer = 0x04000000;
    const int flags_a = a[i].sa_flags & ~kRestorer;
    const int flags_b = b[i].sa_flags & ~kRestorer;
    if (a[i].sa_sigaction != b[i].sa_sigaction || flags_a != flags_b) return false;
  }
  return true;
}

TEST_P(SideBySide, EachRuntimeEndsItsOwnLoops) {
  Crowd one(GetParam());
  Crowd two(GetParam());
  std::vector<std::future<Result<Values>>> answers;
  for (int i = 0; i < 40; ++i) {
    Crowd& crowd = i % 2 == 0 ? one : two;
    const ActorRef actor = crowd.spawn(kLoop, short_timeout());
    answers.push_back(crowd.runtime().call(actor, "loop", {}, tests::kPatience));
  }
  for (auto& answer : answers) {
    const auto values = answer.get();
    ASSERT_FALSE(values);
    EXPECT_EQ(values.error().code, ErrorCode::timeout);
  }
  EXPECT_TRUE(one.stop());
  EXPECT_TRUE(two.stop());
}

TEST_P(SideBySide, ARuntimeThatStopsTakesNothingFromTheOthers) {
  auto staying = std::make_unique<Crowd>(GetParam());
  const ActorRef echo = staying->spawn(kEcho);
  std::vector<ActorRef> loops;
  for (int i = 0; i < 4; ++i) {
    loops.push_back(staying->spawn(kLoop));
    ASSERT_TRUE(staying->runtime().send(loops.back(), "loop"));
  }
  for (int i = 0; i < 10; ++i) {
    Crowd passing(GetParam());
    const ActorRef actor = passing.spawn(kLoop, short_timeout());
    const auto values = passing.ask(actor, "loop");
    ASSERT_FALSE(values);
    EXPECT_EQ(values.error().code, ErrorCode::timeout);
    EXPECT_TRUE(passing.stop());
    ASSERT_TRUE(staying->ask(echo, "echo", {i}));  // its own loops are still being preempted
  }
  for (const ActorRef& loop : loops) ASSERT_TRUE(staying->runtime().kill_actor(loop));
  EXPECT_TRUE(staying->stop());
}

TEST_P(SideBySide, TheHostGetsItsSignalsBack) {
  const auto before = dispositions();
  {
    Crowd one(GetParam());
    Crowd two(GetParam());
    for (Crowd* crowd : {&one, &two}) {
      const auto values = crowd->ask(crowd->spawn(kLoop, short_timeout()), "loop");
      ASSERT_FALSE(values);
    }
    EXPECT_TRUE(two.stop());
    EXPECT_TRUE(one.stop());
  }
  EXPECT_TRUE(equal(dispositions(), before));
}

std::atomic<int> host_alarms = 0;

/// A host with an interval timer that hits any of its threads, as a profiler has.
TEST_P(SideBySide, TheHostsOwnTimerSignalsArrive) {
  struct sigaction action {};
  struct sigaction old {};
  action.sa_handler = [](int) { host_alarms.fetch_add(1, std::memory_order_relaxed); };
  action.sa_flags = SA_RESTART;
  ASSERT_EQ(sigaction(SIGPROF, &action, &old), 0);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGPROF;
  timer_t timer{};
  ASSERT_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  const itimerspec every_millisecond{{0, 1'000'000}, {0, 1'000'000}};
  ASSERT_EQ(timer_settime(timer, 0, &every_millisecond, nullptr), 0);

  Crowd crowd(GetParam());
  const int before = host_alarms;
  for (int i = 0; i < 10; ++i) {
    const auto values = crowd.ask(crowd.spawn(kLoop, short_timeout()), "loop");
    ASSERT_FALSE(values);
    EXPECT_EQ(values.error().code, ErrorCode::timeout);
  }
  EXPECT_TRUE(tests::eventually([&] { return host_alarms > before + 10; }));
  EXPECT_TRUE(crowd.stop());
  timer_delete(timer);
  ASSERT_EQ(sigaction(SIGPROF, &old, nullptr), 0);
}

/// What the runtime did not ask for goes to whom it was meant for.
TEST_P(SideBySide, ASignalOfTheSameNumberIsPassedOn) {
  static std::atomic<int> passed_on;
  passed_on = 0;
  std::vector<struct sigaction> old(static_cast<std::size_t>(SIGRTMAX - SIGRTMIN + 1));
  struct sigaction action {};
  action.sa_handler = [](int) { passed_on.fetch_add(1); };
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) {
    ASSERT_EQ(sigaction(number, &action, &old[static_cast<std::size_t>(number - SIGRTMIN)]), 0);
  }
  {
    Crowd crowd(GetParam());
    for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) ASSERT_EQ(raise(number), 0);
    const auto values = crowd.ask(crowd.spawn(kLoop, short_timeout()), "loop");
    ASSERT_FALSE(values);
    EXPECT_EQ(values.error().code, ErrorCode::timeout);
    EXPECT_TRUE(crowd.stop());
  }
  EXPECT_EQ(passed_on, SIGRTMAX - SIGRTMIN + 1);
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) {
    ASSERT_EQ(sigaction(number, &old[static_cast<std::size_t>(number - SIGRTMIN)], nullptr), 0);
  }
}

}  // namespace
}  // namespace moonwright::stress
