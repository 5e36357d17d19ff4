// timer_queue.hpp: what is due when, within one actor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/indexed_heap.hpp"
#include "runtime/message.hpp"

namespace moonwright::runtime {

/// A priority queue of instants whose entries can be taken out at any time. Equal instants come in
/// the order in which they were added.
///
/// Thread: confined to the actor's. Cost: O(log n) each; memory for as many as there were at once.
class TimerQueue {
 public:
  /// Names an entry until it is taken out or popped; never reused for another one.
  using Id = std::uint64_t;
  static constexpr Id kNone = 0;

  /// @param owner what the entry is for; comes back from pop_due().
  Id add(Instant due, std::uint64_t owner);
  /// Answers false if the entry is gone already.
  bool remove(Id id) noexcept;

  /// The earliest instant; kNever if there is none.
  [[nodiscard]] Instant earliest() const noexcept;
  /// Takes out one entry that is due at `now`, and answers its owner in `owner`.
  [[nodiscard]] bool pop_due(Instant now, std::uint64_t& owner) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }

 private:
  struct Entry {
    Instant due;
    std::uint64_t order;
    std::uint64_t owner;
    std::uint32_t slot;
  };
  struct Slot {
    std::uint32_t position = 0;    ///< in the heap
    std::uint32_t generation = 1;  ///< of its id
  };
  struct Order {
    std::vector<Slot> slots;
    [[nodiscard]] bool before(const Entry& a, const Entry& b) const noexcept {
      return a.due != b.due ? a.due < b.due : a.order < b.order;
    }
    void placed(const Entry& entry, std::size_t position) noexcept {
      slots[entry.slot].position = static_cast<std::uint32_t>(position);
    }
  };

  void take_out(std::size_t position) noexcept;

  IndexedHeap<Entry, Order> heap_;
  std::vector<std::uint32_t> free_;
  std::uint64_t next_order_ = 0;
};

}  // namespace moonwright::runtime
