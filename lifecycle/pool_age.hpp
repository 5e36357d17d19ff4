// pool_age.hpp: when a state of a pool has to make room for a fresh one. Pure: no clock.
#pragma once

#include <cstdint>
#include <string_view>

#include "lifecycle/instant.hpp"
#include "moonwright/pool.hpp"

namespace moonwright::lifecycle {

/// What is known of one state.
struct PoolMember {
  std::uint64_t generation = 1;
  double health = 100;
  bool used = false;  ///< since it was made
  Instant last_used{};
};

enum class PoolVerdict : std::uint8_t { fit, old_generation, unwell, stale };

/// Whether a member goes on, and why not. A state that nobody has used is as good as a new one.
[[nodiscard]] constexpr PoolVerdict judge(const PoolMember& member, std::uint64_t generation,
                                          const PoolAging& options, Instant now) noexcept {
  if (generation > member.generation && generation - member.generation > options.generations) {
    return PoolVerdict::old_generation;
  }
  if (member.health < options.recycle_below) return PoolVerdict::unwell;
  const bool counts = options.stale.count() > 0 && member.used;
  if (counts && now - member.last_used >= options.stale) return PoolVerdict::stale;
  return PoolVerdict::fit;
}

/// For people: "its generation is old", "it is not well", "it has not been used for long".
[[nodiscard]] constexpr std::string_view to_string(PoolVerdict value) noexcept {
  switch (value) {
    case PoolVerdict::fit: return "it is fit";
    case PoolVerdict::old_generation: return "its generation is old";
    case PoolVerdict::unwell: return "it is not well";
    case PoolVerdict::stale: return "it has not been used for long";
  }
  return "";
}

/// The number of what states are made from, which advances with what they have done.
class PoolGeneration {
 public:
  /// @param size executions that one generation does; 0: any number.
  explicit constexpr PoolGeneration(std::uint64_t size) noexcept : size_(size) {}

  [[nodiscard]] constexpr std::uint64_t current() const noexcept { return current_; }
  constexpr void advance() noexcept {
    ++current_;
    done_ = 0;
  }
  /// Counts an execution; answers whether the generation has advanced.
  constexpr bool count_execution() noexcept {
    if (size_ == 0 || ++done_ < size_) return false;
    advance();
    return true;
  }

 private:
  std::uint64_t size_;
  std::uint64_t current_ = 1;
  std::uint64_t done_ = 0;
};

}  // namespace moonwright::lifecycle
