// timer_queue.cpp: a binary heap whose entries know where they are.
#include "runtime/timer_queue.hpp"

namespace moonwright::runtime {
namespace {

std::uint32_t slot_of(TimerQueue::Id id) noexcept { return static_cast<std::uint32_t>(id); }
std::uint32_t generation_of(TimerQueue::Id id) noexcept {
  return static_cast<std::uint32_t>(id >> 32);
}

}  // namespace

TimerQueue::Id TimerQueue::add(Instant due, std::uint64_t owner) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
    free_.reserve(slots_.capacity());
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  heap_.push_back({due, next_order_++, owner, slot});
  slots_[slot].position = static_cast<std::uint32_t>(heap_.size() - 1);
  sift_up(heap_.size() - 1);
  return (static_cast<Id>(slots_[slot].generation) << 32) | slot;
}

bool TimerQueue::remove(Id id) noexcept {
  const std::uint32_t slot = slot_of(id);
  if (id == kNone || slot >= slots_.size() || slots_[slot].generation != generation_of(id)) {
    return false;
  }
  take_out(slots_[slot].position);
  return true;
}

Instant TimerQueue::earliest() const noexcept { return heap_.empty() ? kNever : heap_.front().due; }

bool TimerQueue::pop_due(Instant now, std::uint64_t& owner) noexcept {
  if (heap_.empty() || heap_.front().due > now) return false;
  owner = heap_.front().owner;
  take_out(0);
  return true;
}

bool TimerQueue::before(const Entry& a, const Entry& b) const noexcept {
  return a.due != b.due ? a.due < b.due : a.order < b.order;
}

void TimerQueue::place(std::size_t position, const Entry& entry) noexcept {
  heap_[position] = entry;
  slots_[entry.slot].position = static_cast<std::uint32_t>(position);
}

void TimerQueue::sift_up(std::size_t position) noexcept {
  const Entry entry = heap_[position];
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (!before(entry, heap_[parent])) break;
    place(position, heap_[parent]);
    position = parent;
  }
  place(position, entry);
}

void TimerQueue::sift_down(std::size_t position) noexcept {
  const Entry entry = heap_[position];
  for (;;) {
    std::size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], entry)) break;
    place(position, heap_[child]);
    position = child;
  }
  place(position, entry);
}

void TimerQueue::take_out(std::size_t position) noexcept {
  const std::uint32_t slot = heap_[position].slot;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (position < heap_.size()) {
    place(position, last);
    sift_up(position);
    sift_down(slots_[last.slot].position);
  }
  ++slots_[slot].generation;
  // add() gave `free_` the capacity of `slots_`, so this allocates nothing.
  free_.push_back(slot);
}

}  // namespace moonwright::runtime
