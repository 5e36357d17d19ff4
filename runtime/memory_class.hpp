// memory_class.hpp: bounds on the stacks of a state.
#pragma once

#include "moonwright/limits.hpp"
#include "runtime/allocator.hpp"

namespace moonwright::runtime {

/// Lua 5.4 has no settings of its own for these; docs/limits.md says what stands in for each.
struct StackBounds {
  int slots_at_start = 0;             ///< of each task's coroutine; 0: as Lua begins
  int slots_max = kLuaStackSlotsMax;  ///< of any one coroutine
  int call_depth_max = 200;           ///< nested calls through C; at most 256
};

[[nodiscard]] constexpr StackBounds bounds_of(MemoryClass memory_class) noexcept {
  switch (memory_class) {
    case MemoryClass::minimal: return {128, 1'024, 64};
    case MemoryClass::standard: return {1'024, 65'536, 128};
    case MemoryClass::large: return {4'096, 1'000'000, 256};
    case MemoryClass::none: break;
  }
  return {};
}

}  // namespace moonwright::runtime
