// arena_books.cpp: what builds with assertions know about a heap beyond what it needs to know.
#include <cassert>

#include "runtime/arena.hpp"

namespace moonwright::runtime {

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
  std::uint64_t reserved = external_;
  for (const Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
    reserved += ChunkPool::source_bytes(chunk->size);
  }
  std::uint64_t big_used = external_;
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
