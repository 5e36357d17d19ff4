// memory_sources.hpp: sources of memory that count, and that refuse.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <unordered_map>

#include "moonwright/memory_source.hpp"

namespace moonwright::runtime {

/// Knows every block that it has given, and that each comes back once, with the size it has.
class CountingSource : public MemorySource {
 public:
  ~CountingSource() override { EXPECT_EQ(blocks_.size(), 0u) << "memory was not given back"; }

  void* allocate(std::size_t size) noexcept override {
    if (!grants()) return nullptr;
    void* const block = std::malloc(size);
    blocks_.emplace(block, size);
    bytes_ += size;
    return block;
  }

  void* reallocate(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    expect_known(block, old_size);
    if (!grants()) return nullptr;
    // Always elsewhere, so that whoever still uses the old address is found out.
    void* const moved = std::malloc(new_size);
    std::memcpy(moved, block, std::min(old_size, new_size));
    blocks_.erase(block);
    std::free(block);
    blocks_.emplace(moved, new_size);
    bytes_ += new_size;
    bytes_ -= old_size;
    return moved;
  }

  void deallocate(void* block, std::size_t size) noexcept override {
    expect_known(block, size);
    blocks_.erase(block);
    bytes_ -= size;
    std::free(block);
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t blocks() const { return blocks_.size(); }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  [[nodiscard]] std::uint64_t refusals() const { return refusals_; }

  /// Grants `count` calls from now on, then refuses the `refused` ones after them.
  void refuse_after(std::uint64_t count, std::uint64_t refused = ~std::uint64_t{0}) {
    calls_ = 0;
    first_refused_ = count;
    refused_ = refused;
  }
  void refuse_nothing() { refuse_after(~std::uint64_t{0}); }

 private:
  bool grants() {
    const std::uint64_t call = calls_++;
    if (call < first_refused_ || call - first_refused_ >= refused_) return true;
    ++refusals_;
    return false;
  }

  void expect_known(void* block, std::size_t size) const {
    const auto known = blocks_.find(block);
    ASSERT_NE(known, blocks_.end()) << "a block that was never given";
    EXPECT_EQ(known->second, size);
  }

  std::unordered_map<void*, std::size_t> blocks_;
  std::uint64_t bytes_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t refusals_ = 0;
  std::uint64_t first_refused_ = ~std::uint64_t{0};
  std::uint64_t refused_ = 0;
};

}  // namespace moonwright::runtime
