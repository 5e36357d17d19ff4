// block_source.hpp: the host's MemorySource or malloc, behind one name.
#pragma once

#include <cstddef>
#include <cstdlib>

#include "moonwright/memory_source.hpp"

namespace moonwright::runtime {

/// Where chunks and big blocks come from. Contract: MemorySource. Copies mean the same source.
class BlockSource {
 public:
  /// @param host borrowed; null: malloc.
  explicit BlockSource(MemorySource* host) noexcept : host_(host) {}

  [[nodiscard]] void* allocate(std::size_t size) const noexcept {
    return host_ == nullptr ? std::malloc(size) : host_->allocate(size);
  }
  [[nodiscard]] void* reallocate(void* block, std::size_t old_size,
                                 std::size_t new_size) const noexcept {
    return host_ == nullptr ? std::realloc(block, new_size)
                            : host_->reallocate(block, old_size, new_size);
  }
  void deallocate(void* block, std::size_t size) const noexcept {
    if (host_ == nullptr) {
      std::free(block);
    } else {
      host_->deallocate(block, size);
    }
  }

  friend bool operator==(const BlockSource&, const BlockSource&) = default;

 private:
  MemorySource* host_;
};

}  // namespace moonwright::runtime
