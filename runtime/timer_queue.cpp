// timer_queue.cpp: the names of what is in the heap.
#include "runtime/timer_queue.hpp"

#include "runtime/free_slot.hpp"

namespace moonwright::runtime {
namespace {

std::uint32_t slot_of(TimerQueue::Id id) noexcept { return static_cast<std::uint32_t>(id); }
std::uint32_t generation_of(TimerQueue::Id id) noexcept {
  return static_cast<std::uint32_t>(id >> 32);
}

}  // namespace

TimerQueue::Id TimerQueue::add(Instant due, std::uint64_t owner) {
  std::vector<Slot>& slots = heap_.rules().slots;
  const std::uint32_t slot = take_free_slot(slots, free_);
  heap_.push({due, next_order_++, owner, slot});
  return (static_cast<Id>(slots[slot].generation) << 32) | slot;
}

bool TimerQueue::remove(Id id) noexcept {
  const std::vector<Slot>& slots = heap_.rules().slots;
  const std::uint32_t slot = slot_of(id);
  if (id == kNone || slot >= slots.size() || slots[slot].generation != generation_of(id)) {
    return false;
  }
  take_out(slots[slot].position);
  return true;
}

Instant TimerQueue::earliest() const noexcept { return heap_.empty() ? kNever : heap_.front().due; }

bool TimerQueue::pop_due(Instant now, std::uint64_t& owner) noexcept {
  if (heap_.empty() || heap_.front().due > now) return false;
  owner = heap_.front().owner;
  take_out(0);
  return true;
}

void TimerQueue::take_out(std::size_t position) noexcept {
  const std::uint32_t slot = heap_[position].slot;
  heap_.take_out(position);
  ++heap_.rules().slots[slot].generation;
  // add() gave `free_` the capacity of the slots, so this allocates nothing.
  free_.push_back(slot);
}

}  // namespace moonwright::runtime
