// memory_share.hpp: memory that several states have in common.
#pragma once

#include <cstdint>

namespace moonwright::runtime {

/// Where the allocator of a state gets leave to use more than it has been given so far.
///
/// Thread: any. Must neither call Lua nor throw. Outlives the allocators that use it.
class MemoryShare {
 public:
  /// Whether `bytes` more may be used, all of them or none. They are the caller's until given back.
  [[nodiscard]] virtual bool take(std::uint64_t bytes) noexcept = 0;
  virtual void give(std::uint64_t bytes) noexcept = 0;

 protected:
  ~MemoryShare() = default;
};

}  // namespace moonwright::runtime
