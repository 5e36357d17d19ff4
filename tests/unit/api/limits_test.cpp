// limits_test.cpp: limits that a script reaches, as its host sees it.
#include <future>
#include <string>
#include <vector>

#include "api_support.hpp"

namespace moonwright {
namespace {

using namespace std::chrono_literals;

constexpr const char* kEndless = "while true do end";
/// No pcall, no handler and no variable that is closed keeps it from being ended.
constexpr const char* kStubborn = R"(
  local function again() while true do end end
  local keeper <close> = setmetatable({}, { __close = again })
  while true do pcall(xpcall, again, again) end
)";
constexpr const char* kWaits = "require('actor').sleep(1e6)";

ExecutionResult execute(Runtime& runtime, const std::string& source, const Limits& limits) {
  ExecuteOptions options;
  options.limits = limits;
  return runtime.execute(Script::text(source, "test"), options).get();
}

Limits unlimited() {
  Limits limits;
  limits.instructions_max = kUnlimited;
  return limits;
}

void expect_end(const ExecutionResult& result, ErrorCode code, std::string_view limit) {
  EXPECT_FALSE(result.success);
  ASSERT_TRUE(result.error.has_value());
  EXPECT_EQ(result.error->code, code) << result.error->message;
  EXPECT_EQ(result.reason, to_string(code));
  EXPECT_NE(result.error->message.find(limit), std::string::npos)
      << result.error->message << " does not say what was allowed";
}

TEST(Limits, OfInstructionsEndAnExecution) {
  Runtime runtime = start_runtime();
  Limits limits = unlimited();
  limits.instructions_max = 100'000;
  for (const char* source : {kEndless, kStubborn}) {
    const auto result = execute(runtime, source, limits);
    expect_end(result, ErrorCode::instruction_limit, "100");
    EXPECT_TRUE(result.instructions_exact);
    EXPECT_EQ(result.instructions, 100'000u);
    EXPECT_GT(result.cpu_time, 0ns);
  }
}

TEST(Limits, OfProcessorTimeEndAnExecution) {
  Runtime runtime = start_runtime();
  Limits limits = unlimited();
  limits.cpu_time_max = 20ms;
  for (const char* source : {kEndless, kStubborn}) {
    const auto result = execute(runtime, source, limits);
    expect_end(result, ErrorCode::cpu_limit, "20 ms");
    EXPECT_GE(result.cpu_time, 20ms);
  }
}

TEST(Limits, OfTimeCoverAnExecutionWithItsWaits) {
  Runtime runtime = start_runtime();
  Limits limits = unlimited();
  limits.timeout = 20ms;
  for (const char* source : {kEndless, kStubborn, kWaits}) {
    const auto result = execute(runtime, source, limits);
    expect_end(result, ErrorCode::timeout, "20 ms");
    EXPECT_GE(result.duration, 20ms);
  }
}

TEST(Limits, AllAtOnceNameTheOneThatIsReachedFirst) {
  struct Case {
    const char* source;
    ErrorCode first;
    void (*tighten)(Limits&);
  };
  constexpr const char* kGrows = "local t = {} while true do t[#t + 1] = ('x'):rep(500) .. #t end";
  const Case cases[] = {
      {kGrows, ErrorCode::memory_limit, [](Limits& l) { l.memory_bytes_max = 2u << 20; }},
      {kGrows, ErrorCode::instruction_limit, [](Limits& l) { l.instructions_max = 5'000; }},
      {kGrows, ErrorCode::timeout, [](Limits& l) { l.timeout = 1us; }},
      {kEndless, ErrorCode::instruction_limit, [](Limits& l) { l.instructions_max = 50'000; }},
      {kEndless, ErrorCode::cpu_limit, [](Limits& l) { l.cpu_time_max = 10ms; }},
      {kEndless, ErrorCode::timeout, [](Limits& l) { l.timeout = 10ms; }},
      {kStubborn, ErrorCode::instruction_limit, [](Limits& l) { l.instructions_max = 50'000; }},
      {kStubborn, ErrorCode::cpu_limit, [](Limits& l) { l.cpu_time_max = 10ms; }},
      {kStubborn, ErrorCode::timeout, [](Limits& l) { l.timeout = 10ms; }},
      {kWaits, ErrorCode::timeout, [](Limits& l) { l.timeout = 10ms; }},
  };
  for (const Preemption preemption : {kUsualPreemption, Preemption::count_hook}) {
    RuntimeOptions options;
    options.preemption = preemption;
    Runtime runtime = start_runtime(std::move(options));
    for (const auto& [source, first, tighten] : cases) {
      Limits limits;
      limits.memory_bytes_max = 1u << 30;
      limits.instructions_max = 1'000'000'000'000;
      limits.cpu_time_max = limits.timeout = 1h;
      tighten(limits);
      const ExecutionResult result = execute(runtime, source, limits);
      ASSERT_TRUE(result.error.has_value()) << source;
      EXPECT_EQ(result.error->code, first) << source << ": " << result.error->message;
      EXPECT_EQ(result.reason, to_string(first));
    }
  }
}

TEST(Limits, ThatWereNotReachedLeaveFigures) {
  Runtime runtime = start_runtime();
  Limits limits = unlimited();
  limits.instructions_max = 1'000'000;
  const auto result =
      execute(runtime, "local n = 0 for i = 1, 1000 do n = n + i end return n", limits);
  EXPECT_TRUE(result.success);
  EXPECT_TRUE(result.instructions_exact);
  EXPECT_GT(result.instructions, 2'000u);
  EXPECT_LT(result.instructions, 10'000u);
  EXPECT_GT(result.cpu_time, 0ns);
  EXPECT_LE(result.cpu_time, result.duration + 1ms);
}

TEST(Limits, OfAProfileEndAnEndlessLoop) {
  Runtime runtime = start_runtime();
  expect_end(execute(runtime, kEndless, profiles::strict()), ErrorCode::instruction_limit,
             "1000000");
}

TEST(Limits, OfTimeCoverTheChunkOfAnActorOnlyIfAsked) {
  Runtime runtime = start_runtime();
  for (const bool cover : {false, true}) {
    std::promise<std::string> promise;
    SpawnOptions options;
    options.script = Script::text("require('actor').sleep(0.05) require('actor').exit('done')");
    options.limits = Limits{};
    options.limits->timeout = 10ms;
    options.limits_cover_chunk = cover;
    options.on_exit = [&promise](const ActorExit& exit) { promise.set_value(exit.reason); };
    ASSERT_TRUE(runtime.spawn(std::move(options)).has_value());
    EXPECT_EQ(promise.get_future().get(), cover ? "timeout" : "done");
  }
}

TEST(Limits, MayEndTheMessageInsteadOfTheActor) {
  Runtime runtime = start_runtime();
  SpawnOptions options;
  options.script = Script::text(
      "return { spin = function() while true do end end, echo = function(...) return ... end }");
  options.limits = Limits{};
  options.limits->instructions_max = 10'000;
  options.limits->on_limit = OnLimit::abort_message;
  const auto actor = runtime.spawn(std::move(options));
  ASSERT_TRUE(actor.has_value());
  EXPECT_EQ(code_of(ask(runtime, *actor, "spin")), ErrorCode::instruction_limit);
  EXPECT_EQ(ask(runtime, *actor, "echo", {1}).value(), Values(1, Value(1)));
}

/// A script that ends within few instructions is warned all the same, also where a hook that counts
/// is far from its next look.
TEST(Limits, TellTheHostAtTheWarningThreshold) {
  for (const Preemption preemption : {kUsualPreemption, Preemption::count_hook}) {
    for (const std::uint64_t instructions : {kUnlimited, std::uint64_t{1'000'000}}) {
      std::promise<std::pair<std::uint64_t, std::uint64_t>> promise;
      RuntimeOptions options;
      options.preemption = preemption;
      options.on_soft_limit = [&promise](const ActorRef&, std::uint64_t used, std::uint64_t limit) {
        promise.set_value({used, limit});
      };
      Runtime runtime = start_runtime(std::move(options));
      Limits limits = unlimited();
      limits.memory_bytes_max = 4u << 20;
      limits.instructions_max = instructions;
      limits.warning_threshold = 0.5;
      const auto result = execute(runtime, R"(
        warned = 0
        function onMemoryWarning(used, limit) warned = warned + 1 end
        local kept = {}
        for i = 1, 30 do kept[i] = ("x"):rep(100 << 10) .. i end
        return warned)",
                                  limits);
      ASSERT_TRUE(result.success) << result.error->message;
      ASSERT_EQ(result.values, Values(1, Value(1)));
      EXPECT_EQ(result.warnings, 1u);
      const auto [used, limit] = promise.get_future().get();
      EXPECT_GE(used, 2u << 20);
      EXPECT_EQ(limit, 4u << 20);
    }
  }
}

TEST(Limits, LetATokenEndAnEndlessLoop) {
  Runtime runtime = start_runtime();
  for (const char* source : {kEndless, kStubborn}) {
    ExecuteOptions options;
    options.limits = unlimited();
    CancelToken token = options.token;
    auto future = runtime.execute(Script::text(source), options);
    ASSERT_TRUE(tests::eventually([&] { return runtime.actor_count() == 1; }));
    token.cancel();
    const ExecutionResult result = future.get();
    ASSERT_TRUE(result.error.has_value());
    EXPECT_EQ(result.error->code, ErrorCode::cancelled);
  }
}

TEST(Limits, LetCancelledWorkCleanUp) {
  Runtime runtime = start_runtime();
  ExecuteOptions options;
  CancelToken token = options.token;
  auto future = runtime.execute(Script::text(R"(
    local keeper <close> = setmetatable({}, { __close = function() print "closed" end })
    print "waiting"
    require("actor").sleep(1e6))"),
                                options);
  ASSERT_TRUE(tests::eventually([&] { return runtime.actor_count() == 1; }));
  token.cancel();
  const ExecutionResult result = future.get();
  ASSERT_TRUE(result.error.has_value());
  EXPECT_EQ(result.error->code, ErrorCode::cancelled);
  // It may have been cancelled before it began to wait.
  EXPECT_TRUE(result.output.empty() || result.output == "waiting\nclosed\n") << result.output;
}

TEST(Limits, AreCountedInStatistics) {
  Runtime runtime = start_runtime();
  SpawnOptions options;
  options.script = Script::text(
      "return { work = function(n) local s = 0 for i = 1, n do s = s + i end return s end }");
  options.limits = Limits{};
  options.limits->instructions_max = 1'000'000;
  options.limits->cpu_time_max = 1h;
  const auto actor = runtime.spawn(std::move(options));
  ASSERT_TRUE(actor.has_value());
  ASSERT_TRUE(ask(runtime, *actor, "work", {10'000}).has_value());
  EXPECT_TRUE(tests::eventually([&] {
    const auto stats = runtime.stats(*actor);
    return stats->instructions > 10'000 && stats->instructions_exact && stats->cpu_time > 0ns;
  }));
}

}  // namespace
}  // namespace moonwright
