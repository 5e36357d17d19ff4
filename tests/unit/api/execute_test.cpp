// execute_test.cpp: scripts that are run once, and what is said about them afterwards.
#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "api_support.hpp"
#include "support/temp_folder.hpp"

namespace moonwright {
namespace {

using namespace std::chrono_literals;

ExecutionResult execute(Runtime& runtime, std::string source, ExecuteOptions options = {}) {
  return runtime.execute(Script::text(std::move(source), "test"), std::move(options)).get();
}

// The code of a result's error; `error` with a test failure if there is none.
ErrorCode code_of(const ExecutionResult& result) {
  EXPECT_FALSE(result.success);
  EXPECT_TRUE(result.error.has_value());
  return result.error ? result.error->code : ErrorCode::error;
}

/// Waits at an await, for good.
constexpr const char* kWaits = R"(
  local actor = require "actor"
  print "waiting"
  actor.sleep(1e6)
)";

TEST(Execute, ReturnsTheValuesOfTheChunk) {
  Runtime runtime = start_runtime();
  ExecuteOptions options;
  options.id = "job 7";
  options.args = {6, 7};
  const auto result = execute(runtime, "local a, b = ... return a * b, nil, {x = b}", options);
  EXPECT_TRUE(result.success);
  EXPECT_EQ(result.id, "job 7");
  EXPECT_EQ(result.reason, "normal");
  EXPECT_FALSE(result.error);
  ASSERT_EQ(result.values.size(), 3u);
  EXPECT_EQ(result.values[0], Value(42));
  EXPECT_EQ(result.values[2]["x"], Value(7));
  EXPECT_GT(result.duration, 0ns);
}

TEST(Execute, HasTheFiguresOfItsMemory) {
  Runtime runtime = start_runtime();
  const auto result = execute(runtime, "local t = {} for i = 1, 10000 do t[i] = {} end return #t");
  EXPECT_GT(result.memory_used_bytes, 10'000u * 40);
  EXPECT_GE(result.memory_peak_bytes, result.memory_used_bytes);
  EXPECT_LT(result.memory_peak_bytes, 50u << 20);
  EXPECT_EQ(result.violations, 0u);
  EXPECT_DOUBLE_EQ(result.memory_used_mib(),
                   static_cast<double>(result.memory_used_bytes) / 1'048'576);
}

TEST(Execute, TellsAtRequestWhatTheScriptKeptAndWhatNot) {
  Runtime runtime = start_runtime();
  constexpr const char* kGarbage = "for i = 1, 2000 do local t = {i} end kept = ('x'):rep(1 << 20)";
  ExecuteOptions options;
  const auto plain = execute(runtime, kGarbage, options);
  EXPECT_EQ(plain.collections, 0u);
  options.profile_memory = true;
  const auto profiled = execute(runtime, kGarbage, options);
  EXPECT_EQ(profiled.collections, 1u);
  EXPECT_GT(profiled.freed_bytes, 0u);
  EXPECT_EQ(profiled.average_freed_bytes, profiled.freed_bytes);
  EXPECT_GT(profiled.memory_used_bytes, 1u << 20);
  EXPECT_LT(profiled.memory_used_bytes, plain.memory_used_bytes);
}

TEST(Execute, HasEveryFailureInItsResult) {
  const tests::TempFolder folder;
  folder.write("fine.lua", "return 'file'");
  RuntimeOptions runtime_options;
  runtime_options.script_root = folder.path();
  Runtime runtime = start_runtime(std::move(runtime_options));
  EXPECT_EQ(runtime.execute(Script::file("fine.lua")).get().values, Values(1, Value("file")));

  const auto raised = execute(runtime, "local x = nil\nreturn x.y");
  EXPECT_EQ(code_of(raised), ErrorCode::error);
  EXPECT_EQ(raised.reason, "error");
  EXPECT_NE(raised.error->message.find("[string \"test\"]:2:"), std::string::npos);
  EXPECT_NE(raised.error->traceback.find("stack traceback"), std::string::npos);
  EXPECT_GT(raised.memory_peak_bytes, 0u) << "a script that failed used something, too";

  EXPECT_EQ(code_of(execute(runtime, "return +")), ErrorCode::syntax_error);
  EXPECT_EQ(code_of(runtime.execute(Script::file("none.lua")).get()), ErrorCode::not_found);
  EXPECT_EQ(code_of(runtime.execute(Script()).get()), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(execute(runtime, "return print")), ErrorCode::unsupported);

  ExecuteOptions wrong;
  wrong.id = "wrong";
  wrong.limits.timeout = 0ns;
  const auto refused = execute(runtime, "return 1", wrong);
  EXPECT_EQ(code_of(refused), ErrorCode::invalid_argument);
  EXPECT_EQ(refused.id, "wrong");
  EXPECT_EQ(refused.reason, "") << "it never began";
  wrong = {};
  wrong.output_bytes_max = (std::size_t{1} << 30) + 1;
  EXPECT_EQ(code_of(execute(runtime, "return 1", wrong)), ErrorCode::invalid_argument);
  wrong = {};
  wrong.args = {std::string(2u << 20, 'x')};
  EXPECT_EQ(code_of(execute(runtime, "return 1", wrong)), ErrorCode::too_large);

  const auto left = execute(runtime, "require('actor').exit('bored')");
  EXPECT_EQ(left.reason, "bored");
  EXPECT_EQ(code_of(left), ErrorCode::dead);
}

TEST(Execute, EndsAtTheMemoryLimit) {
  Runtime runtime = start_runtime();
  ExecuteOptions options;
  options.limits = profiles::strict();
  const auto result = execute(runtime, "local t = {} for i = 1, 1e9 do t[i] = {} end", options);
  EXPECT_EQ(code_of(result), ErrorCode::memory_limit);
  EXPECT_GT(result.violations, 0u);
  EXPECT_GT(result.memory_peak_bytes, 5u << 20);
  EXPECT_LE(result.memory_peak_bytes, 10u << 20);
}

TEST(Execute, HasTheProfileNormalUnlessToldOtherwise) {
  EXPECT_EQ(ExecuteOptions{}.limits, profiles::normal());
  Runtime runtime = start_runtime();
  const auto limit = [&runtime](ExecuteOptions options) {
    return execute(runtime, "return require('actor').info().memory.limit_bytes", std::move(options))
        .values.at(0)
        .as_integer();
  };
  EXPECT_EQ(limit({}), 50 << 20);
  ExecuteOptions relaxed;
  relaxed.limits = profiles::relaxed();
  EXPECT_EQ(limit(relaxed), 200 << 20);
}

TEST(Execute, HasTheDefaultSandboxUnlessToldOtherwise) {
  RuntimeOptions runtime_options;
  runtime_options.default_sandbox = Sandbox::strict;
  Runtime runtime = start_runtime(std::move(runtime_options));
  EXPECT_EQ(execute(runtime, "return load, io").values, (Values{nullptr, nullptr}));
  ExecuteOptions options;
  options.sandbox = Sandbox::none;
  EXPECT_EQ(execute(runtime, "return load ~= nil, io ~= nil", options).values,
            (Values{true, true}));
}

TEST(Execute, KeepsWhatIsPrintedAndLogged) {
  std::atomic<int> printed_elsewhere{0};
  RuntimeOptions runtime_options;
  runtime_options.output = [&](std::string_view, std::string_view) { ++printed_elsewhere; };
  Runtime runtime = start_runtime(std::move(runtime_options));
  const auto result = execute(runtime, R"(
    local actor = require "actor"
    print("one", 2)
    actor.log("warn", "careful")
    actor.log("debug", "not kept")
    local child = actor.spawn{ wait = true, source = "print 'child' return {}" }
    print "three"
  )");
  EXPECT_EQ(result.output, "one\t2\nchild\nthree\n");
  EXPECT_FALSE(result.output_truncated);
  EXPECT_EQ(result.log_lines, std::vector<std::string>(1, "warn  careful"));
  EXPECT_FALSE(result.log_truncated);
  EXPECT_EQ(printed_elsewhere, 0);

  ExecuteOptions options;
  options.capture = false;
  EXPECT_EQ(execute(runtime, "print 'x'", options).output, "");
  EXPECT_EQ(printed_elsewhere, 1);
}

TEST(Execute, KeepsNoMoreThanItMay) {
  Runtime runtime = start_runtime();
  ExecuteOptions options;
  options.output_bytes_max = 1'000;
  options.capture_log_level = LogLevel::debug;
  const auto result = execute(runtime, R"(
    local actor = require "actor"
    for i = 1, 1000 do print(("%03d"):format(i)) actor.log("debug", tostring(i)) end
  )",
                              options);
  EXPECT_TRUE(result.success);
  EXPECT_EQ(result.output.size(), 1'000u);
  EXPECT_EQ(result.output.substr(0, 8), "001\n002\n");
  EXPECT_EQ(result.output.substr(992), "249\n250\n");
  EXPECT_TRUE(result.output_truncated);
  EXPECT_TRUE(result.log_truncated);
  EXPECT_LT(result.log_lines.size(), 100u);
  EXPECT_EQ(result.log_lines.at(0), "debug 1");

  options.output_bytes_max = 0;
  const auto nothing = execute(runtime, "print 'x'", options);
  EXPECT_EQ(nothing.output, "");
  EXPECT_TRUE(nothing.output_truncated);
}

TEST(Execute, CanLeaveABehaviourBehind) {
  Runtime runtime = start_runtime();
  ExecuteOptions options;
  options.chunk_return = ChunkReturn::exit_code;
  const auto result = execute(runtime, R"(
    local actor = require "actor"
    local me = actor.self()
    me:send "finish"
    return { finish = function() print "served" actor.exit() end }
  )",
                              options);
  EXPECT_TRUE(result.success);
  EXPECT_EQ(result.output, "served\n");
  EXPECT_EQ(execute(runtime, "return 7", options).values, Values(1, Value(7)));
}

TEST(Execute, RunsManyAtOnce) {
  Runtime runtime = start_runtime();
  std::vector<std::future<ExecutionResult>> futures;
  for (int i = 0; i < 200; ++i) {
    ExecuteOptions options;
    options.id = std::to_string(i);
    options.args = {i};
    futures.push_back(runtime.execute(Script::text("print(...) return ..."), std::move(options)));
  }
  for (int i = 0; i < 200; ++i) {
    const ExecutionResult result = futures[static_cast<std::size_t>(i)].get();
    EXPECT_EQ(result.id, std::to_string(i));
    EXPECT_EQ(result.output, std::to_string(i) + "\n");
    EXPECT_EQ(result.values, Values(1, Value(i)));
  }
  EXPECT_TRUE(tests::eventually([&] { return runtime.actor_count() == 0; }));
}

TEST(Execute, CallsBackOnce) {
  Runtime runtime = start_runtime();
  std::promise<ExecutionResult> promise;
  std::thread::id thread;
  runtime.execute(Script::text("return 1"), {}, [&](ExecutionResult result) {
    thread = std::this_thread::get_id();
    promise.set_value(std::move(result));
  });
  EXPECT_TRUE(promise.get_future().get().success);
  EXPECT_NE(thread, std::this_thread::get_id());
}

TEST(Execute, EndsWithTheRuntime) {
  Runtime runtime = start_runtime();
  auto future = runtime.execute(Script::text(kWaits));
  ASSERT_TRUE(tests::eventually([&] { return runtime.actor_count() == 1; }));
  ASSERT_TRUE(runtime.stop(tests::kPatience).has_value());
  const ExecutionResult result = future.get();
  EXPECT_EQ(code_of(result), ErrorCode::stopped);
  EXPECT_EQ(result.reason, "stopped");
  const ExecutionResult late = execute(runtime, "return 1");
  EXPECT_EQ(code_of(late), ErrorCode::stopped);
  EXPECT_EQ(late.reason, "");
}

// Cancelling --------------------------------------------------------------------------------------

TEST(CancelToken, EndsAnExecutionThatWaits) {
  Runtime runtime = start_runtime();
  ExecuteOptions options;
  options.id = "waiting";
  CancelToken token = options.token;
  auto future = runtime.execute(Script::text(kWaits), options);
  ASSERT_TRUE(tests::eventually([&] { return runtime.actor_count() == 1; }));
  token.cancel();
  token.cancel();
  const ExecutionResult result = future.get();
  EXPECT_EQ(code_of(result), ErrorCode::cancelled);
  EXPECT_EQ(result.reason, "cancelled");
  EXPECT_EQ(result.id, "waiting");
  EXPECT_TRUE(tests::eventually([&] { return runtime.actor_count() == 0; }));
}

TEST(CancelToken, TrippedBeforeKeepsAnExecutionFromBeginning) {
  Runtime runtime = start_runtime();
  ExecuteOptions options;
  options.token.cancel();
  const ExecutionResult result = execute(runtime, "print 'x'", options);
  EXPECT_EQ(code_of(result), ErrorCode::cancelled);
  EXPECT_EQ(result.reason, "");
  EXPECT_EQ(result.output, "");
}

TEST(CancelToken, TrippedAfterwardsDoesNothing) {
  ExecuteOptions options;
  {
    Runtime runtime = start_runtime();
    EXPECT_TRUE(execute(runtime, "return 1", options).success);
    CancelToken copy = options.token;
    copy.cancel();
  }
  options.token.cancel();
  EXPECT_TRUE(options.token.cancelled());
}

TEST(CancelToken, EndsAllThatItWasGivenTo) {
  Runtime runtime = start_runtime();
  ExecuteOptions options;
  std::vector<std::future<ExecutionResult>> futures;
  futures.reserve(20);
  for (int i = 0; i < 20; ++i) futures.push_back(runtime.execute(Script::text(kWaits), options));
  options.token.cancel();
  for (auto& future : futures) EXPECT_EQ(code_of(future.get()), ErrorCode::cancelled);
}

TEST(CancelToken, MayBeTrippedWhileTheExecutionEnds) {
  Runtime runtime = start_runtime();
  int cancelled = 0;
  for (int i = 0; i < 300; ++i) {
    ExecuteOptions options;
    CancelToken token = options.token;
    auto future = runtime.execute(Script::text("return 1"), std::move(options));
    std::thread other([&token] { token.cancel(); });
    const ExecutionResult result = future.get();
    other.join();
    if (!result.success) {
      EXPECT_EQ(code_of(result), ErrorCode::cancelled);
      ++cancelled;
    }
  }
  RecordProperty("cancelled", cancelled);
}

TEST(CancelToken, CallsWhoeverIsRegisteredOnce) {
  CancelToken token;
  int calls = 0;
  const CancelToken::Registration kept(token, [&calls] { ++calls; });
  {
    const CancelToken::Registration taken_back(token, [&calls] { calls += 100; });
  }
  EXPECT_FALSE(token.cancelled());
  CancelToken copy = token;
  copy.cancel();
  token.cancel();
  EXPECT_TRUE(token.cancelled());
  EXPECT_EQ(calls, 1);
  const CancelToken::Registration late(token, [&calls] { calls += 10; });
  EXPECT_EQ(calls, 11) << "at once, if the token is tripped already";
}

TEST(CancelToken, HoldsNoLockWhileItCalls) {
  CancelToken token;
  std::optional<CancelToken::Registration> inner;
  bool called = false;
  const CancelToken::Registration outer(token, [&] {
    token.cancel();
    inner.emplace(token, [&called] { called = true; });
    inner.reset();
  });
  token.cancel();
  EXPECT_TRUE(called);
}

}  // namespace
}  // namespace moonwright
