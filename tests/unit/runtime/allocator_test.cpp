// allocator_test.cpp: what is granted, what is refused, who hears of it, and what is counted.
#include "runtime/allocator.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <lua.hpp>
#include <random>
#include <vector>

#include "memory_sources.hpp"
#include "moonwright/limits.hpp"

namespace moonwright::runtime {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// The calls of lua_Alloc, as Lua makes them.
class Heap {
 public:
  explicit Heap(std::uint64_t limit, MemorySource* source = nullptr) : allocator(limit, 0, source) {
    allocator.use_clock([]() noexcept { return now; });
    allocator.set_watcher(
        {this, [](void* self) noexcept { ++of(self).watermarks; },
         [](void* self, MemoryRefusal reason) noexcept { of(self).refused.push_back(reason); }});
  }

  void* get(std::size_t size) { return Allocator::allocate(&allocator, nullptr, LUA_TTABLE, size); }
  void* resize(void* block, std::size_t old_size, std::size_t new_size) {
    return Allocator::allocate(&allocator, block, old_size, new_size);
  }
  void give(void* block, std::size_t size) {
    EXPECT_EQ(Allocator::allocate(&allocator, block, size, 0), nullptr);
  }
  /// Asks, is refused, collects for so long, and asks again.
  void* insist(std::size_t size, Allocator::Clock::duration collection) {
    void* block = get(size);
    if (block != nullptr) return block;
    now += collection;
    return get(size);
  }

  [[nodiscard]] MemoryFigures figures() const { return allocator.figures(); }

  Allocator allocator;
  int watermarks = 0;
  std::vector<MemoryRefusal> refused;
  static inline Allocator::Clock::time_point now{std::chrono::hours(1)};

 private:
  static Heap& of(void* self) { return *static_cast<Heap*>(self); }
};

using Refusals = std::vector<MemoryRefusal>;

TEST(AllocatorLimit, IsReachedExactlyAndNeverExceeded) {
  for (std::uint32_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Heap heap(50'000);
    std::mt19937 random(seed);
    const auto pick = [&random](std::size_t count) { return random() % count; };
    std::vector<std::pair<void*, std::size_t>> blocks;
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t used = heap.figures().used;
      const std::size_t size = 1 + pick(pick(20) == 0 ? 5'000 : 200);
      const std::size_t at = blocks.empty() ? 0 : pick(blocks.size());
      const std::size_t choice = blocks.empty() ? 0 : pick(6);
      if (choice < 3) {
        void* block = heap.get(size);
        ASSERT_EQ(block != nullptr, used + size <= 50'000);
        if (block != nullptr) blocks.emplace_back(block, size);
      } else if (choice == 3) {
        const std::size_t old_size = blocks[at].second;
        void* moved = heap.resize(blocks[at].first, old_size, size);
        ASSERT_EQ(moved != nullptr, size <= old_size || used + size - old_size <= 50'000);
        if (moved != nullptr) blocks[at] = {moved, size};
      } else {
        heap.give(blocks[at].first, blocks[at].second);
        blocks[at] = blocks.back();
        blocks.pop_back();
      }
      heap.allocator.forgive();
      std::uint64_t sum = 0;
      for (const auto& [_, bytes] : blocks) sum += bytes;
      ASSERT_EQ(heap.figures().used, sum);
      ASSERT_LE(heap.figures().used, heap.figures().peak);
      ASSERT_LE(heap.figures().peak, 50'000u);
    }
    EXPECT_TRUE(heap.allocator.consistent());
  }
}

TEST(AllocatorLimit, OfZeroGrantsNothing) {
  Heap heap(0);
  EXPECT_EQ(heap.get(1), nullptr);
  heap.give(nullptr, 0);
  EXPECT_EQ(heap.figures().reserved, 0u);
}

TEST(AllocatorLimit, MayBeNone) {
  Heap heap(kUnlimited);
  void* block = heap.get(1);
  EXPECT_NE(block, nullptr);
  EXPECT_EQ(heap.get(std::size_t{1} << 62), nullptr) << "malloc has not so much";
  EXPECT_EQ(heap.get(std::size_t{1} << 62), nullptr);
  EXPECT_EQ(heap.refused, Refusals{MemoryRefusal::source});
  heap.allocator.set_headroom(kUnlimited);
  EXPECT_EQ(heap.get(1), nullptr);
  heap.allocator.set_headroom(0);
  EXPECT_NE(heap.get(1), nullptr);
}

TEST(AllocatorLimit, BoundsWhatIsReservedToo) {
  constexpr std::uint64_t kLimit = 300'000;
  CountingSource source;
  Heap heap(kLimit, &source);
  // All of it in one size, then nearly nothing of that, and all in the next: whoever wants to hold
  // much more than the limit allows fills the heap with crumbs like this.
  std::vector<std::pair<void*, std::size_t>> kept;
  for (std::size_t size = 16; size <= 2'048; size += 16) {
    std::vector<void*> filled;
    while (void* block = heap.get(size)) filled.push_back(block);
    heap.allocator.forgive();
    for (std::size_t i = 0; i < filled.size(); ++i) {
      if (i % 64 == 0) {
        kept.emplace_back(filled[i], size);
      } else {
        heap.give(filled[i], size);
      }
    }
    ASSERT_LE(source.bytes(), 2 * kLimit + (64u << 10));
  }
  EXPECT_TRUE(heap.allocator.consistent());
}

TEST(AllocatorWatermark, IsReportedOnceByTheAllocationThatExceedsIt) {
  Heap heap(1'000);
  heap.allocator.set_watermark(600);
  void* block = heap.get(600);
  EXPECT_EQ(heap.watermarks, 0) << "reached, not exceeded";
  void* second = heap.get(1);
  EXPECT_EQ(heap.watermarks, 1);
  heap.give(second, 1);
  heap.give(heap.get(100), 100);
  EXPECT_EQ(heap.watermarks, 1) << "until the next one is set";
  heap.allocator.set_watermark(700);
  block = heap.resize(block, 600, 700);
  EXPECT_EQ(heap.watermarks, 1);
  block = heap.resize(block, 700, 900);
  EXPECT_EQ(heap.watermarks, 2);
  heap.allocator.set_watermark(300);
  block = heap.resize(block, 900, 400);
  EXPECT_EQ(heap.watermarks, 2) << "by growth only";
  EXPECT_NE(heap.get(1), nullptr);
  EXPECT_EQ(heap.watermarks, 3) << "set below what is in use already";
}

TEST(AllocatorWatermark, IsNotReportedByWhatIsRefused) {
  CountingSource source;
  Heap heap(10'000, &source);
  heap.allocator.set_watermark(100);
  EXPECT_EQ(heap.get(10'001), nullptr);
  source.refuse_after(0, 1);
  EXPECT_EQ(heap.get(200), nullptr);
  EXPECT_EQ(heap.watermarks, 0);
  EXPECT_NE(heap.get(200), nullptr);
  EXPECT_EQ(heap.watermarks, 1);
}

TEST(AllocatorHeadroom, IsThereForWhomItIsOpened) {
  Heap heap(1'000);
  heap.allocator.set_headroom(300);
  void* block = heap.get(700);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(heap.get(1), nullptr);
  heap.allocator.open_headroom();
  void* second = heap.get(300);
  EXPECT_NE(second, nullptr);
  EXPECT_EQ(heap.get(1), nullptr) << "the limit stays";
  heap.allocator.close_headroom();
  heap.allocator.forgive();
  block = heap.resize(block, 700, 690);
  EXPECT_NE(block, nullptr) << "what shrinks is always welcome";
  EXPECT_EQ(heap.get(1), nullptr) << "in use: 990";
  heap.give(second, 300);
  EXPECT_NE(heap.get(10), nullptr);
  EXPECT_EQ(heap.figures().used, 700u);
}

// Refusals ----------------------------------------------------------------------------------------

TEST(AllocatorRefusal, ThatTheCollectionMendsIsAnEmergencyCollectionAndNothingElse) {
  Heap heap(1'000);
  void* garbage = heap.get(800);
  EXPECT_EQ(heap.get(300), nullptr);
  EXPECT_TRUE(heap.allocator.refusal_pending());
  EXPECT_EQ(heap.figures().violations, 1u) << "as long as nobody has asked again";
  heap.give(garbage, 800);
  EXPECT_NE(heap.get(300), nullptr);
  EXPECT_FALSE(heap.allocator.refusal_pending());
  EXPECT_EQ(heap.figures().violations, 0u);
  EXPECT_EQ(heap.figures().emergency_collections, 1u);
  EXPECT_EQ(heap.figures().emergency_freed, 800u);
  EXPECT_EQ(heap.refused, Refusals{});
}

TEST(AllocatorRefusal, IsFinalTheSecondTime) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "its allocator refuses sizes that malloc would not be asked for";
#endif
  Heap heap(1'000);
  void* block = heap.get(800);
  EXPECT_EQ(heap.resize(block, 800, 1'100), nullptr);
  EXPECT_EQ(heap.refused, Refusals{});
  block = heap.resize(block, 800, 800);
  EXPECT_EQ(heap.resize(block, 800, 1'100), nullptr);
  EXPECT_EQ(heap.refused, Refusals{MemoryRefusal::limit});
  EXPECT_TRUE(heap.allocator.refusal_pending());
  EXPECT_EQ(heap.figures().violations, 1u);
  EXPECT_EQ(heap.figures().emergency_collections, 1u);
  EXPECT_EQ(heap.figures().emergency_freed, 0u);
  // The next one begins from the start.
  EXPECT_EQ(heap.resize(block, 800, 1'100), nullptr);
  EXPECT_EQ(heap.refused.size(), 1u);
  EXPECT_EQ(heap.figures().violations, 2u);
}

TEST(AllocatorRefusal, ThatNobodyCameBackForIsPendingUntilMemoryIsGranted) {
  Heap heap(1'000);
  EXPECT_EQ(heap.get(1'001), nullptr);
  EXPECT_EQ(heap.get(1'002), nullptr) << "something else, not the same again";
  EXPECT_TRUE(heap.allocator.refusal_pending());
  EXPECT_EQ(heap.refused, Refusals{});
  EXPECT_EQ(heap.figures().violations, 2u);
  EXPECT_EQ(heap.figures().emergency_collections, 0u);
  EXPECT_NE(heap.get(1'000), nullptr);
  EXPECT_FALSE(heap.allocator.refusal_pending());
  EXPECT_EQ(heap.figures().violations, 2u);
}

TEST(AllocatorRefusal, OfTheSourceIsLikeThatOfTheLimit) {
  for (const std::size_t size : {16u, 1'024u, 1'025u, 5'000u}) {
    SCOPED_TRACE(size);
    CountingSource source;
    Heap heap(100'000, &source);
    source.refuse_after(0, 1);
    EXPECT_EQ(heap.get(size), nullptr);
    EXPECT_EQ(heap.figures().violations, 1u);
    void* block = heap.get(size);
    EXPECT_NE(block, nullptr);
    EXPECT_EQ(heap.figures().violations, 0u);
    EXPECT_EQ(heap.figures().emergency_collections, 1u);
    source.refuse_after(0);
    EXPECT_EQ(heap.resize(block, size, 20'000), nullptr);
    EXPECT_EQ(heap.resize(block, size, 20'000), nullptr);
    EXPECT_EQ(heap.refused, Refusals{MemoryRefusal::source});
    EXPECT_EQ(heap.figures().used, size);
    source.refuse_nothing();
    EXPECT_NE(heap.resize(block, size, 20'000), nullptr);
    EXPECT_TRUE(heap.allocator.consistent());
  }
}

TEST(AllocatorRefusal, MayBeForgiven) {
  Heap heap(100);
  EXPECT_EQ(heap.get(101), nullptr);
  heap.allocator.forgive();
  EXPECT_FALSE(heap.allocator.refusal_pending());
  EXPECT_EQ(heap.get(101), nullptr);
  EXPECT_EQ(heap.refused, Refusals{}) << "so this was the first one again";
  EXPECT_EQ(heap.figures().violations, 2u) << "but it stays counted";
}

// Thrashing ---------------------------------------------------------------------------------------

TEST(AllocatorThrashing, IsTwoPoorCollectionsInARowThatTakeTooLong) {
  Heap heap(100'000);
  void* garbage = heap.get(4'000);
  ASSERT_NE(heap.get(96'000), nullptr);
  EXPECT_EQ(heap.insist(5'000, milliseconds(30)), nullptr);
  EXPECT_FALSE(heap.allocator.thrashing()) << "one may just be long";
  EXPECT_EQ(heap.get(5'000), nullptr);
  Heap::now += milliseconds(1);
  heap.give(garbage, 4'000);
  EXPECT_EQ(heap.get(5'000), nullptr);
  EXPECT_TRUE(heap.allocator.thrashing()) << "4 % is next to nothing";
  EXPECT_EQ(heap.refused, (Refusals{MemoryRefusal::limit, MemoryRefusal::thrashing}));
  EXPECT_EQ(heap.get(1), nullptr) << "from now on";
  EXPECT_EQ(heap.figures().emergency_freed, 4'000u);
  heap.allocator.forgive();
  EXPECT_NE(heap.get(1), nullptr) << "until it is forgiven";
  EXPECT_EQ(heap.insist(5'000, milliseconds(30)), nullptr);
  EXPECT_FALSE(heap.allocator.thrashing());
}

TEST(AllocatorThrashing, IsSixteenPoorCollectionsInARowHoweverShort) {
  Heap heap(100'000);
  ASSERT_NE(heap.get(100'000), nullptr);
  for (int i = 1; i <= 16; ++i) {
    EXPECT_FALSE(heap.allocator.thrashing()) << i;
    EXPECT_EQ(heap.insist(10, microseconds(20)), nullptr);
  }
  EXPECT_TRUE(heap.allocator.thrashing());
  EXPECT_EQ(heap.refused.back(), MemoryRefusal::thrashing);
  EXPECT_EQ(heap.refused.size(), 16u);
}

TEST(AllocatorThrashing, EndsWithACollectionThatIsWorthIt) {
  Heap heap(100'000);
  ASSERT_NE(heap.get(94'000), nullptr);
  for (int i = 0; i < 100; ++i) {
    void* garbage = heap.get(6'000);
    ASSERT_NE(garbage, nullptr);
    EXPECT_EQ(heap.insist(100, milliseconds(7)), nullptr);
    EXPECT_EQ(heap.get(10), nullptr);
    Heap::now += milliseconds(7);
    heap.give(garbage, 6'000);
    void* block = heap.get(10);
    ASSERT_NE(block, nullptr) << i;
    heap.give(block, 10);
  }
  EXPECT_FALSE(heap.allocator.thrashing());
}

TEST(AllocatorThrashing, IsNotWhatHappensNowAndThen) {
  Heap heap(100'000);
  ASSERT_NE(heap.get(100'000), nullptr);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(heap.insist(10, milliseconds(7)), nullptr);
    Heap::now += milliseconds(101);
  }
  EXPECT_FALSE(heap.allocator.thrashing());
  Heap::now += milliseconds(500);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(heap.insist(10, milliseconds(50)), nullptr);
    Heap::now += milliseconds(501);
  }
  EXPECT_FALSE(heap.allocator.thrashing()) << "nine tenths of the time went to something else";
  EXPECT_EQ(heap.insist(10, milliseconds(50)), nullptr);
  Heap::now += milliseconds(499);
  EXPECT_EQ(heap.insist(10, milliseconds(50)), nullptr);
  EXPECT_TRUE(heap.allocator.thrashing());
}

}  // namespace
}  // namespace moonwright::runtime
