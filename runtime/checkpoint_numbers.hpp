// checkpoint_numbers.hpp: which objects a walk has met, and under which number.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace moonwright::runtime {

/// A word for each object of a heap that is asked for, found by the object's address.
///
/// No two objects begin in the same 32 bytes, so a page of addresses has a word for each of its 128
/// places, and a small hash table finds the pages. A walk that goes through a heap much as it was
/// filled finds most pages at hand, where a hash table of the objects would miss the cache at every
/// step; and it grows without ever moving more than the addresses of its pages.
///
/// Thread: confined to its owner's. Everything that grows may throw std::bad_alloc.
class AddressNumbers {
 public:
  /// The word of `object`, 0 at first. Valid until the next call.
  /// Requires: objects of Lua, which take at least 32 bytes.
  [[nodiscard]] std::uint32_t& of(const void* object) {
    const auto address = reinterpret_cast<std::uintptr_t>(object);
    const std::uintptr_t page = address >> kPageBits;
    if (page != page_) turn_to(page);
    return words_[(address >> kPlaceBits) % kPlaces];
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return bytes_ + pages_.capacity() * sizeof(Page);
  }

 private:
  static constexpr unsigned kPageBits = 12;
  static constexpr unsigned kPlaceBits = 5;
  static constexpr std::size_t kPlaces = std::size_t{1} << (kPageBits - kPlaceBits);
  static constexpr std::size_t kSlabPagesMax = 256;

  struct Page {
    std::uintptr_t number = 0;
    std::uint32_t* words = nullptr;
  };

  [[nodiscard]] Page& find(std::uintptr_t page) noexcept {
    std::size_t at = (page * 0x9e37'79b9'7f4a'7c15u) >> 20;
    for (;; ++at) {
      Page& found = pages_[at & (pages_.size() - 1)];
      if (found.words == nullptr || found.number == page) return found;
    }
  }

  [[gnu::noinline]] void turn_to(std::uintptr_t page) {
    if ((used_ + 1) * 2 > pages_.size()) grow();
    Page& found = find(page);
    if (found.words == nullptr) {
      found = {page, new_words()};
      ++used_;
    }
    page_ = page;
    words_ = found.words;
  }

  void grow() {
    std::vector<Page> old(std::max<std::size_t>(16, pages_.size() * 2));
    old.swap(pages_);
    for (const Page& page : old) {
      if (page.words != nullptr) find(page.number) = page;
    }
  }

  [[nodiscard]] std::uint32_t* new_words() {
    if (slab_left_ == 0) {
      const std::size_t count = std::min(kSlabPagesMax, std::max<std::size_t>(2, used_));
      slabs_.push_back(std::make_unique<std::uint32_t[]>(count * kPlaces));
      slab_left_ = count;
      bytes_ += count * kPlaces * sizeof(std::uint32_t);
    }
    return slabs_.back().get() + --slab_left_ * kPlaces;
  }

  std::uintptr_t page_ = 0;  // no object is there
  std::uint32_t* words_ = nullptr;
  std::vector<Page> pages_;  // a power of two of them, at most half of them used
  std::size_t used_ = 0;
  std::vector<std::unique_ptr<std::uint32_t[]>> slabs_;
  std::size_t slab_left_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace moonwright::runtime
