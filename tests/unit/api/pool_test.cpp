// pool_test.cpp: pools as a C++ program uses them: scripts of strangers, and nothing left of them.
#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "api_support.hpp"

namespace moonwright {
namespace {

using namespace std::chrono_literals;

Pool make_pool(Runtime& runtime, PoolOptions options = {}) {
  auto pool = runtime.make_pool(std::move(options));
  if (pool) return *pool;
  ADD_FAILURE() << pool.error().message;
  return {};
}

ExecutionResult execute(const Pool& pool, std::string source, PoolExecuteOptions options = {}) {
  return pool.execute(Script::text(std::move(source), "test"), std::move(options)).get();
}

PoolMetrics metrics(const Pool& pool) {
  auto found = pool.metrics().get();
  if (found) return *found;
  ADD_FAILURE() << found.error().message;
  return {};
}

ErrorCode code_of(const ExecutionResult& result) {
  EXPECT_FALSE(result.success);
  return result.error ? result.error->code : ErrorCode::error;
}

TEST(Pool, ExecutesAScriptAndTellsEverything) {
  Runtime runtime = start_runtime();
  const Pool pool = make_pool(runtime);
  PoolExecuteOptions options;
  options.id = "job 7";
  options.args = {6, 7};
  const auto result =
      execute(pool, "print 'hello' local a, b = ... return a * b, {x = b}", options);
  ASSERT_TRUE(result.success) << result.error->message;
  EXPECT_EQ(result.id, "job 7");
  EXPECT_EQ(result.reason, "normal");
  ASSERT_EQ(result.values.size(), 2u);
  EXPECT_EQ(result.values[0], Value(42));
  EXPECT_EQ(result.output, "hello\n");
  EXPECT_GT(result.memory_used_bytes, 0u);
}

TEST(Pool, ExecutesByTheRuntimeToo) {
  Runtime runtime = start_runtime();
  const Pool pool = make_pool(runtime);
  const auto result = runtime.execute(pool, Script::text("return 1", "test")).get();
  ASSERT_TRUE(result.success);
  EXPECT_EQ(result.values[0], Value(1));
}

TEST(Pool, LeavesNothingOfAScriptToTheNext) {
  Runtime runtime = start_runtime();
  PoolOptions one;
  one.size.min = 1;
  one.size.max = 1;
  one.spawn.script = Script::text("given = 'by the factory'", "factory");
  const Pool pool = make_pool(runtime, one);
  constexpr const char* kLeave = R"(
    local actor = require "actor"
    left, string.left, given = 1, 2, 'by a stranger'
    package = nil
    math.floor = nil
    actor.register "stranger"
    actor.after(0, function() left = 2 end)
    actor.fork(function() actor.sleep(0.001) end)
    return given
  )";
  constexpr const char* kLook = R"(
    local actor = require "actor"
    return left, string.left, math.floor ~= nil, given, (actor.whereis "stranger")
  )";
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(execute(pool, kLeave).success);
    const auto result = execute(pool, kLook);
    ASSERT_TRUE(result.success) << result.error->message;
    ASSERT_EQ(result.values.size(), 5u);
    EXPECT_TRUE(result.values[0].is_nil());
    EXPECT_TRUE(result.values[1].is_nil());
    EXPECT_EQ(result.values[2], Value(true));
    EXPECT_EQ(result.values[3], Value("by the factory"));
    EXPECT_TRUE(result.values[4].is_nil());
  }
  EXPECT_TRUE(tests::eventually([&] { return metrics(pool).created == 7; }));
}

TEST(Pool, GoesOnAfterScriptsThatFail) {
  Runtime runtime = start_runtime();
  PoolOptions one;
  one.size.min = 1;
  one.size.max = 1;
  one.spawn.limits = Limits{.memory_bytes_max = 4 << 20};
  one.spawn.limits->timeout = 200ms;
  const Pool pool = make_pool(runtime, one);
  EXPECT_EQ(code_of(execute(pool, "error 'boom'")), ErrorCode::error);
  EXPECT_EQ(code_of(execute(pool, "local t = {} while true do t[#t + 1] = {} end")),
            ErrorCode::memory_limit);
  EXPECT_EQ(code_of(execute(pool, "while true do end")), ErrorCode::timeout);
  EXPECT_EQ(code_of(execute(pool, "no Lua")), ErrorCode::syntax_error);
  EXPECT_EQ(execute(pool, "require('actor').exit('bye')").reason, "bye");
  const auto result = execute(pool, "return 'fine'");
  ASSERT_TRUE(result.success) << result.error->message;
  EXPECT_EQ(result.values[0], Value("fine"));
}

PoolOptions only_one() {
  PoolOptions options;
  options.size.min = 1;
  options.size.max = 1;
  return options;
}

ExecutionResult execute_for(const Pool& pool, std::string owner, std::string source) {
  PoolExecuteOptions options;
  options.owner = std::move(owner);
  return execute(pool, std::move(source), std::move(options));
}

TEST(Pool, UsesAStateAgainForTheSameScriptOfTheSameOwner) {
  Runtime runtime = start_runtime();
  const Pool pool = make_pool(runtime, only_one());
  const auto made = [&](std::uint64_t count) {
    return tests::eventually([&] { return metrics(pool).created == count; });
  };
  constexpr const char* kScript = "return math.max(1, 2), ('x'):rep(3)";
  for (int i = 0; i < 5; ++i) {
    const auto result = execute_for(pool, "ann", kScript);
    ASSERT_TRUE(result.success) << result.error->message;
    EXPECT_EQ(result.values[1], Value("xxx"));
  }
  EXPECT_TRUE(made(1)) << "one state has done it all";
  ASSERT_TRUE(execute_for(pool, "bob", kScript).success);
  EXPECT_TRUE(made(2)) << "somebody else";
  ASSERT_TRUE(execute_for(pool, "bob", "return 1").success);
  EXPECT_TRUE(made(3)) << "something else";
  ASSERT_TRUE(execute_for(pool, "", "return 1").success);
  EXPECT_TRUE(made(5)) << "replaced before for nobody, and after";
}

TEST(Pool, CleansAStateThatItUsesAgain) {
  Runtime runtime = start_runtime();
  PoolOptions options = only_one();
  options.spawn.script = Script::text("given = 1", "factory");
  const Pool pool = make_pool(runtime, options);
  constexpr const char* kScript = R"(
    local seen, was_given, floor = left, given, math.floor ~= nil
    left, given, coroutine = {}, 2, nil
    return seen, was_given, floor
  )";
  for (int i = 0; i < 3; ++i) {
    const auto result = execute_for(pool, "ann", kScript);
    ASSERT_TRUE(result.success) << result.error->message;
    ASSERT_EQ(result.values.size(), 3u);
    EXPECT_TRUE(result.values[0].is_nil());
    EXPECT_EQ(result.values[1], Value(1));
    EXPECT_EQ(result.values[2], Value(true));
  }
  EXPECT_EQ(metrics(pool).created, 1u);
}

TEST(Pool, DropsAStateThatCannotBeMadeWhatItWas) {
  Runtime runtime = start_runtime();
  PoolOptions options = only_one();
  options.spawn.script = Script::text("config = { nested = { value = 1 } }", "factory");
  const Pool pool = make_pool(runtime, options);
  std::uint64_t made = 1;
  const auto drops = [&](const char* source) {
    ASSERT_TRUE(execute_for(pool, "ann", source).reason != "") << source;
    ++made;
    EXPECT_TRUE(tests::eventually([&] { return metrics(pool).created == made; })) << source;
    // Whatever comes next finds nothing of it.
    const auto result = execute_for(pool, "", R"(
      return math.extra, config.nested.value, getmetatable(math), getmetatable(_G)
    )");
    ASSERT_TRUE(result.success) << result.error->message;
    EXPECT_TRUE(result.values[0].is_nil()) << source;
    EXPECT_EQ(result.values[1], Value(1)) << source;
    ++made;
    EXPECT_TRUE(tests::eventually([&] { return metrics(pool).created == made; })) << source;
  };
  drops("math.extra = 1");
  drops("string.rep = nil");
  drops("config.nested.value = 2");
  drops("config.nested.more = 2");
  drops("setmetatable(math, {})");
  drops("setmetatable(_G, { __index = math })");
  drops("setmetatable(config, {})");
  drops("require('actor').after(0.001, print)");
  drops("require('actor').every(1, print)");
  drops("lifecycle.onDestroy = print");
  drops("error 'boom'");
  drops("require('actor').exit 'bye'");
}

TEST(Pool, CleansOnlyWhatItIsToldTo) {
  Runtime runtime = start_runtime();
  PoolOptions options = only_one();
  options.reuse.globals = false;
  const Pool pool = make_pool(runtime, options);
  constexpr const char* kCount = "count = (count or 0) + 1 return count";
  EXPECT_EQ(execute_for(pool, "ann", kCount).values[0], Value(1));
  EXPECT_EQ(execute_for(pool, "ann", kCount).values[0], Value(2));
  EXPECT_EQ(execute_for(pool, "bob", kCount).values[0], Value(1));
  options.reuse.enabled = false;
  const Pool never = make_pool(runtime, options);
  EXPECT_EQ(execute_for(never, "ann", kCount).values[0], Value(1));
  EXPECT_EQ(execute_for(never, "ann", kCount).values[0], Value(1));
}

TEST(Pool, StopsTheChildrenOfAScriptWithIt) {
  Runtime runtime = start_runtime();
  const Pool pool = make_pool(runtime);
  const std::size_t before = runtime.actor_count();
  ASSERT_TRUE(execute(pool, R"(
    require("actor").spawn{ source = "return {}", name = "child" }
  )")
                  .success);
  EXPECT_TRUE(tests::eventually([&] { return runtime.actor_count() == before; }));
}

TEST(Pool, CancelsAScriptThatRunsAndOneThatWaits) {
  Runtime runtime = start_runtime();
  PoolOptions one;
  one.size.min = 1;
  one.size.max = 1;
  const Pool pool = make_pool(runtime, one);
  CancelToken running;
  CancelToken waiting;
  PoolExecuteOptions options;
  options.token = running;
  auto first = pool.execute(Script::text("require('actor').sleep(1e6)", "test"), options);
  EXPECT_TRUE(tests::eventually([&] { return metrics(pool).in_use == 1; }));
  options.token = waiting;
  auto second = pool.execute(Script::text("return 1", "test"), options);
  EXPECT_TRUE(tests::eventually([&] { return metrics(pool).waiting == 1; }));
  waiting.cancel();
  EXPECT_EQ(code_of(second.get()), ErrorCode::cancelled);
  running.cancel();
  EXPECT_EQ(code_of(first.get()), ErrorCode::cancelled);
  EXPECT_TRUE(execute(pool, "return 1").success);
  options.token = waiting;
  EXPECT_EQ(code_of(execute(pool, "return 1", options)), ErrorCode::cancelled);
}

TEST(Pool, RefusesAndGivesUpWithFigures) {
  Runtime runtime = start_runtime();
  PoolOptions one;
  one.size.min = 1;
  one.size.max = 1;
  one.queue.max = 1;
  one.queue.timeout = 50ms;
  const Pool pool = make_pool(runtime, one);
  CancelToken token;
  PoolExecuteOptions options;
  options.token = token;
  auto first = pool.execute(Script::text("require('actor').sleep(1e6)", "test"), options);
  EXPECT_TRUE(tests::eventually([&] { return metrics(pool).in_use == 1; }));
  auto second = pool.execute(Script::text("return 1", "test"));
  const auto third = execute(pool, "return 1");
  const auto late = second.get();
  EXPECT_EQ(code_of(late), ErrorCode::timeout);
  EXPECT_NE(late.error->message.find("size 1, in use 1"), std::string::npos);
  // Either it found no place to wait, or the one before had given up already.
  EXPECT_TRUE(code_of(third) == ErrorCode::overload || code_of(third) == ErrorCode::timeout);
  token.cancel();
  first.get();
}

TEST(Pool, ExecutesManyAtOnce) {
  Runtime runtime = start_runtime();
  PoolOptions options;
  options.size.max = 8;
  options.queue.max = 10'000;
  const Pool pool = make_pool(runtime, options);
  constexpr int kCount = 2'000;
  std::atomic<int> fine{0};
  std::atomic<int> over{0};
  for (int i = 0; i < kCount; ++i) {
    PoolExecuteOptions one;
    one.args = {i};
    pool.execute(Script::text("local n = ... return n + 1", "test"), std::move(one),
                 [&, i](const ExecutionResult& result) {
                   if (result.success && result.values[0] == Value(i + 1)) ++fine;
                   ++over;
                 });
  }
  EXPECT_TRUE(tests::eventually([&] { return over == kCount; }));
  EXPECT_EQ(fine, kCount);
  EXPECT_EQ(metrics(pool).executions, static_cast<std::uint64_t>(kCount));
}

TEST(Pool, SharesABudget) {
  Runtime runtime = start_runtime();
  PoolOptions options;
  options.spawn.limits = Limits{.memory_bytes_max = 4 << 20};
  options.memory_bytes_max = 24u << 20;
  const Pool pool = make_pool(runtime, options);
  const PoolMetrics now = metrics(pool);
  EXPECT_EQ(now.memory_bytes_max, 24u << 20);
  EXPECT_GT(now.memory_used_bytes, 0u);
}

TEST(Pool, IsFilledWithModules) {
  Runtime runtime = start_runtime();
  PoolOptions options;
  options.preload = {"actor", "string"};
  const Pool pool = make_pool(runtime, options);
  EXPECT_TRUE(execute(pool, "return require 'actor'.now()").success);
}

TEST(Pool, ExecutesNothingOnceItHasStopped) {
  Runtime runtime = start_runtime();
  const Pool pool = make_pool(runtime);
  ASSERT_TRUE(pool.stop(5s));
  EXPECT_TRUE(tests::eventually([&] { return runtime.actor_count() == 0; }));
  const auto result = execute(pool, "return 1");
  EXPECT_FALSE(result.success);
  EXPECT_TRUE(result.error->code == ErrorCode::dead || result.error->code == ErrorCode::stopped);
  EXPECT_FALSE(pool.metrics().get());
}

TEST(Pool, AnswersEverybodyWhenItsRuntimeStops) {
  std::vector<std::future<ExecutionResult>> results;
  Pool pool;
  {
    Runtime runtime = start_runtime();
    PoolOptions one;
    one.size.min = 1;
    one.size.max = 1;
    pool = make_pool(runtime, one);
    for (int i = 0; i < 10; ++i) {
      results.push_back(pool.execute(Script::text("require('actor').sleep(1e6)", "test")));
    }
    ASSERT_TRUE(runtime.stop(100ms));
  }
  for (auto& result : results) EXPECT_FALSE(result.get().success);
  EXPECT_EQ(code_of(execute(pool, "return 1")), ErrorCode::stopped);
}

TEST(Pool, SaysWhatIsWrongWithItsOptions) {
  Runtime runtime = start_runtime();
  PoolOptions options;
  options.size.min = 0;
  auto pool = runtime.make_pool(options);
  ASSERT_FALSE(pool);
  EXPECT_EQ(pool.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(pool.error().message, "options: size.min is not in 1..10,000");
}

TEST(Pool, IsRegisteredByItsName) {
  Runtime runtime = start_runtime();
  PoolOptions options;
  options.name = "workers";
  options.spawn.script = Script::text(kEcho, "echo");
  const Pool pool = make_pool(runtime, options);
  EXPECT_EQ(*runtime.whereis("workers"), pool.ref());
  const auto answer = ask(runtime, pool.ref(), "echo", {"hello"});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->front(), Value("hello"));
  EXPECT_FALSE(runtime.make_pool(options));
}

// Neither its supervisor can be asked for states, then, nor can those begin.
TEST(Pool, IsNotWaitedForIfThereIsNoMemoryForItsStates) {
  RuntimeOptions options;
  options.memory_budget_bytes = 1 << 20;
  Runtime runtime = start_runtime(std::move(options));
  SpawnOptions hog;
  hog.sandbox = Sandbox::none;
  hog.script = Script::text(R"(
    local kept = {}
    return { take = function()
      for _, size in ipairs{ 1 << 14, 1 << 10, 1 << 7 } do
        while pcall(function() kept[#kept + 1] = ("x"):rep(size) end) do end
      end
    end }
  )");
  const ActorRef actor = runtime.spawn(std::move(hog)).value();
  ASSERT_TRUE(ask(runtime, actor, "take"));
  for (int i = 0; i < 50; ++i) {
    const auto pool = runtime.make_pool();
    if (pool) {
      EXPECT_TRUE(pool->stop(1s));
    }
  }
}

}  // namespace
}  // namespace moonwright
