// limit_checks_test.cpp: every number has a range, and nobody gives what he does not have.
#include "actors/limit_checks.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <functional>
#include <limits>
#include <vector>

#include "moonwright/profiles.hpp"

namespace moonwright::actors {
namespace {

using namespace std::chrono_literals;

template <class T>
struct Case {
  const char* named;
  std::function<void(T&)> spoil;
};

template <class T>
void expect_problems(const std::vector<Case<T>>& cases) {
  EXPECT_FALSE(problem_with(T{}));
  for (const Case<T>& wrong : cases) {
    T value;
    wrong.spoil(value);
    const auto problem = problem_with(value);
    ASSERT_TRUE(problem) << wrong.named;
    EXPECT_EQ(problem->code, ErrorCode::invalid_argument);
    EXPECT_NE(problem->message.find(wrong.named), std::string::npos) << problem->message;
  }
}

TEST(LimitChecks, NameTheLimitThatIsWrong) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  expect_problems<Limits>({
      {"limits.instructions_max", [](Limits& l) { l.instructions_max = 0; }},
      {"limits.cpu_time_max", [](Limits& l) { l.cpu_time_max = 0ns; }},
      {"limits.cpu_time_max", [](Limits& l) { l.cpu_time_max = -1ns; }},
      {"limits.timeout", [](Limits& l) { l.timeout = 0ns; }},
      {"limits.timeout", [](Limits& l) { l.timeout = -1h; }},
      {"limits.check_interval", [](Limits& l) { l.check_interval = 0; }},
      {"limits.check_interval", [](Limits& l) { l.check_interval = 1'000'001; }},
      {"limits.warning_threshold", [](Limits& l) { l.warning_threshold = 0; }},
      {"limits.warning_threshold", [](Limits& l) { l.warning_threshold = 1.01; }},
      {"limits.warning_threshold", [](Limits& l) { l.warning_threshold = kNaN; }},
      {"limits.collect_threshold", [](Limits& l) { l.collect_threshold = -0.5; }},
      {"limits.collect_threshold", [](Limits& l) { l.collect_threshold = INFINITY; }},
      {"limits.collect_interval", [](Limits& l) { l.collect_interval = -1ms; }},
      {"limits.collect_interval", [](Limits& l) { l.collect_interval = 2h; }},
      {"limits.cancel_grace", [](Limits& l) { l.cancel_grace = -1ms; }},
      {"limits.cancel_grace", [](Limits& l) { l.cancel_grace = 1h + 1ms; }},
      {"limits.collector.pause_percent", [](Limits& l) { l.collector.pause_percent = 0; }},
      {"limits.collector.pause_percent", [](Limits& l) { l.collector.pause_percent = 1'001; }},
      {"limits.collector.step_percent", [](Limits& l) { l.collector.step_percent = 0; }},
      {"limits.collector.minor_percent", [](Limits& l) { l.collector.minor_percent = 101; }},
      {"limits.collector.major_percent", [](Limits& l) { l.collector.major_percent = 1'001; }},
      {"limits.collector.mode",
       [](Limits& l) { l.collector.mode = static_cast<CollectorOptions::Mode>(2); }},
      {"limits.memory_class", [](Limits& l) { l.memory_class = static_cast<MemoryClass>(4); }},
      {"limits.on_limit", [](Limits& l) { l.on_limit = static_cast<OnLimit>(2); }},
      {"limits.in_flight_max", [](Limits& l) { l.in_flight_max = 0; }},
      {"limits.message.depth_max", [](Limits& l) { l.message.depth_max = 0; }},
  });
}

TEST(LimitChecks, AcceptTheEndsOfEveryRange) {
  Limits least;
  least.memory_bytes_max = 0;
  least.instructions_max = 1;
  least.cpu_time_max = least.timeout = 1ns;
  least.check_interval = 1;
  least.warning_threshold = least.collect_threshold = 1e-9;
  least.collect_interval = least.cancel_grace = 0ms;
  least.collector = {CollectorOptions::Mode::generational, 1, 1, 1, 1};
  EXPECT_FALSE(problem_with(least));
  Limits most;
  most.memory_bytes_max = kUnlimited;
  most.instructions_max = kUnlimited;
  most.check_interval = 1'000'000;
  most.warning_threshold = most.collect_threshold = 1;
  most.collect_interval = most.cancel_grace = 1h;
  most.collector = {CollectorOptions::Mode::incremental, 1'000, 1'000, 100, 1'000};
  most.memory_class = MemoryClass::large;
  EXPECT_FALSE(problem_with(most));
  for (const char* name : {"strict", "normal", "relaxed"}) {
    EXPECT_FALSE(problem_with(*profiles::find(name)));
  }
}

TEST(LimitChecks, NameTheRuntimeOptionThatIsWrong) {
  expect_problems<RuntimeOptions>({
      {"slice is 0",
       [](RuntimeOptions& o) {
         o.preemption = Preemption::signal;
         o.slice = 0us;
       }},
      {"slice is not in",
       [](RuntimeOptions& o) {
         o.preemption = Preemption::count_hook;
         o.slice = 9us;
       }},
      {"preemption_signal", [](RuntimeOptions& o) { o.preemption_signal = SIGUSR1; }},
      {"preemption_signal", [](RuntimeOptions& o) { o.preemption_signal = SIGRTMAX + 1; }},
      {"preemption_signal", [](RuntimeOptions& o) { o.preemption_signal = -1; }},
      {"preemption is", [](RuntimeOptions& o) { o.preemption = static_cast<Preemption>(2); }},
      {"default_sandbox", [](RuntimeOptions& o) { o.default_sandbox = static_cast<Sandbox>(3); }},
      {"enable_debug needs default_sandbox none", [](RuntimeOptions& o) { o.enable_debug = true; }},
      {"memory_budget_bytes", [](RuntimeOptions& o) { o.memory_budget_bytes = 0; }},
      {"limits.timeout", [](RuntimeOptions& o) { o.default_limits.timeout = 0ns; }},
      {"profiles['mine']: limits.timeout",
       [](RuntimeOptions& o) { o.profiles["mine"].timeout = 0ns; }},
      {"without a name", [](RuntimeOptions& o) { o.profiles[""] = {}; }},
  });
}

TEST(LimitChecks, AcceptWhatGoesTogether) {
  RuntimeOptions options;
  options.preemption = Preemption::count_hook;
  options.slice = 0us;
  options.preemption_signal = SIGRTMIN + 5;
  options.default_sandbox = Sandbox::none;
  options.enable_debug = true;
  options.memory_budget_bytes = 1;
  options.profiles["mine"] = profiles::strict();
  EXPECT_FALSE(problem_with(options));
}

TEST(LimitChecks, RefuseWhatTheSpawnerDoesNotHaveItself) {
  SpawnPlan spawner;
  Limits& own = spawner.limits;
  own.instructions_max = 1'000;
  own.cpu_time_max = 1s;
  own.timeout = 2s;
  own.message = {10, 100, 1'000};
  const std::vector<Case<Limits>> cases = {
      {"limits.memory", [](Limits& l) { ++l.memory_bytes_max; }},
      {"limits.instructions", [](Limits& l) { ++l.instructions_max; }},
      {"limits.cpu_time", [](Limits& l) { l.cpu_time_max += 1ns; }},
      {"limits.cpu_time", [](Limits& l) { l.cpu_time_max = kNoTimeLimit; }},
      {"limits.timeout", [](Limits& l) { l.timeout += 1ns; }},
      {"cancel_grace", [](Limits& l) { l.cancel_grace += 1ms; }},
      {"max_in_flight", [](Limits& l) { ++l.in_flight_max; }},
      {"limits.message.depth", [](Limits& l) { ++l.message.depth_max; }},
      {"limits.message.entries", [](Limits& l) { ++l.message.entries_max; }},
      {"limits.message.bytes", [](Limits& l) { ++l.message.bytes_max; }},
  };
  SpawnPlan child;
  child.limits = own;
  EXPECT_FALSE(excess_of(child, spawner));
  for (const Case<Limits>& wrong : cases) {
    child.limits = own;
    wrong.spoil(child.limits);
    const auto problem = excess_of(child, spawner);
    ASSERT_TRUE(problem) << wrong.named;
    EXPECT_EQ(problem->code, ErrorCode::denied);
    EXPECT_EQ(problem->message.find(wrong.named), 0u) << problem->message;
    bound_by(spawner, child);
    EXPECT_EQ(child.limits, own) << wrong.named << " is lowered where it is only a default";
  }
}

TEST(LimitChecks, BoundTheMemoryClassByHowMuchItAllows) {
  constexpr MemoryClass kByRank[] = {MemoryClass::minimal, MemoryClass::standard,
                                     MemoryClass::large, MemoryClass::none};
  for (std::size_t own = 0; own < std::size(kByRank); ++own) {
    for (std::size_t asked = 0; asked < std::size(kByRank); ++asked) {
      SpawnPlan spawner;
      SpawnPlan child;
      spawner.limits.memory_class = kByRank[own];
      child.limits.memory_class = kByRank[asked];
      EXPECT_EQ(excess_of(child, spawner).has_value(), asked > own);
      bound_by(spawner, child);
      EXPECT_EQ(child.limits.memory_class, kByRank[std::min(own, asked)]);
    }
  }
}

TEST(LimitChecks, DoNotBoundWhatTakesNothingFromOthers) {
  SpawnPlan spawner;
  SpawnPlan child;
  child.limits.on_limit = OnLimit::abort_message;
  child.limits.check_interval = 100'000;
  child.limits.warning_threshold = 1;
  child.limits.collect_threshold = 1;
  const Limits before = child.limits;
  EXPECT_FALSE(excess_of(child, spawner));
  bound_by(spawner, child);
  EXPECT_EQ(child.limits, before);
}

}  // namespace
}  // namespace moonwright::actors
