// indexed_heap_test.cpp: the heap does what looking through all entries would do.
#include "runtime/indexed_heap.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <vector>

namespace moonwright::runtime {
namespace {

struct Item {
  int rank;
  std::size_t position;
};

struct ByRank {
  [[nodiscard]] bool before(const Item* a, const Item* b) const noexcept {
    return a->rank < b->rank;
  }
  void placed(Item* item, std::size_t position) noexcept {
    item->position = position;
    ++moves;
  }
  std::size_t moves = 0;
};

using Heap = IndexedHeap<Item*, ByRank>;

RC_GTEST_PROP(IndexedHeap, HasTheLeastInFrontAfterAnySequenceOfCalls, ()) {
  Heap heap;
  std::deque<Item> items;
  std::vector<Item*> inside;
  const auto steps = *rc::gen::inRange(0, 300);
  for (int step = 0; step < steps; ++step) {
    const int what = *rc::gen::weightedElement<int>({{5, 0}, {3, 1}, {3, 2}});
    if (what == 0) {
      inside.push_back(&items.emplace_back(Item{*rc::gen::inRange(0, 50), 0}));
      heap.push(inside.back());
    } else if (!inside.empty()) {
      const auto which = *rc::gen::inRange<std::size_t>(0, inside.size());
      if (what == 1) {
        heap.take_out(inside[which]->position);
        inside.erase(inside.begin() + static_cast<std::ptrdiff_t>(which));
      } else {
        inside[which]->rank = *rc::gen::inRange(0, 50);
        heap.reorder(inside[which]->position);
      }
    }
    RC_ASSERT(heap.size() == inside.size());
    RC_ASSERT(heap.empty() == inside.empty());
    for (const Item* item : inside) {
      RC_ASSERT(heap[item->position] == item);
      RC_ASSERT(heap.front()->rank <= item->rank);
    }
  }
}

TEST(IndexedHeap, MovesNoMoreThanItsDepth) {
  Heap heap;
  std::deque<Item> items;
  constexpr int kItems = 1'000;  // a depth of 10
  for (int i = 0; i < kItems; ++i) heap.push(&items.emplace_back(Item{kItems - i, 0}));
  EXPECT_LE(heap.rules().moves, std::size_t{kItems} * 10);
  heap.rules().moves = 0;
  while (!heap.empty()) heap.take_out(0);
  EXPECT_LE(heap.rules().moves, std::size_t{kItems} * 11);
}

}  // namespace
}  // namespace moonwright::runtime
