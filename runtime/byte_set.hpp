// byte_set.hpp: sets of bytes, and the character classes of Lua's patterns as such sets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace moonwright::runtime {

/// 256 bits, one for each byte. Empty when initialized with `{}`, undefined without.
class ByteSet {
 public:
  [[nodiscard]] constexpr bool has(unsigned char byte) const noexcept {
    return (words_[byte >> 6] >> (byte & 63) & 1) != 0;
  }
  constexpr void add(unsigned char byte) noexcept {
    words_[byte >> 6] |= std::uint64_t{1} << (byte & 63);
  }
  /// Adds `first` to `last`, both included; nothing if they are in the wrong order.
  constexpr void add_range(unsigned char first, unsigned char last) noexcept {
    for (unsigned word = first >> 6; first <= last && word <= last >> 6u; ++word) {
      std::uint64_t bits = ~std::uint64_t{0};
      if (word == first >> 6u) bits &= ~std::uint64_t{0} << (first & 63);
      if (word == last >> 6u) bits &= ~std::uint64_t{0} >> (63 - (last & 63));
      words_[word] |= bits;
    }
  }
  constexpr void add_all(const ByteSet& other) noexcept {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  constexpr void invert() noexcept {
    for (std::uint64_t& word : words_) word = ~word;
  }

 private:
  std::array<std::uint64_t, 4> words_;
};

/// The class that `letter` stands for after a `%`, as the C locale has it; an upper-case letter is
/// what its lower-case one is not. Null: no class, the character stands for itself.
[[nodiscard]] const ByteSet* class_of(char letter) noexcept;

}  // namespace moonwright::runtime
