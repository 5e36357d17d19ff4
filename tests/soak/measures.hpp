// measures.hpp: what has to be where it was when all has ended.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <moonwright/moonwright.hpp>
#include <string>
#include <vector>

namespace moonwright::soak {

/// What states have from the system. Thread: any.
class CountingSource final : public MemorySource {
 public:
  [[nodiscard]] void* allocate(std::size_t size) noexcept override {
    void* const block = std::malloc(size);
    if (block != nullptr) bytes_ += size;
    return block;
  }
  [[nodiscard]] void* reallocate(void* block, std::size_t old_size,
                                 std::size_t new_size) noexcept override {
    void* const moved = std::realloc(block, new_size);
    if (moved != nullptr) bytes_ += new_size - old_size;
    return moved;
  }
  void deallocate(void* block, std::size_t size) noexcept override {
    std::free(block);
    bytes_ -= size;
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  std::atomic<std::uint64_t> bytes_{0};  ///< may pass 0 for a moment, between two threads
};

/// One number, and by how much it may be above what it was after the warm-up.
struct Measure {
  std::string name;
  std::uint64_t value = 0;
  std::uint64_t allowance = 0;
  bool in_bytes = false;
};

/// All of them, always in the same order. Returns memory that is free to the system first. To be
/// called when everything has ended.
[[nodiscard]] std::vector<Measure> measure(const Runtime& runtime, const CountingSource& source);

/// The number of threads of this process.
[[nodiscard]] std::uint64_t count_threads();
/// The resident size of this process.
[[nodiscard]] std::uint64_t resident_bytes();

}  // namespace moonwright::soak
