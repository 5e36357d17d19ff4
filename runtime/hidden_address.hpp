// hidden_address.hpp: values as text, without telling where they are.
//
// Lua shows tables, functions, coroutines and userdata by their addresses, which tell a script how
// the memory of the process is laid out. Below level `none` what is shown is a permutation of the
// address by a key that only the state has: the same object is always shown the same and no two
// alike, as scripts rely on, and no table of objects has to be kept for that.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

struct lua_State;

namespace moonwright::runtime {

/// A permutation of 64-bit words: the block cipher Speck64/128.
class AddressCipher {
 public:
  using Key = std::array<std::uint32_t, 4>;

  explicit AddressCipher(const Key& key) noexcept;
  [[nodiscard]] std::uint64_t operator()(std::uint64_t word) const noexcept;

 private:
  static constexpr std::size_t kRounds = 27;
  std::array<std::uint32_t, kRounds> round_keys_;
};

/// Pushes the value at `index` as tostring() shows it, and answers the text, which stays as long as
/// it is on the stack. Raises: what its `__tostring` raises; "'__tostring' must return a string";
/// memory errors.
std::string_view push_text(lua_State* L, int index);

}  // namespace moonwright::runtime
