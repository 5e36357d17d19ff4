// seen_tables.hpp: numbers the tables of a message in the order of their first visit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace moonwright::runtime {

/// A set of addresses that is emptied for each message, at no cost: the first few addresses are
/// compared one by one, more go to a hash table whose slots are live only in the epoch they were
/// written in.
///
/// Thread: confined to its owner's.
class SeenTables {
 public:
  static constexpr std::uint32_t kNew = 0xffff'ffff;
  static constexpr std::uint32_t kNoMemory = 0xffff'fffe;

  /// Begins a message: nothing has been visited.
  void begin() noexcept { count_ = 0; }

  /// The number of `table`, from 0, if it has been visited before. If not, it gets the next number
  /// and the answer is kNew, or kNoMemory.
  [[nodiscard]] std::uint32_t visit(const void* table) noexcept {
    if (count_ <= kFew) {
      for (std::uint32_t i = 0; i < count_; ++i) {
        if (few_[i] == table) return i;
      }
      if (count_ < kFew) {
        few_[count_++] = table;
        return kNew;
      }
      if (!spill()) return kNoMemory;
    }
    return visit_slots(table);
  }

  /// Gives back what a message with many tables made it keep.
  void trim() noexcept {
    if (capacity_ <= kKeptSlots) return;
    slots_.reset();
    capacity_ = 0;
  }

 private:
  struct Slot {
    const void* table;
    std::uint32_t number;
    std::uint32_t epoch;
  };
  static constexpr std::uint32_t kFew = 8;
  static constexpr std::uint32_t kLeastSlots = 32;
  static constexpr std::uint32_t kKeptSlots = 256;

  /// Where `table` is or belongs. Requires: a free slot, which half of them are.
  [[nodiscard]] Slot& slot_of(const void* table) noexcept {
    const auto address = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(table));
    std::uint64_t at = (address * 0x9e37'79b9'7f4a'7c15u) >> 32;
    for (;; ++at) {
      Slot& slot = slots_[at & (capacity_ - 1)];
      if (slot.epoch != epoch_ || slot.table == table) return slot;
    }
  }

  [[nodiscard]] std::uint32_t visit_slots(const void* table) noexcept {
    Slot& slot = slot_of(table);
    if (slot.epoch == epoch_) return slot.number;
    slot = {table, count_++, epoch_};
    return count_ * 2 < capacity_ || resize(capacity_ * 2) ? kNew : kNoMemory;
  }

  /// Moves the few into the hash table, under a new epoch.
  [[nodiscard]] bool spill() noexcept {
    if (capacity_ == 0 && !resize(kLeastSlots)) return false;
    if (++epoch_ == 0) {
      // Slots of 2^32 messages ago would come alive again.
      for (std::uint32_t i = 0; i < capacity_; ++i) slots_[i].epoch = 0;
      epoch_ = 1;
    }
    for (std::uint32_t i = 0; i < kFew; ++i) slot_of(few_[i]) = {few_[i], i, epoch_};
    return true;
  }

  [[nodiscard]] bool resize(std::uint32_t capacity) noexcept {
    std::unique_ptr<Slot[]> old(new (std::nothrow) Slot[capacity]());
    if (old == nullptr) return false;
    slots_.swap(old);
    const std::uint32_t old_capacity = capacity_;
    capacity_ = capacity;
    for (std::uint32_t i = 0; i < old_capacity; ++i) {
      if (old[i].epoch == epoch_) slot_of(old[i].table) = old[i];
    }
    return true;
  }

  const void* few_[kFew];
  std::unique_ptr<Slot[]> slots_;  // a power of two of them
  std::uint32_t capacity_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t epoch_ = 0;  // 0 only while no slot has been written
};

}  // namespace moonwright::runtime
