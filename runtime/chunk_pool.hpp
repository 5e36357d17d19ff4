// chunk_pool.hpp: chunks between two states, so that making and dropping states costs no malloc.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "runtime/block_source.hpp"

namespace moonwright::runtime {

/// Keeps the chunks of dropped states for the next ones, up to a bound.
///
/// Whoever runs states owns one: each worker has its own, and lends it to a state for as long as
/// that state runs there (Allocator::set_pool). So no pool is ever shared and none is locked, while
/// chunks may wander: what a state took from one worker's pool goes to that of the worker which
/// drops it. The bound keeps a worker that only drops from hoarding what another one needs.
///
/// Thread: confined to its owner's. Must outlive its loans.
class ChunkPool {
 public:
  /// Chunks have powers of two as their sizes; those from kChunkMin to kChunkMax are kept.
  static constexpr std::size_t kChunkMin = 4u << 10;
  static constexpr std::size_t kChunkMax = 1u << 20;

  /// @param source where all the arenas that use this pool get their chunks, too.
  /// @param bytes_max what is kept at most; chunks beyond go back to the source at once.
  ChunkPool(BlockSource source, std::uint64_t bytes_max) noexcept
      : source_(source), bytes_max_(bytes_max) {}
  ~ChunkPool() { clear(); }
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;

  /// A chunk of `size` bytes that somebody has given back; null if there is none.
  [[nodiscard]] void* take(std::size_t size) noexcept;
  void put(void* chunk, std::size_t size) noexcept;
  /// Gives chunks back to the source until no more than `bytes_max` bytes are left, large ones
  /// first.
  void trim(std::uint64_t bytes_max) noexcept;
  /// Gives everything back to the source.
  void clear() noexcept { trim(0); }

  [[nodiscard]] const BlockSource& source() const noexcept { return source_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  /// What the source is asked for to get a chunk of `size` bytes: less what malloc needs itself, so
  /// that both together fill whole pages.
  [[nodiscard]] static constexpr std::size_t source_bytes(std::size_t size) noexcept {
    return size - 16;
  }

 private:
  struct Link {
    Link* next;
  };
  static constexpr std::size_t kSizes = std::bit_width(kChunkMax / kChunkMin);
  [[nodiscard]] static constexpr std::size_t index_of(std::size_t size) noexcept {
    return std::bit_width(size / kChunkMin) - 1;
  }

  BlockSource source_;
  std::uint64_t bytes_max_;
  std::uint64_t bytes_ = 0;
  std::array<Link*, kSizes> lists_{};
};

}  // namespace moonwright::runtime
