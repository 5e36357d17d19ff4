// arena_coalesce.cpp: free blocks put together again.
//
// Every free block sets the bits of its 16-byte grains in the map of its chunk; then the maps are
// read, and each row of set bits is one piece of free memory: a block of the size it has, or a run.
// That takes neither memory nor a header on blocks, and time only when a heap would grow anyway.
#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

#include "runtime/arena.hpp"

namespace moonwright::runtime {

/// The chunks by their addresses. Lies on the stack, so it has a bound; what is free in further
/// chunks stays as it is.
class Arena::ChunkIndex {
 public:
  explicit ChunkIndex(Chunk* list) noexcept {
    for (; list != nullptr && count_ < kChunksMax; list = list->next) chunks_[count_++] = list;
    std::sort(begin(), end());
  }

  Chunk** begin() noexcept { return chunks_.data(); }
  Chunk** end() noexcept { return chunks_.data() + count_; }
  /// How many of the list, from its head on, are here.
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  /// The chunk that `block` was cut from; null if it is not known.
  Chunk* find(const Free* block) noexcept {
    const auto holds = [block](Chunk* chunk) {
      const char* const address = reinterpret_cast<const char*>(block);
      return chunk != nullptr && address >= chunk->base() && address < chunk->end();
    };
    // Neighbours on a list are often neighbours in memory.
    if (!holds(last_)) {
      Chunk** const above =
          std::upper_bound(begin(), end(), block, [](const Free* wanted, Chunk* chunk) {
            return reinterpret_cast<const char*>(wanted) < chunk->base();
          });
      last_ = above == begin() ? nullptr : above[-1];
      if (!holds(last_)) last_ = nullptr;
    }
    return last_;
  }

 private:
  static constexpr std::size_t kChunksMax = 1'024;
  std::array<Chunk*, kChunksMax> chunks_;
  std::size_t count_ = 0;
  Chunk* last_ = nullptr;
};

namespace {

/// Sets the `count` bits from `first` on.
void set_bits(std::uint64_t* words, std::size_t first, std::size_t count) noexcept {
  while (count > 0) {
    const std::size_t bit = first % 64;
    const std::size_t here = std::min(count, 64 - bit);
    const std::uint64_t mask = (~std::uint64_t{0} >> (64 - here)) << bit;
    assert((words[first / 64] & mask) == 0 && "free memory is on a list twice");
    words[first / 64] |= mask;
    first += here;
    count -= here;
  }
}

/// The first bit from `from` on that is `value`; `count` if none is.
std::size_t find_bit(const std::uint64_t* words, std::size_t from, std::size_t count,
                     bool value) noexcept {
  while (from < count) {
    const std::uint64_t word = (value ? words[from / 64] : ~words[from / 64]) >> (from % 64);
    if (word != 0) {
      return std::min(count, from + static_cast<std::size_t>(std::countr_zero(word)));
    }
    from = (from / 64 + 1) * 64;
  }
  return count;
}

}  // namespace

/// Sorts what the map says is free to where it belongs; false, and nothing done, if that is all.
bool Arena::rebuild(Chunk& chunk) noexcept {
  const std::size_t count = chunk.mark_count();
  const auto first = static_cast<std::size_t>(chunk.begin() - chunk.base()) / kAlignment;
  if (find_bit(chunk.marks(), first, count, false) == count) return false;
  for (std::size_t at = find_bit(chunk.marks(), first, count, true); at < count;) {
    const std::size_t past = find_bit(chunk.marks(), at, count, false);
    give_range(chunk.base() + at * kAlignment, chunk.base() + past * kAlignment);
    at = find_bit(chunk.marks(), past, count, true);
  }
  return true;
}

void Arena::coalesce(bool gives_back) noexcept {
  ChunkIndex index(chunks_);
  for (Chunk* chunk : index) {
    unpoison(chunk->marks(), chunk->mark_bytes());
    std::memset(chunk->marks(), 0, chunk->mark_bytes());
  }
  const auto mark = [&index](Free* block, std::size_t size) {
    Chunk* const chunk = index.find(block);
    if (chunk == nullptr) return false;
    const auto offset = static_cast<std::size_t>(reinterpret_cast<char*>(block) - chunk->base());
    set_bits(chunk->marks(), offset / kAlignment, size / kAlignment);
    return true;
  };
  give_range(std::exchange(cursor_, nullptr), std::exchange(end_, nullptr));
  for (std::size_t i = 0; i < kSizes; ++i) {
    Free* kept = nullptr;
    for (Free* block = free_[i]; block != nullptr;) {
      Free* const next = next_of(block);
      if (!mark(block, size_at(i))) link(kept, block);
      block = next;
    }
    free_[i] = kept;
  }
  Free* kept = nullptr;
  for (Free* run = runs_; run != nullptr;) {
    Free* const next = next_of(run);
    if (!mark(run, size_of(run))) link(kept, run);
    run = next;
  }
  runs_ = kept;

  Chunk** at = &chunks_;
  for (std::size_t left = index.size(); left > 0; --left) {
    Chunk* const chunk = *at;
    if (rebuild(*chunk)) {
      poison(chunk->marks(), chunk->mark_bytes());
      at = &chunk->next;
    } else if (gives_back) {
      *at = chunk->next;
      give_back(chunk);
    } else {
      poison(chunk->marks(), chunk->mark_bytes());
      give_range(chunk->begin(), chunk->end());
      at = &chunk->next;
    }
  }

  // What could not be put together now will not be worth another try soon.
  crumbs_ = free_estimate();
  for (const Free* run = runs_; run != nullptr; run = next_of(run)) crumbs_ -= size_of(run);
}

void Arena::trim() noexcept { coalesce(true); }

}  // namespace moonwright::runtime
