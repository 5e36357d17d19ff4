// profile_test.cpp: actors and executions, sampled while they run.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api_support.hpp"
#include "support/preemption.hpp"

namespace moonwright {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kWorker = R"(
  local actor = require "actor"
  local function inner(n) local x = 0 for i = 1, n do x = x + i % 3 end return x end
  local function outer(n) return inner(n) + 1 end
  return {
    work = function(n) return outer(n) + 1 end,
    nested = function(n) return coroutine.wrap(function() return outer(n) + 1 end)() + 1 end,
    find = function(n) return (("x"):rep(n)):find(".-y") end,
    mark = function(label) return actor.mark(label) end,
    keep = function(size) kept = ("x"):rep(size) end,
  }
)";

/// Does `step` until the profile, as folded stacks, has `part` in it; answers it.
template <class Step>
std::string work_until_seen(const CpuProfiler& profiler, std::string_view part, Step step) {
  std::string folded;
  EXPECT_TRUE(tests::eventually([&] {
    step();
    folded = to_folded(profiler.profile());
    return folded.find(part) != std::string::npos;
  })) << "no '"
      << part << "' in\n"
      << folded;
  return folded;
}

ActorRef spawn_named(Runtime& runtime, const char* name) {
  SpawnOptions options;
  options.script = Script::text(kWorker, "worker");
  options.name = name;
  options.limits = Limits{};
  auto actor = runtime.spawn(std::move(options));
  EXPECT_TRUE(actor.has_value());
  return actor.value_or(ActorRef());
}

class CpuProfiling : public testing::TestWithParam<Preemption> {
 protected:
  static Runtime start() {
    RuntimeOptions options;
    options.preemption = GetParam();
    return start_runtime(std::move(options));
  }
};

TEST_P(CpuProfiling, SeesTheFunctionsOfAnActorAndNobodyElses) {
  Runtime runtime = start();
  const ActorRef one = spawn_named(runtime, "one");
  const ActorRef two = spawn_named(runtime, "two");
  CpuProfiler profiler;
  ASSERT_TRUE(runtime.profile_cpu(profiler, one).has_value());
  const std::string folded = work_until_seen(profiler, ";outer ", [&] {
    auto other = runtime.call(two, "work", {300'000}, tests::kPatience);
    ASSERT_TRUE(ask(runtime, one, "work", {300'000}).has_value());
    ASSERT_TRUE(other.get().has_value());
  });
  EXPECT_THAT(folded, HasSubstr("one;[string \"worker\"]:6;outer [string \"worker\"]:4"));
  EXPECT_THAT(folded, Not(HasSubstr("two;")));
}

TEST_P(CpuProfiling, GoesThroughCoroutines) {
  Runtime runtime = start();
  const ActorRef actor = spawn_named(runtime, "one");
  CpuProfiler profiler;
  runtime.profile_cpu(profiler);
  work_until_seen(profiler, "one;[string \"worker\"]:7;[string \"worker\"]:7;outer ",
                  [&] { ASSERT_TRUE(ask(runtime, actor, "nested", {300'000}).has_value()); });
}

TEST_P(CpuProfiling, ChargesLibraryFunctionsThatTakeLong) {
  Runtime runtime = start();
  const ActorRef actor = spawn_named(runtime, "one");
  CpuProfiler profiler;
  runtime.profile_cpu(profiler);
  work_until_seen(profiler, ";find [C] ",
                  [&] { ASSERT_TRUE(ask(runtime, actor, "find", {3'000}).has_value()); });
}

TEST_P(CpuProfiling, StopsAndStaysAsItIs) {
  Runtime runtime = start();
  const ActorRef actor = spawn_named(runtime, "one");
  CpuProfiler profiler;
  runtime.profile_cpu(profiler);
  const auto work = [&] { ASSERT_TRUE(ask(runtime, actor, "work", {300'000}).has_value()); };
  work_until_seen(profiler, "one;", work);
  profiler.stop();
  EXPECT_TRUE(profiler.stopped());
  const std::string folded = to_folded(profiler.profile());
  CpuProfiler second;
  runtime.profile_cpu(second);
  work_until_seen(second, "one;", work);
  EXPECT_EQ(to_folded(profiler.profile()), folded);
}

TEST_P(CpuProfiling, SeesManyActorsWithShortTurns) {
  Runtime runtime = start();
  CpuProfiler profiler;
  runtime.profile_cpu(profiler);
  const ActorRef one = spawn_named(runtime, "one");
  work_until_seen(profiler, "one;", [&] {
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(runtime.send(one, "work", {2'000}).has_value());
    ASSERT_TRUE(ask(runtime, one, "mark", {"done"}).has_value());
  });
}

INSTANTIATE_TEST_SUITE_P(Ways, CpuProfiling, testing::ValuesIn(tests::kPreemptionModes),
                         [](const auto& test) {
                           return test.param == Preemption::signal ? "Signal" : "CountHook";
                         });

TEST(CpuProfile, OfAnExecutionEndsWithIt) {
  Runtime runtime = start_runtime();
  CpuProfiler profiler;
  ExecuteOptions options;
  options.limits = Limits{};
  options.cpu_profiler = profiler;
  const std::string source = R"(
    local function work() local x = 0 for i = 1, 3000000 do x = x + i % 3 end return x end
    work()
  )";
  const std::string folded = work_until_seen(profiler, "job;main [string \"job\"];work ", [&] {
    ASSERT_TRUE(runtime.execute(Script::text(source, "job"), options).get().success);
  });
  const ActorRef actor = spawn_named(runtime, "one");
  ASSERT_TRUE(ask(runtime, actor, "work", {3'000'000}).has_value());
  EXPECT_THAT(to_folded(profiler.profile()), Not(HasSubstr("one;")));
}

TEST(CpuProfile, OfTheDeadIsRefused) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_named(runtime, "one");
  ASSERT_TRUE(runtime.kill_actor(actor).has_value());
  ASSERT_TRUE(tests::eventually([&] { return runtime.actor_count() == 0; }));
  EXPECT_EQ(code_of(runtime.profile_cpu(CpuProfiler(), actor)), ErrorCode::dead);
  EXPECT_EQ(code_of(runtime.profile_memory(MemoryProfiler(), actor)), ErrorCode::dead);
  EXPECT_EQ(code_of(runtime.profile_cpu(CpuProfiler(), {})), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(runtime.profile_memory(MemoryProfiler(), {})), ErrorCode::invalid_argument);
}

// Memory ------------------------------------------------------------------------------------------

std::vector<std::string> labels_of(const MemoryProfile& profile) {
  std::vector<std::string> labels;
  for (const MemorySample& sample : profile.samples) {
    if (!sample.label.empty()) labels.push_back(sample.label);
  }
  return labels;
}

MemoryProfile profile_of(const std::string& source, ExecuteOptions options = {}) {
  Runtime runtime = start_runtime();
  MemoryProfiler profiler;
  options.memory_profiler = profiler;
  static_cast<void>(runtime.execute(Script::text(source, "job"), options).get());
  return profiler.profile();
}

TEST(MemoryProfile, OfAnExecutionHasItsMilestones) {
  const MemoryProfile profile = profile_of(R"(
    local t = {} for i = 1, 20000 do t[i] = {i} end
    require("actor").mark("filled")
  )");
  EXPECT_THAT(labels_of(profile),
              ElementsAre("initial", "execution", "filled", "after_execution", "after_gc"));
  const auto used = [&profile](std::string_view label) {
    return std::find_if(profile.samples.begin(), profile.samples.end(),
                        [label](const MemorySample& each) { return each.label == label; })
        ->used_bytes;
  };
  EXPECT_GT(used("initial"), 0u);
  EXPECT_GT(used("execution"), used("initial"));
  EXPECT_GT(used("filled"), 1u << 20);
  EXPECT_LT(used("after_gc"), used("filled") / 2);
  EXPECT_GE(profile.peak_bytes, used("filled"));
}

TEST(MemoryProfile, HasItsMilestonesHoweverTheScriptEnds) {
  for (const Sandbox sandbox : {Sandbox::none, Sandbox::restricted}) {
    ExecuteOptions options;
    options.sandbox = sandbox;
    options.limits = profiles::strict();
    for (const char* source : {"", "error 'x'", "local t = {} for i = 1, 1e9 do t[i] = {} end",
                               "while true do end", "require('actor').exit('bored')"}) {
      EXPECT_THAT(labels_of(profile_of(source, options)),
                  ElementsAre("initial", "execution", "after_execution", "after_gc"))
          << source;
    }
  }
}

TEST(MemoryProfile, RunsNoFinalizerOfAScriptThatALimitStopped) {
  ExecuteOptions options;
  options.sandbox = Sandbox::none;
  options.limits = profiles::strict();
  options.capture = true;
  Runtime runtime = start_runtime();
  MemoryProfiler profiler;
  options.memory_profiler = profiler;
  const auto result = runtime
                          .execute(Script::text(R"(
    debug.setmetatable({}, {__gc = function() print "a finalizer" end})
    collectgarbage "stop"
    while true do end
  )"),
                                   options)
                          .get();
  EXPECT_EQ(result.reason, "instruction_limit");
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(labels_of(profiler.profile()).back(), "after_gc");
}

TEST(MemoryProfile, OfNoExecutionIsEmpty) { EXPECT_TRUE(profile_of("return +").empty()); }

TEST(MemoryProfile, LeavesTheFiguresOfTheResultAlone) {
  Runtime runtime = start_runtime();
  const auto run = [&runtime](ExecuteOptions options) {
    return runtime.execute(Script::text("for i = 1, 1000 do local t = {i} end"), std::move(options))
        .get();
  };
  ExecuteOptions options;
  options.memory_profiler = MemoryProfiler();
  const auto profiled = run(options);
  const auto plain = run({});
  const MemoryProfile profile = options.memory_profiler->profile();
  EXPECT_GT(profiled.memory_used_bytes, profile.samples.back().used_bytes);
  EXPECT_EQ(profiled.collections, 0u);
  EXPECT_EQ(plain.collections, 0u);
}

TEST(MemoryProfile, SeesALongTurnFromWithin) {
  MemoryProfilerOptions profiler_options;
  profiler_options.interval_min = 1ms;
  const MemoryProfiler profiler(profiler_options);
  Runtime runtime = start_runtime();
  ExecuteOptions options;
  options.limits = profiles::relaxed();
  options.limits.instructions_max = kUnlimited;
  options.memory_profiler = profiler;
  const std::string source = R"(
    local function fill(t, n) for i = 1, n do t[#t + 1] = {i} end return t end
    local t = {}
    for i = 1, 20 do fill(t, 20000) end
  )";
  EXPECT_TRUE(tests::eventually([&] {
    EXPECT_TRUE(runtime.execute(Script::text(source), options).get().success);
    const MemoryProfile profile = profiler.profile();
    return std::any_of(profile.samples.begin(), profile.samples.end(), [](const auto& sample) {
      return sample.label.empty() && sample.used_bytes > 1u << 20 && sample.stack_depth >= 2;
    });
  }));
}

TEST(MemoryProfile, OfAnActorIsStartedMarkedAndStopped) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_named(runtime, "one");
  MemoryProfiler profiler;
  ASSERT_TRUE(runtime.profile_memory(profiler, actor).has_value());
  ASSERT_TRUE(ask(runtime, actor, "keep", {8 << 20}).has_value());
  EXPECT_EQ(ask(runtime, actor, "mark", {"script"}).value(), Values(1, Value(true)));
  profiler.mark("host");
  profiler.stop();
  profiler.mark("too late");
  EXPECT_EQ(ask(runtime, actor, "mark", {"too late"}).value(), Values(1, Value(false)));
  const MemoryProfile profile = profiler.profile();
  EXPECT_THAT(labels_of(profile), ElementsAre("script", "host"));
  EXPECT_GT(profile.samples.back().used_bytes, 8u << 20);
  EXPECT_GT(profile.peak_bytes, 8u << 20);
}

TEST(MemoryProfile, GivesItsPlaceToTheNext) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_named(runtime, "one");
  MemoryProfiler first;
  MemoryProfiler second;
  ASSERT_TRUE(runtime.profile_memory(first, actor).has_value());
  ASSERT_TRUE(runtime.profile_memory(second, actor).has_value());
  ASSERT_TRUE(ask(runtime, actor, "mark", {"now"}).has_value());
  EXPECT_THAT(labels_of(first.profile()), ElementsAre());
  EXPECT_THAT(labels_of(second.profile()), ElementsAre("now"));
}

TEST(MemoryProfile, OutlivesTheRuntime) {
  MemoryProfiler memory;
  CpuProfiler cpu;
  {
    Runtime runtime = start_runtime();
    const ActorRef actor = spawn_named(runtime, "one");
    ASSERT_TRUE(runtime.profile_memory(memory, actor).has_value());
    ASSERT_TRUE(runtime.profile_cpu(cpu, actor).has_value());
    ASSERT_TRUE(ask(runtime, actor, "mark", {"x"}).has_value());
  }
  memory.mark("afterwards");
  EXPECT_THAT(labels_of(memory.profile()), ElementsAre("x", "afterwards"));
  EXPECT_LT(cpu.profile().samples, 1'000'000u);
}

}  // namespace
}  // namespace moonwright
