// allocator.hpp: the memory of one Lua state, counted exactly and capped.
#pragma once

#include <cstddef>
#include <cstdint>

namespace moonwright::runtime {

/// How much memory a state uses. All in bytes.
struct MemoryFigures {
  std::uint64_t used = 0;
  std::uint64_t peak = 0;
  std::uint64_t limit = 0;
  std::uint64_t refusals = 0;  ///< allocations that the limit did not allow
};

/// The allocation function of one state (lua_Alloc) and its books.
///
/// Invariants: `used` is the sum of the sizes of the live blocks; it never exceeds `limit`;
/// shrinking and freeing never fail, as Lua requires.
///
/// Thread: confined to the state's. Must outlive the state and not move.
class Allocator {
 public:
  /// @param seed what the state's string hashes start from.
  Allocator(std::uint64_t limit_bytes, std::uint32_t seed) noexcept;
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;

  /// The lua_Alloc function; `self` is the Allocator. For a new block Lua passes a type tag in
  /// `old_size`, which is no size and is not counted as one.
  [[nodiscard]] static void* allocate(void* self, void* block, std::size_t old_size,
                                      std::size_t new_size) noexcept;

  [[nodiscard]] const MemoryFigures& figures() const noexcept { return figures_; }
  [[nodiscard]] std::uint32_t seed() const noexcept { return seed_; }

  /// Whether the last wish for more memory was refused.
  [[nodiscard]] bool refusal_pending() const noexcept { return refusal_pending_; }

  /// Lets the next `count` growing allocations succeed and refuses all after them, until it is
  /// called again. For tests that let every allocation fail once.
  void refuse_after(std::uint64_t count) noexcept { allowance_ = count; }

 private:
  [[nodiscard]] bool admits(std::size_t more) noexcept;

  MemoryFigures figures_;
  std::uint64_t allowance_ = ~std::uint64_t{0};
  std::uint32_t seed_;
  bool refusal_pending_ = false;
};

}  // namespace moonwright::runtime
