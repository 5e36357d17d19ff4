// arena.cpp: chunks, big blocks, and what becomes of a block that changes its size.
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
      std::clamp<std::uint64_t>(chunk_bytes_ / 4, ChunkPool::kChunkMin, ChunkPool::kChunkMax);
  size = std::bit_floor(std::max(size, chunk_bytes_ / kManyChunks));
  while (size > ChunkPool::kChunkMin && !may_reserve(size)) size /= 2;
  if (!may_reserve(size)) return false;
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

/// What is free in chunks, and what has been lost by rounding up.
std::uint64_t Arena::free_estimate() const noexcept { return small_bytes_ - (used_ - big_used_); }

/// Makes room for `size` bytes, at most kSmallMax, between cursor_ and end_.
bool Arena::refill(std::size_t size) noexcept {
  give_range(std::exchange(cursor_, nullptr), std::exchange(end_, nullptr));
  if (take_run()) return true;
  const std::uint64_t free = free_estimate();
  bool tried = false;
  if (free >= std::max(kWorthCoalescing, small_bytes_ / 4)) {
    if (free >= coalesce_at_) {
      tried = true;
      coalesce(false);
      if (take_run()) return true;
    }
    if (split_larger(size)) return true;
  }
  if (add_chunk()) return true;
  if (!tried) {
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
  if (size > kSmallMax) return allocate_big(size);
  void* const block = allocate_at_hand(size);
  return block != nullptr || !refill(size) ? block : allocate_at_hand(size);
}

// Big blocks --------------------------------------------------------------------------------------

void Arena::hang_up(Big*& list, Big* big) noexcept {
  big->previous = nullptr;
  big->next = list;
  if (list != nullptr) list->previous = big;
  list = big;
}

void Arena::take_down(Big*& list, Big* big) noexcept {
  if (big->next != nullptr) big->next->previous = big->previous;
  (big->previous != nullptr ? big->previous->next : list) = big->next;
}

/// A big block that is on the list, and not counted as used yet; null if the source refuses.
Arena::Big* Arena::obtain_big(std::size_t size) noexcept {
  const std::size_t whole = sizeof(Big) + size;
  void* memory = nullptr;
  if (may_reserve(whole)) memory = source_.allocate(whole);
  if (memory == nullptr) {
    // Perhaps there are chunks that nobody needs.
    const std::uint64_t before = reserved_;
    trim();
    if (reserved_ < before && may_reserve(whole)) memory = source_.allocate(whole);
    if (memory == nullptr) return nullptr;
  }
  auto* const big = static_cast<Big*>(memory);
  big->size = whole;
  big->asked = size;
  hang_up(big_, big);
  reserved_ += whole;
  big_used_ += size;
  return big;
}

void* Arena::allocate_big(std::size_t size) noexcept {
  Big* const big = obtain_big(size);
  if (big == nullptr) return nullptr;
  count_in(size);
  return big + 1;
}

void Arena::release(void* block, std::size_t size) noexcept {
  if (size <= kSmallMax) {
    release_small(block, size);
  } else {
    used_ -= size;
    release_big(block);
  }
}

void Arena::release_big(void* block) noexcept {
  Big* const big = header_of(block);
  take_down(big_, big);
  big_used_ -= big->asked;
  reserved_ -= big->size;
  source_.deallocate(big, big->size);
}

void* Arena::resize_big(void* block, std::size_t new_size) noexcept {
  Big* big = header_of(block);
  const std::size_t whole = sizeof(Big) + new_size;
  const bool grows = whole > big->size;
  if (!grows || may_reserve(whole - big->size)) {
    // Off the list meanwhile: its neighbours would point to where it was.
    take_down(big_, big);
    void* const moved = source_.reallocate(big, big->size, whole);
    if (moved != nullptr) {
      big = static_cast<Big*>(moved);
      reserved_ += whole;
      reserved_ -= big->size;
      big->size = whole;
    }
    hang_up(big_, big);
    if (moved == nullptr && grows) return nullptr;
  } else {
    return nullptr;
  }
  big_used_ += new_size;
  big_used_ -= big->asked;
  used_ += new_size;
  used_ -= big->asked;
  big->asked = new_size;
  if (used_ > peak_) peak_ = used_;
  return big + 1;
}

/// A big block has to become a small one, and there is none: it stays where it is, and what the
/// source gave for it becomes memory for small blocks, until the whole heap is dropped.
void Arena::adopt(void* block, std::size_t new_size) noexcept {
  Big* const big = header_of(block);
  take_down(big_, big);
  hang_up(adopted_, big);
  big_used_ -= big->asked;
  const std::size_t usable = (big->size - sizeof(Big)) & ~(kAlignment - 1);
  small_bytes_ += usable;
  char* const begin = static_cast<char*>(block);
  give_range(begin + rounded(new_size), begin + usable);
}

// Blocks that change their size -------------------------------------------------------------------

void* Arena::resize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
  const bool was_small = old_size <= kSmallMax;
  if (!was_small && new_size > kSmallMax) return resize_big(block, new_size);
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
        release_big(block);
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
  used_ = reserved_ = small_bytes_ = chunk_bytes_ = big_used_ = coalesce_at_ = 0;
#ifndef NDEBUG
  live_blocks_ = {};
  live_bytes_ = {};
#endif
}

#ifndef NDEBUG

void Arena::note(std::size_t size, int change) noexcept {
  const std::size_t index = index_of(size);
  const bool adds = change > 0;
  assert((adds || (live_blocks_[index] > 0 && live_bytes_[index] >= size)) &&
         "a block was given back with another size than it had, or twice");
  live_blocks_[index] += adds ? 1 : ~std::uint64_t{0};
  live_bytes_[index] += adds ? size : ~std::uint64_t{size} + 1;
}

bool Arena::consistent() const noexcept {
  std::uint64_t live = 0;                                                // as their owners asked
  std::uint64_t accounted = static_cast<std::uint64_t>(end_ - cursor_);  // live or free, rounded
  for (std::size_t index = 0; index < kSizes; ++index) {
    const std::uint64_t blocks = live_blocks_[index];
    const std::uint64_t bytes = live_bytes_[index];
    const std::size_t size = size_at(index);
    if (bytes > blocks * size || bytes < blocks * (size - kAlignment + 1)) return false;
    live += bytes;
    accounted += blocks * size;
    for (const Free* free = free_[index]; free != nullptr; free = next_of(free)) accounted += size;
  }
  for (const Free* run = runs_; run != nullptr; run = next_of(run)) accounted += size_of(run);
  std::uint64_t reserved = 0;
  for (const Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
    reserved += ChunkPool::source_bytes(chunk->size);
  }
  std::uint64_t big_used = 0;
  for (const Big* big = big_; big != nullptr; big = big->next) {
    big_used += big->asked;
    reserved += big->size;
  }
  for (const Big* big = adopted_; big != nullptr; big = big->next) reserved += big->size;
  return live + big_used == used_ && big_used == big_used_ && accounted == small_bytes_ &&
         reserved == reserved_ && used_ <= peak_;
}

#else

bool Arena::consistent() const noexcept { return true; }

#endif

}  // namespace moonwright::runtime
