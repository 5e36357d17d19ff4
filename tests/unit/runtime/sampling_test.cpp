// sampling_test.cpp: a script that is asked what it is doing says so at its next instruction.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "fake_actor.hpp"
#include "runtime/runner.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::HasSubstr;

/// What a watchdog would leave word of, `count` times.
void ask_for_samples(int count = 1) {
  Runner& runner = Runner::current();
  for (int i = 0; i < count; ++i) runner.request_sample();
  runner.interrupt(kSample, 0);
}

constexpr std::string_view kSource = R"(
  local function leaf() return 1 end
  local function deep(n) if n == 0 then return leaf() end return 1 + deep(n - 1) end
  return {
    work = function() return 1 + leaf() end,
    deep = function(n) return 1 + deep(n) end,
    wrapped = function()
      return 1 + coroutine.wrap(function() return 1 + coroutine.wrap(leaf)() end)()
    end,
  })";

TEST(Sampling, AnswersAtTheNextInstructionAndOnce) {
  FakeActor actor(kSource);
  actor.start();
  actor.host.keeps_depths = true;
  ask_for_samples(3);
  EXPECT_EQ(actor.call({"work"}), "2");
  EXPECT_EQ(to_folded(actor.host.stacks.profile()), "fake;script:5 3\n");
  EXPECT_FALSE(Runner::current().wanted());
  EXPECT_EQ(actor.call({"work"}), "2");
  EXPECT_EQ(actor.host.stacks.profile().samples, 3u);
}

TEST(Sampling, IsNoReasonToCountInstructionsOrToLookAtLimits) {
  ScriptOptions options;
  options.limits.instructions_max = 10'000'000;  // counted from the second slice on
  FakeActor actor(kSource, std::move(options));
  actor.start();
  actor.host.keeps_depths = true;
  const std::size_t looks = actor.host.depths.size();
  ask_for_samples();
  EXPECT_EQ(actor.call({"deep", 50}), "52");
  EXPECT_EQ(actor.host.stacks.profile().samples, 1u);
  EXPECT_EQ(actor.script->state().meter().instructions(), 0u);
  EXPECT_EQ(actor.host.depths.size(), looks);
}

TEST(Sampling, GoesAlongWithOtherLooks) {
  ScriptOptions options;
  options.limits.instructions_max = 100'000;
  options.limits.check_interval = 50;
  options.limits.on_limit = OnLimit::abort_message;
  FakeActor actor(kSource, std::move(options));
  actor.start();
  actor.host.keeps_depths = true;
  ask_for_samples();
  EXPECT_EQ(actor.call({"deep", 50}), "52");
  EXPECT_THAT(to_folded(actor.host.stacks.profile()), HasSubstr(";deep script:3;deep script:3"));
  EXPECT_FALSE(actor.host.depths.empty());
}

TEST(Sampling, CountsTheCallsOfAllCoroutines) {
  // The hook looks at every instruction, so at the deepest one, too.
  ScriptOptions options;
  options.limits.instructions_max = 1'000'000;
  options.limits.check_interval = 1;
  FakeActor actor(kSource, std::move(options));
  actor.start();
  actor.host.keeps_depths = true;
  EXPECT_EQ(actor.call({"wrapped"}), "3");
  const auto deepest = [&actor] {
    return *std::max_element(actor.host.depths.begin(), actor.host.depths.end());
  };
  // A C function runs the handler; in each coroutine there is one function, called by `wrap`'s.
  EXPECT_EQ(deepest(), 6u);
  actor.host.depths.clear();
  EXPECT_EQ(actor.call({"deep", 40}), "42");
  EXPECT_GE(deepest(), 42u);
}

TEST(Sampling, CutsStacksThatAreTooDeep) {
  ScriptOptions options;
  options.limits.instructions_max = 1'000'000;
  options.limits.check_interval = 1;
  FakeActor actor(kSource, std::move(options));
  actor.start();
  actor.host.keeps_depths = true;
  actor.host.asks_for_samples = true;
  EXPECT_EQ(actor.call({"deep", 300}), "302");
  actor.host.asks_for_samples = false;
  const CpuProfile profile = actor.host.stacks.profile();
  EXPECT_GT(profile.samples, 1'000u);
  bool any_cut = false;
  for (const CpuProfile::Stack& stack : profile.stacks) {
    EXPECT_LE(stack.frames.size(), CpuProfiler::kFramesMax + 3);
    any_cut = any_cut || stack.frames.at(1) == "[...]";
  }
  EXPECT_TRUE(any_cut);
}

}  // namespace
}  // namespace moonwright::runtime
