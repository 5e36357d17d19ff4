// indexed_heap.hpp: a priority queue whose entries know where they are.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace moonwright::runtime {

/// A binary heap: the entry that goes before all others is in front, and any other can be taken out
/// or change its rank, by its position.
///
/// `Rules` has
///   bool before(const Entry&, const Entry&) const noexcept      a strict weak order
///   void placed(const Entry&, std::size_t position) noexcept    told of every entry that moves
///
/// Thread: confined. Cost: O(log n) each; memory for as many as there were at once.
template <class Entry, class Rules>
class IndexedHeap {
 public:
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// Requires: not empty; for the other one, position < size().
  [[nodiscard]] const Entry& front() const noexcept { return entries_.front(); }
  [[nodiscard]] const Entry& operator[](std::size_t position) const noexcept {
    return entries_[position];
  }
  [[nodiscard]] Rules& rules() noexcept { return rules_; }

  void push(Entry entry) {
    entries_.push_back(std::move(entry));
    sift_up(entries_.size() - 1);
  }

  /// Puts an entry in its place whose rank has changed.
  void reorder(std::size_t position) noexcept { sift_down(sift_up(position)); }

  /// The entry that was taken out is not told.
  void take_out(std::size_t position) noexcept {
    Entry last = std::move(entries_.back());
    entries_.pop_back();
    if (position == entries_.size()) return;
    entries_[position] = std::move(last);
    reorder(position);
  }

 private:
  void place(std::size_t position, Entry entry) noexcept {
    entries_[position] = std::move(entry);
    rules_.placed(entries_[position], position);
  }

  std::size_t sift_up(std::size_t position) noexcept {
    Entry entry = std::move(entries_[position]);
    while (position > 0) {
      const std::size_t parent = (position - 1) / 2;
      if (!rules_.before(entry, entries_[parent])) break;
      place(position, std::move(entries_[parent]));
      position = parent;
    }
    place(position, std::move(entry));
    return position;
  }

  void sift_down(std::size_t position) noexcept {
    Entry entry = std::move(entries_[position]);
    for (;;) {
      std::size_t child = 2 * position + 1;
      if (child >= entries_.size()) break;
      if (child + 1 < entries_.size() && rules_.before(entries_[child + 1], entries_[child])) {
        ++child;
      }
      if (!rules_.before(entries_[child], entry)) break;
      place(position, std::move(entries_[child]));
      position = child;
    }
    place(position, std::move(entry));
  }

  std::vector<Entry> entries_;
  [[no_unique_address]] Rules rules_;
};

}  // namespace moonwright::runtime
