// wire_writer.hpp: puts a message together, within a bound on its size.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "runtime/byte_buffer.hpp"
#include "runtime/wire_format.hpp"

namespace moonwright::runtime::wire {

/// Writes values in their shortest form.
///
/// Every write answers whether the message still fits; after a false nothing more may be written,
/// and out_of_memory() tells the two reasons apart.
///
/// Invariant: at at_ there is room for kRoom bytes, more than any value but a string takes. So a
/// value is written first and checked after, with one comparison for both bounds.
class Writer {
 public:
  /// Replaces the contents of `out`, which must not be used until finish().
  Writer(ByteBuffer& out, std::size_t bytes_max) noexcept : out_(out), bytes_max_(bytes_max) {}

  [[nodiscard]] bool begin() noexcept {
    out_.truncate(0);
    at_ = out_.extend(kFirstBytes);
    if (at_ == nullptr) return no_memory();
    find_ends();
    return true;
  }
  /// Ends the message. With `shared`, kExtTable occurs in it.
  [[nodiscard]] bool finish(bool shared) noexcept {
    if (shared && !insert(0, kSharedPrefix, sizeof(kSharedPrefix))) return false;
    out_.truncate(size());
    return true;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return static_cast<std::size_t>(at_ - out_.data());
  }
  [[nodiscard]] bool out_of_memory() const noexcept { return out_of_memory_; }

  [[nodiscard]] bool nil() noexcept { return byte(kNil); }
  [[nodiscard]] bool boolean(bool value) noexcept { return byte(value ? kTrue : kFalse); }

  [[nodiscard]] bool integer(std::int64_t value) noexcept {
    const auto bits = static_cast<std::uint64_t>(value);
    if (value >= -32 && value < 128) return byte(static_cast<std::uint8_t>(bits));
    // The unsigned forms for what is not negative. Negative numbers need one bit more: -129 takes
    // 16 bits, 255 takes 8.
    const std::uint8_t lead = value >= 0 ? kUint8 : kInt8;
    const std::uint64_t range = value >= 0 ? bits : ~bits << 1;
    if (range < 1ull << 8) return fits(put(at_, lead, static_cast<std::uint8_t>(bits)));
    if (range < 1ull << 16) return fits(put(at_, lead + 1, static_cast<std::uint16_t>(bits)));
    if (range < 1ull << 32) return fits(put(at_, lead + 2, static_cast<std::uint32_t>(bits)));
    return fits(put(at_, lead + 3, bits));
  }

  [[nodiscard]] bool real(double value) noexcept {
    return fits(put(at_, kFloat64, std::bit_cast<std::uint64_t>(value)));
  }

  [[nodiscard]] bool string(std::string_view text) noexcept {
    const std::size_t length = text.size();
    // Before anything is copied: it may be hundreds of megabytes.
    if (length > kShortBytes && !make_room(length)) return false;
    char* to = at_;
    if (length < 32) {
      *to++ = static_cast<char>(kFixStr | length);
    } else if (length < 1u << 8) {
      to = put(to, kStr8, static_cast<std::uint8_t>(length));
    } else if (length < 1u << 16) {
      to = put(to, kStr8 + 1, static_cast<std::uint16_t>(length));
    } else {
      to = put(to, kStr8 + 2, static_cast<std::uint32_t>(length));
    }
    copy(to, text.data(), length);
    return fits(to + length);
  }

  /// An extension with a number in it: kExtTable or kExtActor.
  [[nodiscard]] bool extension(std::uint8_t type, std::uint32_t number) noexcept {
    char* to = at_;
    to[0] = static_cast<char>(kFixExt4);
    return fits(put(to + 1, type, number));
  }

  /// Bytes that are a value, or a part of one, by themselves.
  [[nodiscard]] bool raw(std::string_view bytes) noexcept {
    if (bytes.size() > kShortBytes && !make_room(bytes.size())) return false;
    copy(at_, bytes.data(), bytes.size());
    return fits(at_ + bytes.size());
  }
  /// The head of a string that raw() goes on with.
  [[nodiscard]] bool string_head(std::uint32_t size) noexcept {
    return fits(put(at_, kStr8 + 2, size));
  }

  /// The head of an array or a map of known size.
  [[nodiscard]] bool head(bool map, std::uint32_t count) noexcept {
    const bool big = count > kFixCountMax;
    put_head(at_, map, big, count);
    return fits(at_ + (big ? kBigHeadBytes : kSmallHeadBytes));
  }
  /// What makes one table of the array that is at `position`, or follows there, and of a map.
  [[nodiscard]] bool mixed(std::size_t position) noexcept {
    return insert(position, kMixedPrefix, sizeof(kMixedPrefix));
  }

  /// Leaves a head of kSmallHeadBytes open, at what is the size() before.
  [[nodiscard]] bool open_head() noexcept { return byte(kNil); }
  /// The open head at `position` has to become one of kBigHeadBytes.
  [[nodiscard]] bool widen_head(std::size_t position) noexcept {
    constexpr char kGap[kBigHeadBytes - kSmallHeadBytes] = {};
    return insert(position, kGap, sizeof(kGap));
  }
  /// Fills the open head at `position`, which has been widened for `count` > kFixCountMax.
  void close_head(std::size_t position, bool map, std::uint32_t count) noexcept {
    put_head(out_.data() + position, map, count > kFixCountMax, count);
  }

 private:
  static constexpr std::size_t kRoom = 32;
  static constexpr std::size_t kShortBytes = kRoom - 1;
  static constexpr std::size_t kFirstBytes = 128;

  // These work on a copy of at_: a char written through at_ might, for all the compiler knows, be
  // a part of at_ itself.
  [[nodiscard]] bool byte(std::uint8_t value) noexcept {
    char* to = at_;
    *to = static_cast<char>(value);
    return fits(to + 1);
  }
  template <class Unsigned>
  [[nodiscard]] static char* put(char* to, int lead, Unsigned rest) noexcept {
    *to = static_cast<char>(lead);
    store(to + 1, rest);
    return to + 1 + sizeof(rest);
  }

  // A call of memcpy costs more than most strings here are worth.
  static void copy(char* to, const char* from, std::size_t length) noexcept {
    if (length > 16) {
      std::memcpy(to, from, length);
    } else if (length >= 8) {
      // Two halves that may overlap.
      std::memcpy(to, from, 8);
      std::memcpy(to + length - 8, from + length - 8, 8);
    } else if (length >= 4) {
      std::memcpy(to, from, 4);
      std::memcpy(to + length - 4, from + length - 4, 4);
    } else {
      for (std::size_t i = 0; i < length; ++i) to[i] = from[i];
    }
  }

  static void put_head(char* to, bool map, bool big, std::uint32_t count) noexcept {
    if (big) {
      *to = static_cast<char>(map ? kMap32 : kArray32);
      store(to + 1, count);
    } else {
      *to = static_cast<char>((map ? kFixMap : kFixArray) | count);
    }
  }

  // Ends a value at `end`.
  [[nodiscard]] bool fits(char* end) noexcept {
    at_ = end;
    return end <= soft_end_ || make_room(0);
  }

  // Restores the invariant, with room for `count` bytes more.
  [[gnu::noinline]] bool make_room(std::size_t count) noexcept {
    const std::size_t used = size();
    if (used > bytes_max_ || count > bytes_max_ - used) return false;
    if (out_.size() - used < count + kRoom) {
      // The buffer grows by doubling; so does the part of it that we claim.
      if (out_.extend(std::max(count + kRoom, out_.size())) == nullptr) return no_memory();
      at_ = out_.data() + used;
      find_ends();
    }
    return true;
  }
  void find_ends() noexcept { soft_end_ = out_.data() + std::min(out_.size() - kRoom, bytes_max_); }
  [[nodiscard]] bool no_memory() noexcept {
    out_of_memory_ = true;
    return false;
  }

  // For what is known too late: moves everything from `position` on. Requires: count <= kRoom.
  [[nodiscard]] bool insert(std::size_t position, const char* bytes, std::size_t count) noexcept {
    char* to = out_.data() + position;
    std::memmove(to + count, to, size() - position);
    std::memcpy(to, bytes, count);
    return fits(at_ + count);
  }

  ByteBuffer& out_;  // its size is what we claim of it
  const std::size_t bytes_max_;
  char* at_ = nullptr;
  const char* soft_end_ = nullptr;  // beyond it, either bound may be near
  bool out_of_memory_ = false;
};

}  // namespace moonwright::runtime::wire
