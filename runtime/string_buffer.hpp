// string_buffer.hpp: where a library function builds a string of unknown length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "runtime/toll.hpp"

namespace moonwright::runtime {

/// A growing run of bytes that becomes a Lua string: on the C stack while it is small, then in a
/// userdata, so that a refused allocation is Lua's own memory error, after an emergency collection.
/// (Lua's luaL_Buffer asks the allocator directly, which gets no collection.)
///
/// Needs one slot of the Lua stack, which the constructor pushes, so values that are on the stack
/// already keep their indices and new ones may come and go above it. Pays for the bytes that it
/// copies.
///
/// Thread: confined to the state's. May live in functions that Lua leaves by longjmp.
class StringBuffer {
 public:
  static constexpr std::size_t kSmall = 1024;  ///< bytes that need no allocation

  /// The longest string that can be built in a state: what Lua's own string functions allow, and
  /// half of the memory limit, because the buffer and the string are alive at the same time.
  [[nodiscard]] static std::size_t size_max(lua_State* L) noexcept;

  /// Pushes the buffer's slot.
  StringBuffer(lua_State* L, Toll& toll);
  StringBuffer(const StringBuffer&) = delete;
  StringBuffer& operator=(const StringBuffer&) = delete;

  /// Raises: memory errors; "resulting string too large" beyond size_max().
  void append(std::string_view bytes) {
    toll_.pay_bytes(bytes.size());
    if (bytes.size() > capacity_ - size_) grow(bytes.size());
    std::memcpy(data_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  /// Room for `size` more bytes, to be written before anything else is appended; added() then says
  /// how many they are. Raises as append().
  [[nodiscard]] char* room(std::size_t size) {
    if (size > capacity_ - size_) grow(size);
    return data_ + size_;
  }
  void added(std::size_t size) noexcept { size_ += size; }

  /// Appends `value` as tostring() shows it. Raises as append().
  void append_integer(std::int64_t value);

  /// Expects `size` bytes more: the next growth makes room for them all, if the string may get that
  /// long. Never raises.
  void expect(std::size_t size) noexcept { expected_ = size_ + size; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool has_room(std::size_t size) const noexcept { return size <= capacity_ - size_; }

  /// Pushes the string. Raises: memory errors.
  void push_string();

 private:
  void grow(std::size_t more);

  lua_State* const L_;
  Toll& toll_;
  const int slot_;
  char* data_ = small_;
  std::size_t size_ = 0;
  std::size_t capacity_ = kSmall;
  std::size_t expected_ = 0;
  char small_[kSmall];
};

static_assert(std::is_trivially_destructible_v<StringBuffer>, "Lua leaves by longjmp");

}  // namespace moonwright::runtime
