// arena.hpp: the heap of one Lua state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/block_source.hpp"
#include "runtime/chunk_pool.hpp"
#include "runtime/poison.hpp"

namespace moonwright::runtime {

/// Small blocks are cut from chunks and kept by size once they are free; big ones come from the
/// source one by one. Whoever has a block knows its size, so small ones need no header, and the
/// whole heap goes at once without a look at any of them.
///
/// What is free in one size is no use to another, and a script that needs first many blocks of one
/// size and then of the next would grow the heap for ever. So before a heap grows whose free blocks
/// are a good part of it, they are put together again to what they were cut from; see coalesce().
///
/// Invariants: used() is the sum of the sizes of the live blocks; reserved() is what the source has
/// given; shrinking and releasing never fail; blocks are aligned to 16.
///
/// Thread: confined to one at a time. Bounded by whoever asks, and by set_reserve_max().
class Arena {
 public:
  /// Asked before growth beyond the bound of reserved() is refused: may raise that bound, to
  /// `wanted` or at least to `least`. Called inside an allocation.
  struct ReserveGate {
    void* context = nullptr;
    void (*raise)(void* context, std::uint64_t least, std::uint64_t wanted) noexcept = nullptr;
  };

  static constexpr std::size_t kAlignment = 16;
  /// The largest block that is cut from a chunk.
  static constexpr std::size_t kSmallMax = 1'024;

  /// @param source borrowed; null: malloc.
  /// @param pool see set_pool().
  explicit Arena(MemorySource* source = nullptr, ChunkPool* pool = nullptr) noexcept;
  ~Arena() { drop(); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// A block of `size` bytes, > 0; null if the source refuses.
  [[nodiscard]] void* allocate(std::size_t size) noexcept;
  /// The same for 1 to kSmallMax bytes, but null also if no block is at hand: then allocate() may
  /// have one. Calls nothing, so that a caller can do without a stack frame.
  [[nodiscard]] void* allocate_at_hand(std::size_t size) noexcept;
  /// Takes back `block` with the size that it was last given.
  void release(void* block, std::size_t size) noexcept;
  /// The same for at most kSmallMax bytes. Calls nothing.
  void release_small(void* block, std::size_t size) noexcept;
  /// Makes `block` `new_size` bytes long, > 0, keeping what fits of its content. Null only if it
  /// grows and the source refuses; `block` then stays as it was.
  [[nodiscard]] void* resize(void* block, std::size_t old_size, std::size_t new_size) noexcept;

  /// Counts memory that is kept elsewhere as if it were a big block; false if it may not be.
  [[nodiscard]] bool count_external(std::uint64_t bytes) noexcept {
    if (!may_reserve(bytes, bytes)) return false;
    reserved_ += bytes;
    external_ += bytes;
    big_used_ += bytes;
    count_in(bytes);
    return true;
  }
  /// The inverse. Requires: so much has been counted, and nothing was dropped since.
  void release_external(std::uint64_t bytes) noexcept {
    reserved_ -= bytes;
    external_ -= bytes;
    big_used_ -= bytes;
    used_ -= bytes;
  }

  /// Gives everything back, whatever is live, in O(chunks and big blocks).
  void drop() noexcept;
  /// Gives back the chunks in which nothing is live.
  void trim() noexcept;

  [[nodiscard]] std::uint64_t used() const noexcept { return used_; }
  /// The largest that used() has been.
  [[nodiscard]] std::uint64_t peak() const noexcept { return peak_; }
  [[nodiscard]] std::uint64_t reserved() const noexcept { return reserved_; }

  /// Bounds reserved(): growth beyond is refused, as if by the source, unless the gate opens.
  void set_reserve_max(std::uint64_t bytes) noexcept { reserve_max_ = bytes; }
  void set_reserve_gate(const ReserveGate& gate) noexcept { gate_ = gate; }
  /// The size of chunks, a power of two, as long as their number stays bounded.
  void set_chunk_max(std::size_t bytes) noexcept { chunk_max_ = bytes; }
  /// Where chunks come from and go to from now on; null: the source. Borrowed until replaced.
  void set_pool(ChunkPool* pool) noexcept;

  /// Whether the books agree with the blocks. Always true without assertions, which keep the books.
  [[nodiscard]] bool consistent() const noexcept;

 private:
  /// Free memory: a block of one of the sizes, or a run, which is larger than all of them.
  struct Free {
    Free* next;
    std::size_t size;  ///< of a run only
  };
  /// In front of a chunk's blocks. A map of one bit for 16 bytes follows, for coalesce().
  struct alignas(kAlignment) Chunk {
    Chunk* next;
    std::size_t size;
    [[nodiscard]] char* base() noexcept { return reinterpret_cast<char*>(this); }
    [[nodiscard]] std::uint64_t* marks() noexcept {
      return reinterpret_cast<std::uint64_t*>(this + 1);
    }
    [[nodiscard]] std::size_t mark_count() const noexcept;
    [[nodiscard]] std::size_t mark_bytes() const noexcept;
    [[nodiscard]] char* begin() noexcept;
    [[nodiscard]] char* end() noexcept;
  };
  /// In front of a big block.
  struct alignas(kAlignment) Big {
    Big* previous;
    Big* next;
    std::size_t size;   ///< what the source gave, this included
    std::size_t asked;  ///< what the block's owner knows
  };
  class ChunkIndex;

  static constexpr std::size_t kSizes = kSmallMax / kAlignment;
  [[nodiscard]] static constexpr std::size_t index_of(std::size_t size) noexcept {
    return (size - 1) / kAlignment;
  }
  [[nodiscard]] static constexpr std::size_t size_at(std::size_t index) noexcept {
    return (index + 1) * kAlignment;
  }
  [[nodiscard]] static constexpr std::size_t rounded(std::size_t size) noexcept {
    return (size + kAlignment - 1) & ~(kAlignment - 1);
  }
  [[nodiscard]] static Big* header_of(void* block) noexcept { return static_cast<Big*>(block) - 1; }

  // Links lie inside poisoned memory.
  [[nodiscard]] static MOONWRIGHT_TOUCHES_POISON Free* next_of(const Free* block) noexcept {
    return block->next;
  }
  static MOONWRIGHT_TOUCHES_POISON void link(Free*& list, Free* block) noexcept {
    block->next = list;
    list = block;
  }
  [[nodiscard]] static MOONWRIGHT_TOUCHES_POISON std::size_t size_of(const Free* run) noexcept {
    return run->size;
  }
  static MOONWRIGHT_TOUCHES_POISON void set_size(Free* run, std::size_t size) noexcept {
    run->size = size;
  }

  void count_in(std::size_t size) noexcept {
    used_ += size;
    if (used_ > peak_) peak_ = used_;
  }

  [[nodiscard]] void* take_at_hand(std::size_t index) noexcept;
  [[nodiscard]] void* take_small(std::size_t index) noexcept;
  void give_small(void* block, std::size_t index) noexcept;
  void give_range(char* begin, char* end) noexcept;
  [[nodiscard]] bool refill(std::size_t size) noexcept;
  [[nodiscard]] bool take_run() noexcept;
  [[nodiscard]] bool split_larger(std::size_t size) noexcept;
  [[nodiscard]] bool add_chunk() noexcept;
  void give_back(Chunk* chunk) noexcept;

  [[nodiscard]] Big* obtain_big(std::size_t size) noexcept;
  template <class Ask>
  [[nodiscard]] void* ask_source(std::uint64_t more, Ask ask) noexcept;
  void release_big(void* block, std::size_t size) noexcept;
  [[nodiscard]] void* resize_big(void* block, std::size_t old_size, std::size_t new_size) noexcept;
  void adopt(void* block, std::size_t new_size) noexcept;
  void hang_up(Big*& list, Big* big) noexcept;
  void take_down(Big*& list, Big* big) noexcept;

  [[nodiscard]] bool may_reserve(std::uint64_t bytes) const noexcept {
    return bytes <= reserve_max_ && reserved_ <= reserve_max_ - bytes;
  }
  /// The same, after whoever may raise the bound has been asked.
  [[nodiscard]] bool may_reserve(std::uint64_t least, std::uint64_t wanted) noexcept {
    if (may_reserve(wanted)) return true;
    if (gate_.raise != nullptr && wanted <= ~std::uint64_t{0} - reserved_) {
      gate_.raise(gate_.context, reserved_ + least, reserved_ + wanted);
    }
    return may_reserve(least);
  }
  /// What is free in chunks, and what has been lost by rounding up.
  [[nodiscard]] std::uint64_t free_estimate() const noexcept {
    return small_bytes_ - (used_ - big_used_);
  }
  void coalesce(bool gives_back) noexcept;
  [[nodiscard]] bool rebuild(Chunk& chunk) noexcept;

#ifndef NDEBUG
  void note(std::size_t size, int change) noexcept;
#else
  static void note(std::size_t, int) noexcept {}
#endif

  // What every allocation touches comes first.
  std::uint64_t used_ = 0;
  std::uint64_t peak_ = 0;
  char* cursor_ = nullptr;  ///< from here to end_ nothing has been cut yet
  char* end_ = nullptr;
  std::array<Free*, kSizes> free_{};

  Free* runs_ = nullptr;
  Chunk* chunks_ = nullptr;
  Big* big_ = nullptr;
  Big* adopted_ = nullptr;  ///< big blocks that shrank when there was no small one; see adopt()
  BlockSource source_;
  ChunkPool* pool_;
  std::uint64_t reserved_ = 0;
  std::uint64_t reserve_max_ = ~std::uint64_t{0};
  ReserveGate gate_;
  std::uint64_t chunk_max_ = ChunkPool::kChunkMax;
  std::uint64_t small_bytes_ = 0;  ///< that small blocks can be cut from, in chunks and adopted
  std::uint64_t chunk_bytes_ = 0;  ///< all that chunks take
  std::uint64_t big_used_ = 0;     ///< the part of used_ in big blocks, and elsewhere
  std::uint64_t external_ = 0;     ///< the part of that elsewhere
  std::uint64_t crumbs_ = 0;       ///< what was free, and too small for runs, after coalesce()

#ifndef NDEBUG
  std::array<std::uint64_t, kSizes> live_blocks_{};
  std::array<std::uint64_t, kSizes> live_bytes_{};
#endif
};

inline void* Arena::take_at_hand(std::size_t index) noexcept {
  Free* const block = free_[index];
  if (block != nullptr) [[likely]] {
    free_[index] = next_of(block);
    return block;
  }
  const std::size_t size = size_at(index);
  if (static_cast<std::size_t>(end_ - cursor_) < size) return nullptr;
  void* const cut = cursor_;
  cursor_ += size;
  return cut;
}

inline void* Arena::allocate_at_hand(std::size_t size) noexcept {
  void* const block = take_at_hand(index_of(size));
  if (block == nullptr) [[unlikely]]
    return nullptr;
  count_in(size);
  note(size, 1);
  unpoison(block, size);
  return block;
}

inline void Arena::give_small(void* block, std::size_t index) noexcept {
  poison(block, size_at(index));
  link(free_[index], static_cast<Free*>(block));
}

inline void Arena::release_small(void* block, std::size_t size) noexcept {
  used_ -= size;
  note(size, -1);
  give_small(block, index_of(size));
}

}  // namespace moonwright::runtime
