// chunk_pool.cpp: see chunk_pool.hpp.
#include "runtime/chunk_pool.hpp"

#include "runtime/poison.hpp"

namespace moonwright::runtime {

void* ChunkPool::take(std::size_t size) noexcept {
  if (size < kChunkMin || size > kChunkMax) return nullptr;
  Link*& list = lists_[index_of(size)];
  Link* const chunk = list;
  if (chunk == nullptr) return nullptr;
  list = chunk->next;
  bytes_ -= size;
  unpoison(chunk, source_bytes(size));
  return chunk;
}

void ChunkPool::put(void* chunk, std::size_t size) noexcept {
  if (size < kChunkMin || size > kChunkMax || size > bytes_max_ - bytes_) {
    source_.deallocate(chunk, source_bytes(size));
    return;
  }
  auto* const link = static_cast<Link*>(chunk);
  Link*& list = lists_[index_of(size)];
  link->next = list;
  list = link;
  bytes_ += size;
  poison(link + 1, source_bytes(size) - sizeof(Link));
}

void ChunkPool::trim(std::uint64_t bytes_max) noexcept {
  for (std::size_t size = kChunkMax; bytes_ > bytes_max && size >= kChunkMin; size /= 2) {
    while (bytes_ > bytes_max) {
      void* const chunk = take(size);
      if (chunk == nullptr) break;
      source_.deallocate(chunk, source_bytes(size));
    }
  }
}

}  // namespace moonwright::runtime
