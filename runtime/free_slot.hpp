// free_slot.hpp: vectors whose places are used again.
#pragma once

#include <cstdint>
#include <vector>

namespace moonwright::runtime {

/// The place of a slot that nobody has: one of `free`, or else a new one. There is room in `free`
/// for every slot, so that giving one back needs no memory.
template <class Slot>
[[nodiscard]] std::uint32_t take_free_slot(std::vector<Slot>& slots,
                                           std::vector<std::uint32_t>& free) {
  if (free.empty()) {
    slots.emplace_back();
    free.reserve(slots.capacity());
    return static_cast<std::uint32_t>(slots.size() - 1);
  }
  const std::uint32_t place = free.back();
  free.pop_back();
  return place;
}

}  // namespace moonwright::runtime
