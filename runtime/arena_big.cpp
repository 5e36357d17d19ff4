// arena_big.cpp: blocks that the source gives one by one, on a list so that they can be dropped.
#include <cassert>

#include "runtime/arena.hpp"

namespace moonwright::runtime {

void Arena::hang_up(Big*& list, Big* big) noexcept {
  big->previous = nullptr;
  big->next = list;
  if (list != nullptr) list->previous = big;
  list = big;
}

void Arena::take_down(Big*& list, Big* big) noexcept {
  if (big->next != nullptr) big->next->previous = big->previous;
  (big->previous != nullptr ? big->previous->next : list) = big->next;
}

/// Asks the source for `more` bytes by calling `ask`; if it refuses, and chunks in which nothing is
/// live can go back to it, once more.
template <class Ask>
void* Arena::ask_source(std::uint64_t more, Ask ask) noexcept {
  void* memory = may_reserve(more, more) ? ask() : nullptr;
  if (memory != nullptr) return memory;
  const std::uint64_t before = reserved_;
  trim();
  return reserved_ < before && may_reserve(more, more) ? ask() : nullptr;
}

/// A big block that is on the list, and not counted as used yet; null if the source refuses.
Arena::Big* Arena::obtain_big(std::size_t size) noexcept {
  const std::size_t whole = sizeof(Big) + size;
  void* const memory = ask_source(whole, [this, whole] { return source_.allocate(whole); });
  if (memory == nullptr) return nullptr;
  auto* const big = static_cast<Big*>(memory);
  big->size = whole;
  big->asked = size;
  hang_up(big_, big);
  reserved_ += whole;
  big_used_ += size;
  return big;
}

void Arena::release_big(void* block, [[maybe_unused]] std::size_t size) noexcept {
  Big* const big = header_of(block);
  assert(big->asked == size && "a block was given back with another size than it had");
  take_down(big_, big);
  big_used_ -= big->asked;
  reserved_ -= big->size;
  source_.deallocate(big, big->size);
}

void* Arena::resize_big(void* block, std::size_t old_size, std::size_t new_size) noexcept {
  Big* big = header_of(block);
  assert(big->asked == old_size && "a block was given back with another size than it had");
  const std::size_t whole = sizeof(Big) + new_size;
  // Off the list meanwhile: its neighbours would point to where it was.
  take_down(big_, big);
  const auto ask = [this, big, whole] { return source_.reallocate(big, big->size, whole); };
  const bool grows = whole > big->size;
  void* const moved = grows ? ask_source(whole - big->size, ask) : ask();
  if (moved != nullptr) {
    big = static_cast<Big*>(moved);
    reserved_ += whole;
    reserved_ -= big->size;
    big->size = whole;
  }
  hang_up(big_, big);
  if (moved == nullptr && grows) return nullptr;
  big->asked = new_size;
  big_used_ += new_size;
  big_used_ -= old_size;
  used_ -= old_size;
  count_in(new_size);
  return big + 1;
}

/// A big block has to become a small one, and there is none: it stays where it is, and what the
/// source gave for it becomes memory for small blocks, until the whole heap is dropped.
void Arena::adopt(void* block, std::size_t new_size) noexcept {
  Big* const big = header_of(block);
  take_down(big_, big);
  hang_up(adopted_, big);
  big_used_ -= big->asked;
  const std::size_t usable = (big->size - sizeof(Big)) & ~(kAlignment - 1);
  small_bytes_ += usable;
  char* const begin = static_cast<char*>(block);
  give_range(begin + rounded(new_size), begin + usable);
}

}  // namespace moonwright::runtime
