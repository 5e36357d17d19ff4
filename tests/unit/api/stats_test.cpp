// stats_test.cpp: what an actor uses, seen from outside.
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "api_support.hpp"

namespace moonwright {
namespace {

constexpr const char* kKeeper = R"(
  local kept
  return {
    keep = function(size) kept = ("x"):rep(size) end,
    drop = function() kept = nil end,
    fill = function() local s = ("x"):rep(20 << 20) return #(s .. s .. s) end,
  }
)";

TEST(Stats, AreThoseOfTheLastTurn) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, kKeeper);
  ASSERT_TRUE(ask(runtime, actor, "keep", {0}).has_value());
  const auto before = runtime.stats(actor);
  ASSERT_TRUE(before.has_value());
  EXPECT_EQ(before->memory.limit_bytes, 50u << 20);
  ASSERT_TRUE(ask(runtime, actor, "keep", {8 << 20}).has_value());
  EXPECT_TRUE(tests::eventually([&] {
    const MemoryStats memory = runtime.stats(actor)->memory;
    return memory.used_bytes > 8u << 20 && memory.peak_bytes >= memory.used_bytes;
  }));
}

TEST(Stats, CountWhatTheLimitDidNotAllow) {
  Runtime runtime = start_runtime();
  SpawnOptions options;
  options.script = Script::text(kKeeper);
  options.sandbox = Sandbox::none;
  const auto actor = runtime.spawn(std::move(options));
  ASSERT_TRUE(actor.has_value());
  EXPECT_EQ(code_of(ask(runtime, *actor, "fill")), ErrorCode::memory_limit);
  EXPECT_TRUE(tests::eventually([&] { return runtime.stats(*actor)->memory.violations > 0; }));
}

TEST(Stats, CountTheMessagesThatWait) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, "require('actor').sleep(1e6) return {}");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(runtime.send(actor, "wait").has_value());
  EXPECT_EQ(runtime.stats(actor)->mailbox_messages, 3u);
}

TEST(Stats, AreThereUntilTheEnd) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, kEcho);
  EXPECT_TRUE(runtime.stats(actor).has_value());
  ASSERT_TRUE(runtime.kill_actor(actor).has_value());
  ASSERT_TRUE(tests::eventually([&] { return runtime.actor_count() == 0; }));
  EXPECT_EQ(code_of(runtime.stats(actor)), ErrorCode::dead);
  EXPECT_EQ(code_of(runtime.stats(ActorRef())), ErrorCode::invalid_argument);
}

TEST(Collect, AnswersWhatWasUsedBeforeAndAfter) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, kKeeper);
  ASSERT_TRUE(ask(runtime, actor, "keep", {4 << 20}).has_value());
  const auto kept = runtime.collect(actor).get();
  ASSERT_TRUE(kept.has_value());
  EXPECT_GT(kept->after_bytes, 4u << 20);
  ASSERT_TRUE(ask(runtime, actor, "drop").has_value());
  const auto dropped = runtime.collect(actor).get();
  ASSERT_TRUE(dropped.has_value());
  EXPECT_GT(dropped->before_bytes, 4u << 20);
  EXPECT_LT(dropped->after_bytes, 1u << 20);
  EXPECT_EQ(runtime.stats(actor)->memory.used_bytes, dropped->after_bytes);
}

TEST(Collect, FindsAnActorThatWaits) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, "require('actor').sleep(1e6) return {}");
  EXPECT_TRUE(runtime.collect(actor).get().has_value());
}

TEST(Collect, IsRefusedByActorsThatHaveEnded) {
  Runtime runtime = start_runtime();
  EXPECT_EQ(code_of(runtime.collect(ActorRef()).get()), ErrorCode::invalid_argument);
  const ActorRef actor = spawn_text(runtime, kEcho);
  ASSERT_TRUE(runtime.kill_actor(actor).has_value());
  EXPECT_EQ(code_of(runtime.collect(actor).get()), ErrorCode::killed);
  ASSERT_TRUE(runtime.stop(tests::kPatience).has_value());
  EXPECT_EQ(code_of(runtime.collect(actor).get()), ErrorCode::stopped);
}

TEST(Collect, TellsTheHostThatACollectionWasForced) {
  struct Told {
    ActorRef actor;
    std::uint64_t before;
    std::uint64_t after;
  };
  std::promise<Told> promise;
  RuntimeOptions options;
  options.on_collection = [&promise](const ActorRef& actor, std::uint64_t before,
                                     std::uint64_t after) {
    promise.set_value({actor, before, after});
  };
  Runtime runtime = start_runtime(std::move(options));
  const ActorRef actor = spawn_text(runtime, kEcho);
  const auto collection = runtime.collect(actor).get();
  ASSERT_TRUE(collection.has_value());
  const Told told = promise.get_future().get();
  EXPECT_EQ(told.actor, actor);
  EXPECT_EQ(told.before, collection->before_bytes);
  EXPECT_EQ(told.after, collection->after_bytes);
}

TEST(Collect, MayBeAskedForByManyThreads) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, kKeeper);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) {
        EXPECT_TRUE(ask(runtime, actor, "keep", {n}).has_value());
        EXPECT_TRUE(runtime.collect(actor).get().has_value());
        EXPECT_TRUE(runtime.stats(actor).has_value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace moonwright
