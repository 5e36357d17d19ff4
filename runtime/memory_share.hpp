// memory_share.hpp: where the allocator of a state gets leave to use more memory.
#pragma once

#include <cstdint>

namespace moonwright::runtime {

/// Why an allocation failed for good.
enum class MemoryRefusal : std::uint8_t {
  limit,      ///< it would have exceeded the limit, or the headroom's part of it
  share,      ///< those with whom the memory is shared have the rest of it
  quota,      ///< nothing is left of the runtime's budget
  source,     ///< the source, malloc or the host's, had no more
  thrashing,  ///< collections free next to nothing and take up the time
};

/// What was got. All in bytes.
struct MemoryGrant {
  std::uint64_t bytes = 0;  ///< 0 if it was refused
  MemoryRefusal refusal = MemoryRefusal::share;
};

/// Lends memory, or leave to use it, to the allocators of states. Two kinds of lender are used: a
/// share bounds what several states use together, the runtime's budget what all states take from
/// the system.
///
/// Thread: that of the state, or any; each implementation says so. Must neither call Lua nor throw.
/// Outlives the allocators that use it.
class MemoryShare {
 public:
  /// From `least` to `wanted` bytes, or nothing. They are the caller's until given back.
  [[nodiscard]] virtual MemoryGrant take(std::uint64_t least, std::uint64_t wanted) noexcept = 0;
  virtual void give(std::uint64_t bytes) noexcept = 0;
  /// What a share has granted was of no use: the budget had too little.
  virtual void went_short() noexcept {}

 protected:
  ~MemoryShare() = default;
};

}  // namespace moonwright::runtime
