// quota_broker_test.cpp: one at a time whoever asks, and nothing is lost on the way.
#include "actors/quota_broker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "actors/memory_float.hpp"

namespace moonwright::actors {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;

TEST(QuotaBroker, NeverLendsMoreThanItHasToManyThreads) {
  QuotaBroker broker({.budget_bytes = 1'000, .float_bytes = 0, .threads = 4});
  std::atomic<std::uint64_t> held{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20'000; ++round) {
        const std::uint64_t bytes = broker.ask(300, 400).bytes;
        if (bytes == 0) continue;
        EXPECT_LE(held.fetch_add(bytes) + bytes, 1'000u);
        held.fetch_sub(bytes);
        broker.give(bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(broker.figures().granted, 0u);
}

class Recorder final : public QuotaListener {
 public:
  explicit Recorder(QuotaBroker& broker) : broker_(broker) {}
  void quota_granted(std::uint64_t ticket) noexcept override {
    granted.push_back(ticket);
    // Whoever is told may speak with the broker at once.
    broker_.give(10);
  }
  std::vector<std::uint64_t> granted;

 private:
  QuotaBroker& broker_;
};

TEST(QuotaBroker, TellsThoseWhoWait) {
  QuotaBroker broker({.budget_bytes = 100, .float_bytes = 0});
  Recorder recorder(broker);
  broker.set_listener(&recorder);
  ASSERT_EQ(broker.ask(100, 100).bytes, 100u);
  for (std::uint64_t ticket = 1; ticket <= 5; ++ticket) broker.ask_later(ticket, 10);
  EXPECT_TRUE(broker.forget(3));
  EXPECT_TRUE(recorder.granted.empty());
  broker.give(10);
  EXPECT_EQ(recorder.granted, (std::vector<std::uint64_t>{1, 2, 4, 5}));
  EXPECT_FALSE(broker.forget(4));
}

TEST(QuotaBroker, TellsSharesFromTheBudget) {
  QuotaBroker broker({.budget_bytes = 100, .float_bytes = 0});
  const auto share = broker.open_share(0, 50, 0);
  EXPECT_EQ(broker.take(share, 51, 51).refusal, runtime::MemoryRefusal::share);
  EXPECT_EQ(broker.ask(101, 101).refusal, runtime::MemoryRefusal::quota);
  EXPECT_EQ(broker.take(share, 50, 50).bytes, 50u);
  broker.set_cap(share, 60);
  EXPECT_EQ(broker.take(share, 10, 10).bytes, 10u);
  EXPECT_EQ(broker.held(share), 60u);
  broker.close_share(share);
  EXPECT_EQ(broker.figures().shares, 0u);
}

class Floats : public ::testing::Test {
 protected:
  QuotaBroker broker_{{.budget_bytes = 64 * kMiB, .float_bytes = kMiB, .threads = 2}};
  runtime::ChunkPool pool_{runtime::BlockSource(nullptr), 32 * kMiB};
  std::uint64_t granted() { return broker_.figures().granted; }
};

TEST_F(Floats, AskOnceForManySmallThings) {
  MemoryFloat at_hand(broker_, pool_);
  EXPECT_EQ(granted(), 0u) << "it begins with nothing";
  ASSERT_TRUE(at_hand.pay(100));
  const std::uint64_t lent = granted();
  EXPECT_EQ(lent, kMiB + 100);
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(at_hand.pay(100));
  EXPECT_EQ(granted(), lent) << "nobody was asked";
  for (int i = 0; i < 1'001; ++i) at_hand.refund(100);
  EXPECT_EQ(granted(), lent);
  EXPECT_EQ(at_hand.spare(), lent);
}

TEST_F(Floats, GiveBackWhatIsTwiceTheirSize) {
  MemoryFloat at_hand(broker_, pool_);
  const auto grant = at_hand.take(20 * kMiB, 20 * kMiB);
  EXPECT_EQ(grant.bytes, 20 * kMiB);
  at_hand.refund(20 * kMiB);
  EXPECT_EQ(at_hand.spare(), kMiB);
  EXPECT_EQ(granted(), kMiB);
}

TEST_F(Floats, GiveEverythingBackInTheEnd) {
  {
    MemoryFloat at_hand(broker_, pool_), another(broker_, pool_);
    ASSERT_TRUE(at_hand.pay(100));
    another.refund(100);  // it wandered
  }
  EXPECT_EQ(granted(), 0u);
}

TEST_F(Floats, KeepNearlyNothingUnderPressure) {
  MemoryFloat at_hand(broker_, pool_);
  ASSERT_TRUE(at_hand.pay(100));
  EXPECT_FALSE(at_hand.settle());
  ASSERT_NE(broker_.ask(58 * kMiB, 58 * kMiB).bytes, 0u);
  ASSERT_TRUE(broker_.tight());
  EXPECT_TRUE(at_hand.settle()) << "something has changed";
  EXPECT_LE(at_hand.spare(), kMiB / lifecycle::kTightPart);
  EXPECT_FALSE(at_hand.settle());
  EXPECT_LE(at_hand.take(kMiB, 2 * kMiB).bytes, kMiB + kMiB / 8) << "leases are tight, too";
}

TEST_F(Floats, KeepLittleWhileTheirThreadSleeps) {
  MemoryFloat at_hand(broker_, pool_);
  ASSERT_TRUE(at_hand.pay(100));
  at_hand.rest();
  EXPECT_LE(at_hand.spare(), 64 * kMiB / 64 / 2);
}

TEST_F(Floats, StandForTheChunksOfTheirPool) {
  MemoryFloat at_hand(broker_, pool_);
  constexpr std::size_t kChunk = runtime::ChunkPool::kChunkMax;
  const auto put = [&](int count) {
    for (int i = 0; i < count; ++i) {
      pool_.put(pool_.source().allocate(runtime::ChunkPool::source_bytes(kChunk)), kChunk);
    }
  };
  put(4);
  static_cast<void>(at_hand.settle());
  EXPECT_EQ(pool_.bytes(), 4 * kMiB);
  EXPECT_GE(at_hand.spare(), 4 * kMiB) << "the pool was worth asking for";
  put(2);
  ASSERT_NE(broker_.ask(55 * kMiB, 55 * kMiB).bytes, 0u);
  ASSERT_TRUE(broker_.tight());
  static_cast<void>(at_hand.settle());
  EXPECT_LE(pool_.bytes(), at_hand.spare()) << "now it is not";
}

TEST_F(Floats, FollowABudgetThatChanges) {
  MemoryFloat at_hand(broker_, pool_);
  ASSERT_TRUE(at_hand.pay(100));
  broker_.set_budget(4 * kMiB);
  EXPECT_TRUE(at_hand.settle());
  EXPECT_LE(at_hand.spare(), kMiB / 4);
  broker_.close_down();
  EXPECT_TRUE(at_hand.settle());
  EXPECT_EQ(at_hand.spare(), 0u);
  at_hand.refund(100);
  EXPECT_EQ(granted(), 0u);
}

}  // namespace
}  // namespace moonwright::actors
