// quota_live_test.cpp: the memory budget with real threads.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "live_core.hpp"

namespace moonwright::actors {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;

class LiveQuota : public ::testing::Test {
 protected:
  void begin(std::uint64_t budget) {
    RuntimeOptions options;
    options.workers = 2;
    options.memory_budget_bytes = budget;
    options.log.level = LogLevel::off;
    auto core = Core::start(std::move(options));
    ASSERT_TRUE(core.has_value());
    core_ = std::move(*core);
  }
  Result<ActorRef> spawn(std::string source, SpawnOptions options = {}) {
    options.script = Script::text(std::move(source), "test");
    return core_->spawn(std::move(options));
  }
  QuotaStatus status() { return core_->quota().status(core_->script_threads()); }
  void expect_nothing_left() {
    EXPECT_TRUE(core_->stop(tests::kPatience).complete());
    const QuotaStatus end = status();
    EXPECT_EQ(end.granted, 0u);
    EXPECT_EQ(end.available, end.total);
    EXPECT_EQ(end.at_hand, 0u);
    EXPECT_TRUE(end.actors.empty());
  }
  std::unique_ptr<Core> core_;
};

TEST_F(LiveQuota, IsBackWhenTheRuntimeHasStopped) {
  begin(64 * kMiB);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(spawn("local t = string.rep('x', 100000) return { f = function() end }"));
    ASSERT_TRUE(spawn("return 1"));
    static_cast<void>(spawn("error 'at once'"));
  }
  SpawnOptions dedicated;
  dedicated.sandbox = Sandbox::none;
  dedicated.thread = ThreadKind::dedicated;
  ASSERT_TRUE(spawn("local t = string.rep('x', 100000) return {}", std::move(dedicated)));
  expect_nothing_left();
}

TEST_F(LiveQuota, IsBackAfterKillsAndRefusals) {
  begin(8 * kMiB);
  std::vector<ActorRef> actors;
  for (int round = 0; round < 2'000; ++round) {
    auto made = spawn("local t = string.rep('x', 50000) return { f = function(x) t = x end }");
    if (made) {
      actors.push_back(*made);
    } else {
      EXPECT_EQ(made.error().code, ErrorCode::quota_denied);
    }
    if (actors.empty()) continue;
    const ActorRef& actor = actors[static_cast<std::size_t>(round) % actors.size()];
    static_cast<void>(Address::of(*actor.target())
                          .post({{},
                                 0,
                                 kNever,
                                 "\x92\xa1"
                                 "f\xc0",
                                 {}},
                                nullptr));
    if (round % 3 == 0) {
      Address::of(*actor.target()).deliver(MessagePtr(Message::make(MessageKind::kill)), nullptr);
    }
    const auto books = core_->quota().broker().figures();
    EXPECT_LE(books.granted, 8 * kMiB);
  }
  expect_nothing_left();
}

TEST_F(LiveQuota, IsNotExceededByManyThatGrowAtOnce) {
  begin(16 * kMiB);
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(spawn(R"(
      local held = {}
      for i = 1, 10000 do
        held[#held + 1] = string.rep("x", math.random(5000))
        if math.random(100) == 1 then held = {} end
      end)"));
  }
  while (core_->live().count() > 0) {
    ASSERT_LE(core_->quota().broker().figures().granted, 16 * kMiB);
    std::this_thread::yield();
  }
  expect_nothing_left();
}

TEST_F(LiveQuota, PassesFromWorkerToWorkerWithMessages) {
  begin(32 * kMiB);
  SpawnOptions trusted;
  trusted.sandbox = Sandbox::none;
  ASSERT_TRUE(spawn(R"(
    local actor = require "actor"
    local function ring(n)
      local sink = actor.spawn{
        source = "return { take = function() end, done = function() return 1 end }",
      }
      for i = 1, 50000 do
        while not sink:send("take", "some text") do sink:call("done") end
      end
      sink:call("done")
    end
    ring() ring())",
                    std::move(trusted)));
  EXPECT_TRUE(tests::eventually([this] { return core_->live().count() <= 2; }));
  expect_nothing_left();
}

}  // namespace
}  // namespace moonwright::actors
