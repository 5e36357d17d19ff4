// arena_test.cpp: blocks are what they should be, whatever is done to them and whatever refuses.
#include "runtime/arena.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "memory_sources.hpp"
#include "runtime/poison.hpp"

#ifdef MOONWRIGHT_ASAN
extern "C" int __asan_address_is_poisoned(const volatile void* address);
#endif

namespace moonwright::runtime {
namespace {

/// What the blocks of an arena must be, kept beside them.
class Model {
 public:
  explicit Model(Arena& arena, std::uint32_t seed) : arena_(arena), random_(seed) {}

  [[nodiscard]] std::size_t size() const { return blocks_.size(); }
  [[nodiscard]] std::uint64_t used() const { return used_; }

  void allocate(std::size_t size) {
    auto* const block = static_cast<std::uint8_t*>(arena_.allocate(size));
    if (block != nullptr) add(block, size);
  }

  void resize(std::size_t new_size) {
    if (blocks_.empty()) return;
    const Block old = take();
    auto* const block = static_cast<std::uint8_t*>(arena_.resize(old.address, old.size, new_size));
    if (block == nullptr) {
      EXPECT_GT(new_size, old.size) << "shrinking never fails";
      expect_content(old.address, old.size, old.fill);
      blocks_.emplace(old.address, old);
      used_ += old.size;
      return;
    }
    expect_content(block, std::min(old.size, new_size), old.fill);
    add(block, new_size);
  }

  void release() {
    if (blocks_.empty()) return;
    const Block old = take();
    expect_content(old.address, old.size, old.fill);
    arena_.release(old.address, old.size);
  }

  void release_all() {
    while (!blocks_.empty()) release();
  }

  void expect_all() const {
    EXPECT_EQ(arena_.used(), used_);
    EXPECT_TRUE(arena_.consistent());
    const std::uint8_t* past = nullptr;
    for (const auto& [address, block] : blocks_) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(address) % Arena::kAlignment, 0u);
      EXPECT_GE(address, past) << "blocks overlap";
      past = address + block.size;
      expect_content(block.address, block.size, block.fill);
    }
  }

  /// Mostly small, some around the largest small size, some large.
  std::size_t some_size() {
    switch (pick(8)) {
      case 0: return 1 + pick(8'000);
      case 1: return Arena::kSmallMax - 20 + pick(40);
      case 2: return 1 + pick(Arena::kSmallMax);
      default: return 1 + pick(130);
    }
  }
  std::size_t pick(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }

 private:
  struct Block {
    std::uint8_t* address;
    std::size_t size;
    std::uint8_t fill;
  };

  void add(std::uint8_t* address, std::size_t size) {
    const auto fill = static_cast<std::uint8_t>(pick(256));
    std::memset(address, fill, size);
    EXPECT_TRUE(blocks_.emplace(address, Block{address, size, fill}).second);
    used_ += size;
  }

  Block take() {
    // From somewhere: the address order is as good as any.
    auto at = blocks_.lower_bound(last_);
    for (std::size_t steps = pick(5); steps > 0 && at != blocks_.end(); --steps) ++at;
    if (at == blocks_.end() || pick(10) == 0) at = blocks_.begin();
    const Block block = at->second;
    last_ = block.address;
    blocks_.erase(at);
    used_ -= block.size;
    return block;
  }

  static void expect_content(const std::uint8_t* address, std::size_t size, std::uint8_t fill) {
    EXPECT_TRUE(std::all_of(address, address + size, [fill](auto byte) { return byte == fill; }))
        << "the content of a block of " << size << " B has changed";
  }

  Arena& arena_;
  std::mt19937 random_;
  std::map<const std::uint8_t*, Block> blocks_;
  const std::uint8_t* last_ = nullptr;
  std::uint64_t used_ = 0;
};

/// Some thousand random steps; `growing` of ten steps add a block.
void walk(Model& model, int steps, std::size_t growing) {
  for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
    const std::size_t choice = model.pick(10);
    if (choice < growing) {
      model.allocate(model.some_size());
    } else if (choice < 8) {
      model.release();
    } else {
      model.resize(model.some_size());
    }
    if (i % 97 == 0) model.expect_all();
  }
  model.expect_all();
}

TEST(Arena, DoesWhatAModelDoesThroughRandomSteps) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    CountingSource source;
    {
      Arena arena(&source);
      Model model(arena, seed);
      walk(model, 1'500, 6);
      walk(model, 1'500, 2);
      arena.trim();
      walk(model, 1'000, 5);
      EXPECT_GE(arena.reserved(), arena.used());
      model.release_all();
      model.expect_all();
      EXPECT_EQ(arena.used(), 0u);
      arena.trim();
      EXPECT_EQ(arena.reserved(), 0u) << "nothing is live, so nothing is kept";
    }
    if (HasFailure()) break;
  }
}

TEST(Arena, DoesWhatAModelDoesWhileItsSourceRefusesAtRandom) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    CountingSource source;
    {
      Arena arena(&source);
      Model model(arena, seed);
      for (int round = 0; round < 40; ++round) {
        source.refuse_after(model.pick(20), model.pick(100));
        walk(model, 100, 2 + model.pick(5));
      }
      // What was given as one block and has become many small ones goes back with the heap.
      model.expect_all();
    }
    EXPECT_EQ(source.bytes(), 0u);
    if (HasFailure()) break;
  }
}

TEST(Arena, NeverRefusesToShrinkWhateverTheSourceSays) {
  const auto near = [](std::size_t size) {
    return size < 100 || (size > Arena::kSmallMax - 20 && size < Arena::kSmallMax + 20);
  };
  for (std::size_t old_size = 1; old_size <= 4'096; old_size += near(old_size) ? 1 : 37) {
    for (std::size_t new_size = 1; new_size <= old_size; new_size += 1 + old_size / 13) {
      CountingSource source;
      Arena arena(&source);
      auto* block = static_cast<char*>(arena.allocate(old_size));
      ASSERT_NE(block, nullptr);
      std::memset(block, 'x', old_size);
      source.refuse_after(0);
      block = static_cast<char*>(arena.resize(block, old_size, new_size));
      ASSERT_NE(block, nullptr) << old_size << " to " << new_size;
      EXPECT_EQ(std::string(block, new_size), std::string(new_size, 'x'));
      EXPECT_EQ(arena.used(), new_size);
      EXPECT_TRUE(arena.consistent()) << old_size << " to " << new_size;
      arena.release(block, new_size);
      EXPECT_EQ(arena.used(), 0u);
      EXPECT_TRUE(arena.consistent()) << old_size << " to " << new_size;
    }
  }
}

TEST(Arena, CutsSmallBlocksFromAShrunkBigOneWhenThereIsNothingElse) {
  CountingSource source;
  Arena arena(&source);
  void* block = arena.allocate(8'192);
  source.refuse_after(0);
  block = arena.resize(block, 8'192, 100);
  ASSERT_NE(block, nullptr);
  int cut = 0;
  while (void* small = arena.allocate(64)) {
    std::memset(small, 0, 64);
    ++cut;
  }
  EXPECT_EQ(cut, (8'192 - 112) / 64);
  EXPECT_TRUE(arena.consistent());
  arena.drop();
  EXPECT_EQ(source.bytes(), 0u);
}

TEST(Arena, GivesEverythingBackWhenItIsDropped) {
  CountingSource source;
  Arena arena(&source);
  for (int round = 0; round < 3; ++round) {
    for (std::size_t size = 1; size < 3'000; size += 7) {
      ASSERT_NE(arena.allocate(size), nullptr);
    }
    EXPECT_EQ(arena.reserved(), source.bytes());
    EXPECT_GT(arena.reserved(), arena.used());
    arena.drop();
    EXPECT_EQ(source.bytes(), 0u);
    EXPECT_EQ(arena.reserved(), 0u);
    EXPECT_EQ(arena.used(), 0u);
    EXPECT_TRUE(arena.consistent());
  }
}

TEST(Arena, NeverReservesMoreThanItMay) {
  CountingSource source;
  Arena arena(&source);
  arena.set_reserve_max(100'000);
  while (arena.allocate(100) != nullptr) {
  }
  EXPECT_LE(arena.reserved(), 100'000u);
  EXPECT_GT(arena.used(), 85'000u) << "and gets along with what it has";
  EXPECT_EQ(arena.allocate(5'000), nullptr);
  arena.drop();
  void* block = arena.allocate(90'000);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(arena.resize(block, 90'000, 100'000), nullptr);
  EXPECT_NE(arena.resize(block, 90'000, 99'000), nullptr);
  EXPECT_EQ(source.refusals(), 0u) << "it does not even ask";
  arena.drop();
  arena.set_reserve_max(3'000'000);
  while (arena.allocate(100) != nullptr) {
  }
  EXPECT_GT(arena.used(), 2'550'000u) << "the last chunks are as small as they have to be";
}

TEST(Arena, KeepsLittleMoreThanItsBlocksNeed) {
  for (const std::size_t count : {1u, 60u, 1'000u, 50'000u}) {
    Arena arena;
    for (std::size_t i = 0; i < count; ++i) static_cast<void>(arena.allocate(64));
    EXPECT_LE(arena.reserved(), 4'096 + count * 64 * 3 / 2) << count;
  }
}

// Free blocks put together ------------------------------------------------------------------------

/// Fills `bytes` with blocks of `size`, then gives all back but each `kept`th. Answers those.
std::vector<void*> fill_and_thin(Arena& arena, std::size_t bytes, std::size_t size,
                                 std::size_t kept) {
  std::vector<void*> all;
  for (std::size_t i = 0; i < bytes / size; ++i) all.push_back(arena.allocate(size));
  std::vector<void*> left;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (kept != 0 && i % kept == 0) {
      left.push_back(all[i]);
    } else {
      arena.release(all[i], size);
    }
  }
  return left;
}

TEST(Arena, UsesWhatIsFreeInOneSizeForAllOthers) {
  constexpr std::size_t kBytes = 4u << 20;
  Arena arena;
  std::uint64_t first = 0;
  for (std::size_t size = 16; size <= Arena::kSmallMax; size += 16) {
    static_cast<void>(fill_and_thin(arena, kBytes, size, 0));
    if (first == 0) first = arena.reserved();
    EXPECT_LE(arena.reserved(), first + first / 2) << "at " << size;
  }
  EXPECT_TRUE(arena.consistent());
  arena.trim();
  EXPECT_EQ(arena.reserved(), 0u);
}

TEST(Arena, UsesWhatIsFreeBetweenBlocksThatStay) {
  constexpr std::size_t kBytes = 4u << 20;
  Arena arena;
  std::uint64_t kept = 0;
  // One of a hundred stays, so that no chunk is ever free as a whole.
  for (std::size_t size = 16; size <= Arena::kSmallMax; size += 16) {
    kept += fill_and_thin(arena, kBytes, size, 100).size() * size;
  }
  EXPECT_EQ(arena.used(), kept);
  EXPECT_LE(arena.reserved(), 4 * kBytes) << "instead of 64 times";
  EXPECT_TRUE(arena.consistent());
}

TEST(Arena, CutsSmallBlocksFromLargerFreeOnesBeforeItGrows) {
  Arena arena;
  const auto kept = fill_and_thin(arena, 4u << 20, Arena::kSmallMax, 2);
  const std::uint64_t reserved = arena.reserved();
  for (std::size_t i = 0; i < (1u << 20) / 48; ++i) ASSERT_NE(arena.allocate(48), nullptr);
  EXPECT_LE(arena.reserved(), reserved + reserved / 20) << "half of it was free";
}

TEST(Arena, CutsSmallBlocksFromTheLastLargerOneBeforeItRefuses) {
  CountingSource source;
  Arena arena(&source);
  void* const hole = arena.allocate(400);
  static_cast<void>(arena.allocate(16));  // keeps the hole apart from what is free behind
  source.refuse_after(0);
  while (arena.allocate(16) != nullptr) {
  }
  arena.release(hole, 400);
  int cut = 0;
  while (arena.allocate(32) != nullptr) ++cut;
  EXPECT_EQ(cut, 12);
  EXPECT_NE(arena.allocate(16), nullptr) << "and what is left of it";
  EXPECT_EQ(arena.allocate(16), nullptr);
  EXPECT_TRUE(arena.consistent());
}

TEST(Arena, FindsRoomInFreeBlocksOfOtherSizesBeforeItRefuses) {
  CountingSource source;
  Arena arena(&source);
  std::vector<void*> blocks(200);
  for (void*& block : blocks) block = arena.allocate(16);
  source.refuse_after(0);
  while (void* block = arena.allocate(16)) blocks.push_back(block);
  EXPECT_EQ(arena.allocate(512), nullptr);
  // Neighbours become one again, in whatever order they are given back.
  std::shuffle(blocks.begin(), blocks.end(), std::mt19937(7));
  for (void* block : blocks) arena.release(block, 16);
  EXPECT_NE(arena.allocate(512), nullptr);
  EXPECT_NE(arena.allocate(900), nullptr);
  EXPECT_TRUE(arena.consistent());
}

TEST(Arena, GivesBackChunksForABigBlockThatTheSourceRefuses) {
  CountingSource source;
  Arena arena(&source);
  arena.set_reserve_max(1u << 20);
  static_cast<void>(fill_and_thin(arena, 900'000, 64, 0));
  EXPECT_GT(arena.reserved(), 900'000u);
  EXPECT_NE(arena.allocate(900'000), nullptr);
  EXPECT_TRUE(arena.consistent());
}

// The pool ----------------------------------------------------------------------------------------

TEST(ChunkPool, HandsTheChunksOfOneHeapToTheNext) {
  CountingSource source;
  ChunkPool pool(BlockSource(&source), 1u << 20);
  std::uint64_t calls = 0;
  for (int round = 0; round < 5; ++round) {
    Arena arena(&source, &pool);
    for (int i = 0; i < 1'000; ++i) ASSERT_NE(arena.allocate(100), nullptr);
    if (round == 0) calls = source.calls();
    EXPECT_EQ(source.calls(), calls) << "the source is asked in the first round only";
    EXPECT_EQ(pool.bytes(), 0u);
    const std::uint64_t reserved = arena.reserved();
    arena.drop();
    EXPECT_EQ(pool.bytes(), reserved + 16 * source.blocks()) << "it counts malloc's own share";
  }
  pool.clear();
  EXPECT_EQ(source.blocks(), 0u);
}

TEST(ChunkPool, KeepsNoMoreThanItsBound) {
  CountingSource source;
  {
    ChunkPool pool(BlockSource(&source), 50'000);
    Arena arena(&source, &pool);
    static_cast<void>(fill_and_thin(arena, 4u << 20, 100, 1));
    arena.drop();
    EXPECT_LE(pool.bytes(), 50'000u);
    EXPECT_GT(pool.bytes(), 0u);
    EXPECT_LE(source.bytes(), pool.bytes());
  }
  EXPECT_EQ(source.bytes(), 0u);
  ChunkPool none(BlockSource(&source), 0);
  Arena arena(&source, &none);
  static_cast<void>(arena.allocate(1));
  arena.drop();
  EXPECT_EQ(none.bytes(), 0u);
}

TEST(ChunkPool, MayBeReplacedWhileAHeapIsAlive) {
  CountingSource source;
  ChunkPool first(BlockSource(&source), 1u << 20);
  ChunkPool second(BlockSource(&source), 1u << 20);
  Arena arena(&source, &first);
  Model model(arena, 5);
  walk(model, 500, 7);
  arena.set_pool(&second);
  walk(model, 500, 7);
  arena.set_pool(nullptr);
  walk(model, 500, 7);
  arena.set_pool(&second);
  arena.drop();
  EXPECT_EQ(first.bytes(), 0u);
  EXPECT_GT(second.bytes(), 0u);
}

// What sanitizers and assertions see --------------------------------------------------------------

#ifdef MOONWRIGHT_ASAN

bool poisoned(const void* address) { return __asan_address_is_poisoned(address) != 0; }

TEST(ArenaPoison, CoversFreeBlocksAndWhatIsBeyondLiveOnes) {
  Arena arena;
  auto* const block = static_cast<char*>(arena.allocate(40));
  EXPECT_FALSE(poisoned(block));
  EXPECT_FALSE(poisoned(block + 39));
  EXPECT_TRUE(poisoned(block + 40)) << "rounded up, but not for use";
  EXPECT_TRUE(poisoned(block + 48)) << "nothing is cut from here yet";
  auto* const same = static_cast<char*>(arena.resize(block, 40, 34));
  EXPECT_EQ(same, block);
  EXPECT_FALSE(poisoned(block + 33));
  EXPECT_TRUE(poisoned(block + 34));
  EXPECT_EQ(arena.resize(block, 34, 47), block);
  EXPECT_FALSE(poisoned(block + 46));
  auto* const other = static_cast<char*>(arena.allocate(40));
  arena.release(block, 47);
  for (int i = 0; i < 48; ++i) EXPECT_TRUE(poisoned(block + i)) << i;
  EXPECT_FALSE(poisoned(other));
  arena.trim();
  EXPECT_TRUE(poisoned(block));
  EXPECT_FALSE(poisoned(other));
  arena.release(other, 40);
}

TEST(ArenaPoison, IsGoneFromWhatTheSourceGetsBack) {
  class Checked : public CountingSource {
    void deallocate(void* block, std::size_t size) noexcept override {
      for (std::size_t i = 0; i < size; i += 8) {
        EXPECT_FALSE(poisoned(static_cast<char*>(block) + i));
      }
      CountingSource::deallocate(block, size);
    }
  };
  Checked source;
  ChunkPool pool(BlockSource(&source), 20'000);
  Arena arena(&source, &pool);
  Model model(arena, 3);
  walk(model, 1'000, 6);
  arena.trim();
  arena.drop();
}

TEST(ArenaPoisonDeathTest, FindsUseAfterFree) {
  Arena arena;
  auto* const block = static_cast<volatile char*>(arena.allocate(100));
  arena.release(const_cast<char*>(block), 100);
  EXPECT_DEATH(block[8] = 1, "use-after-poison");
}

#endif

#ifndef NDEBUG

TEST(ArenaDeathTest, NoticesABlockThatIsGivenBackTwiceOrWithAnotherSize) {
  Arena arena;
  void* const block = arena.allocate(100);
  EXPECT_DEATH(arena.release(block, 30), "another size than it had");
  arena.release(block, 100);
  EXPECT_DEATH(arena.release(block, 100), "or twice");
}

#endif

}  // namespace
}  // namespace moonwright::runtime
