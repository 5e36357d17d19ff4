// wire_format.hpp: the constants of the message format; docs/formats.md is its specification.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace moonwright::runtime::wire {

/// The leading bytes that we write. The fix forms carry a count or a value in their low bits.
inline constexpr std::uint8_t kFixMap = 0x80;
inline constexpr std::uint8_t kFixArray = 0x90;
inline constexpr std::uint8_t kFixStr = 0xa0;
inline constexpr std::uint8_t kNil = 0xc0;
inline constexpr std::uint8_t kFalse = 0xc2;
inline constexpr std::uint8_t kTrue = 0xc3;
inline constexpr std::uint8_t kFloat64 = 0xcb;
inline constexpr std::uint8_t kUint8 = 0xcc;
inline constexpr std::uint8_t kInt8 = 0xd0;
inline constexpr std::uint8_t kFixExt1 = 0xd4;
inline constexpr std::uint8_t kFixExt4 = 0xd6;
inline constexpr std::uint8_t kStr8 = 0xd9;
inline constexpr std::uint8_t kArray32 = 0xdd;
inline constexpr std::uint8_t kMap32 = 0xdf;

/// The extension types.
inline constexpr std::uint8_t kExtTable = 1;  ///< u32: the n-th table of this message, once more
inline constexpr std::uint8_t kExtActor = 2;  ///< u32: the n-th reference of this message
/// Of such a number: the reference comes with control over the actor.
inline constexpr std::uint32_t kControlBit = std::uint32_t{1} << 31;
inline constexpr std::uint8_t kExtMixed = 3;   ///< `[this, array, map]` is one table
inline constexpr std::uint8_t kExtShared = 4;  ///< leads a message in which kExtTable occurs

/// What a mixed table, and a message with shared tables, begin with.
inline constexpr char kMixedPrefix[] = {'\x93', '\xd4', kExtMixed, 0};
inline constexpr char kSharedPrefix[] = {'\xd4', kExtShared, 0};

inline constexpr std::size_t kFixCountMax = 15;  ///< entries that fit a one-byte table head
inline constexpr std::size_t kSmallHeadBytes = 1;
inline constexpr std::size_t kBigHeadBytes = 5;

/// Big-endian, as everything in MessagePack. Both compile to one byte-swapping move.
template <class Unsigned>
inline void store(char* to, Unsigned value) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    if constexpr (sizeof(value) == 2) value = __builtin_bswap16(value);
    if constexpr (sizeof(value) == 4) value = __builtin_bswap32(value);
    if constexpr (sizeof(value) == 8) value = __builtin_bswap64(value);
  }
  std::memcpy(to, &value, sizeof(value));
}

template <class Unsigned>
[[nodiscard]] inline Unsigned load(const char* from) noexcept {
  char bytes[sizeof(Unsigned)];
  std::memcpy(bytes, from, sizeof(bytes));
  Unsigned value;
  std::memcpy(&value, bytes, sizeof(value));
  store(bytes, value);
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

}  // namespace moonwright::runtime::wire
