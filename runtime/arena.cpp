// arena.cpp: chunks, the small blocks in them, and what becomes of a block that changes its size.
#include "runtime/arena.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

namespace moonwright::runtime {
namespace {

/// A heap larger than this takes larger chunks than a pool keeps, so that the number of chunks
/// stays small however large the heap is.
constexpr std::uint64_t kManyChunks = 256;

/// Free blocks are put together only where they are at least so much, and a quarter of the heap.
constexpr std::uint64_t kWorthCoalescing = 64u << 10;

/// In a heap of this size it takes no time.
constexpr std::uint64_t kQuicklyCoalesced = 256u << 10;

}  // namespace

Arena::Arena(MemorySource* source, ChunkPool* pool) noexcept : source_(source), pool_(pool) {
  assert(pool == nullptr || pool->source() == source_);
}

void Arena::set_pool(ChunkPool* pool) noexcept {
  assert(pool == nullptr || pool->source() == source_);
  pool_ = pool;
}

// Chunks ------------------------------------------------------------------------------------------

std::size_t Arena::Chunk::mark_count() const noexcept {
  return ChunkPool::source_bytes(size) / kAlignment;
}

std::size_t Arena::Chunk::mark_bytes() const noexcept {
  return rounded((mark_count() + 63) / 64 * sizeof(std::uint64_t));
}

char* Arena::Chunk::begin() noexcept { return reinterpret_cast<char*>(marks()) + mark_bytes(); }

char* Arena::Chunk::end() noexcept { return base() + ChunkPool::source_bytes(size); }

/// Each chunk is up to a quarter of all before it, so that little is reserved in vain, and not many
/// chunks make a large heap.
bool Arena::add_chunk() noexcept {
  std::uint64_t size =
      std::clamp<std::uint64_t>(chunk_bytes_ / 4, ChunkPool::kChunkMin, chunk_max_);
  size = std::bit_floor(std::max(size, chunk_bytes_ / kManyChunks));
  if (!may_reserve(ChunkPool::kChunkMin, size)) return false;
  while (!may_reserve(size)) size /= 2;
  void* memory = pool_ != nullptr ? pool_->take(size) : nullptr;
  if (memory == nullptr) memory = source_.allocate(ChunkPool::source_bytes(size));
  if (memory == nullptr) return false;
  auto* const chunk = static_cast<Chunk*>(memory);
  chunk->next = std::exchange(chunks_, chunk);
  chunk->size = size;
  cursor_ = chunk->begin();
  end_ = chunk->end();
  poison(chunk + 1, static_cast<std::size_t>(end_ - reinterpret_cast<char*>(chunk + 1)));
  reserved_ += ChunkPool::source_bytes(size);
  chunk_bytes_ += size;
  small_bytes_ += static_cast<std::uint64_t>(end_ - cursor_);
  return true;
}

/// Does not take it off the list.
void Arena::give_back(Chunk* chunk) noexcept {
  const std::size_t size = chunk->size;
  reserved_ -= ChunkPool::source_bytes(size);
  chunk_bytes_ -= size;
  small_bytes_ -= static_cast<std::uint64_t>(chunk->end() - chunk->begin());
  unpoison(chunk, ChunkPool::source_bytes(size));
  if (pool_ != nullptr) {
    pool_->put(chunk, size);
  } else {
    source_.deallocate(chunk, ChunkPool::source_bytes(size));
  }
}

/// Free memory of any size that is a multiple of 16, to where it belongs.
void Arena::give_range(char* begin, char* end) noexcept {
  const auto size = static_cast<std::size_t>(end - begin);
  if (size == 0) return;
  if (size <= kSmallMax) {
    give_small(begin, index_of(size));
    return;
  }
  poison(begin, size);
  auto* const run = reinterpret_cast<Free*>(begin);
  set_size(run, size);
  link(runs_, run);
}

bool Arena::take_run() noexcept {
  if (runs_ == nullptr) return false;
  Free* const run = runs_;
  runs_ = next_of(run);
  cursor_ = reinterpret_cast<char*>(run);
  end_ = cursor_ + size_of(run);
  return true;
}

/// Cuts from a free block of another size.
bool Arena::split_larger(std::size_t size) noexcept {
  for (std::size_t index = kSizes; index-- > index_of(size);) {
    if (free_[index] == nullptr) continue;
    cursor_ = reinterpret_cast<char*>(free_[index]);
    end_ = cursor_ + size_at(index);
    free_[index] = next_of(free_[index]);
    return true;
  }
  return false;
}

/// Makes room for `size` bytes, at most kSmallMax, between cursor_ and end_.
bool Arena::refill(std::size_t size) noexcept {
  give_range(std::exchange(cursor_, nullptr), std::exchange(end_, nullptr));
  if (take_run()) return true;
  const std::uint64_t free = free_estimate();
  bool tried = false;
  if (free >= std::max(kWorthCoalescing, small_bytes_ / 4)) {
    if (free >= crumbs_ + small_bytes_ / 4) {
      tried = true;
      coalesce(false);
      if (take_run()) return true;
    }
    if (split_larger(size)) return true;
  }
  if (add_chunk()) return true;
  // The last resort is as thorough as it can be, but not each time for next to nothing.
  if (!tried && (small_bytes_ <= kQuicklyCoalesced || free >= crumbs_ + small_bytes_ / 32)) {
    coalesce(false);
    if (take_run()) return true;
  }
  return split_larger(size);
}

void* Arena::take_small(std::size_t index) noexcept {
  void* const block = take_at_hand(index);
  return block != nullptr || !refill(size_at(index)) ? block : take_at_hand(index);
}

void* Arena::allocate(std::size_t size) noexcept {
  if (size > kSmallMax) {
    Big* const big = obtain_big(size);
    if (big == nullptr) return nullptr;
    count_in(size);
    return big + 1;
  }
  void* const block = allocate_at_hand(size);
  return block != nullptr || !refill(size) ? block : allocate_at_hand(size);
}

void Arena::release(void* block, std::size_t size) noexcept {
  if (size <= kSmallMax) {
    release_small(block, size);
  } else {
    used_ -= size;
    release_big(block, size);
  }
}

// Blocks that change their size -------------------------------------------------------------------

void* Arena::resize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
  const bool was_small = old_size <= kSmallMax;
  if (!was_small && new_size > kSmallMax) return resize_big(block, old_size, new_size);
  const bool is_small = new_size <= kSmallMax;
  if (was_small && is_small && index_of(old_size) == index_of(new_size)) {
    poison(block, rounded(new_size));
    unpoison(block, new_size);
  } else {
    void* moved = nullptr;
    if (is_small) {
      moved = take_small(index_of(new_size));
      if (moved != nullptr) unpoison(moved, new_size);
    } else if (Big* const big = obtain_big(new_size); big != nullptr) {
      moved = big + 1;
    }
    if (moved != nullptr) {
      std::memcpy(moved, block, std::min(old_size, new_size));
      if (was_small) {
        give_small(block, index_of(old_size));
      } else {
        release_big(block, old_size);
      }
      block = moved;
    } else if (new_size > old_size) {
      return nullptr;
    } else if (was_small) {
      char* const begin = static_cast<char*>(block);
      give_range(begin + rounded(new_size), begin + rounded(old_size));
      poison(block, rounded(new_size));
      unpoison(block, new_size);
    } else {
      adopt(block, new_size);
    }
  }
  if (was_small) note(old_size, -1);
  if (is_small) note(new_size, 1);
  used_ -= old_size;
  count_in(new_size);
  return block;
}

// The whole ---------------------------------------------------------------------------------------

void Arena::drop() noexcept {
  for (Chunk* chunk = std::exchange(chunks_, nullptr); chunk != nullptr;) {
    give_back(std::exchange(chunk, chunk->next));
  }
  for (Big* list : {std::exchange(big_, nullptr), std::exchange(adopted_, nullptr)}) {
    while (list != nullptr) {
      Big* const big = std::exchange(list, list->next);
      unpoison(big, big->size);
      source_.deallocate(big, big->size);
    }
  }
  cursor_ = end_ = nullptr;
  free_ = {};
  runs_ = nullptr;
  used_ = reserved_ = small_bytes_ = chunk_bytes_ = big_used_ = external_ = crumbs_ = 0;
#ifndef NDEBUG
  live_blocks_ = {};
  live_bytes_ = {};
#endif
}

}  // namespace moonwright::runtime
