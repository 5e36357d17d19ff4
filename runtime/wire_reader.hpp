// wire_reader.hpp: takes the bytes of a message apart, one token at a time, whatever they are.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "runtime/checkpoint_format.hpp"
#include "runtime/wire_format.hpp"

namespace moonwright::runtime::wire {

enum class Kind : std::uint8_t {
  corrupt,
  nil,
  boolean,
  integer,
  real,
  string,
  array,  ///< `count` values follow
  map,    ///< `count` pairs follow
  mixed,  ///< an array and a map follow, together one table; in a checkpoint, of `count` pairs
  table,  ///< the table of number `count`, once more
  actor,  ///< the reference of index `count`
  // In a checkpoint only:
  object,  ///< a table follows, and its metatable
  name,    ///< of `count` bytes at `text`
};

/// What the bytes are. Each has extensions which the other has not.
enum class Dialect : std::uint8_t { message, checkpoint };

/// One value, or the head of a table. Trivial, so that longjmp may drop it.
struct Token {
  Kind kind = Kind::corrupt;
  std::uint32_t count = 0;  ///< see Kind; of a boolean 0 or 1
  union {
    std::int64_t integer = 0;
    double real;
    const char* text;  ///< of `count` bytes, borrowed from the message
  };

  [[nodiscard]] std::string_view view() const noexcept { return {text, count}; }
};

/// Reads tokens. Never reads beyond the end, and never announces more entries than the rest of the
/// message could hold: who makes room for what is announced, makes room for what is there.
///
/// Takes every form of MessagePack: bin is a string, float32 a float, an unsigned integer beyond
/// 2^63 - 1 the nearest float (as Lua reads such a numeral). Foreign extensions are corrupt.
class Reader {
 public:
  explicit Reader(std::string_view bytes, Dialect dialect = Dialect::message) noexcept
      : at_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        unclaimed_(bytes.size()),
        dialect_(dialect) {}

  [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }

  /// Skips the mark of a message with shared tables, if it is here.
  [[nodiscard]] bool skip_shared_prefix() noexcept { return skip(kSharedPrefix); }

  /// The map of a mixed table comes next, whose `fields` its head will announce once more.
  void unclaim(std::uint32_t fields) noexcept { unclaimed_ += std::uint64_t{2} * fields; }

  /// Requires: !at_end(), or the answer is corrupt.
  [[nodiscard]] Token next() noexcept {
    if (at_ == end_) return {};
    const auto lead = static_cast<std::uint8_t>(*at_++);
    if (lead < kFixMap) return of(static_cast<std::int64_t>(lead));
    if (lead >= 0xe0) return of(static_cast<std::int64_t>(static_cast<std::int8_t>(lead)));
    if (lead >= kNil) return by_lead(lead);
    if (lead >= kFixStr) return string(lead & 0x1fu);
    if (lead >= kFixArray) return array(lead & 0xfu);
    return map(lead & 0xfu);
  }

 private:
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  template <std::size_t size>
  [[nodiscard]] bool skip(const char (&mark)[size]) noexcept {
    if (left() < size || std::memcmp(at_, mark, size) != 0) return false;
    at_ += size;
    return true;
  }

  /// Skips what follows the first byte of `mark`, if it is here.
  template <std::size_t size>
  [[nodiscard]] bool skip_rest(const char (&mark)[size]) noexcept {
    if (left() < size - 1 || std::memcmp(at_, mark + 1, size - 1) != 0) return false;
    at_ += size - 1;
    return true;
  }

  [[nodiscard]] static Token of(std::int64_t integer) noexcept {
    Token token;
    token.kind = Kind::integer;
    token.integer = integer;
    return token;
  }
  [[nodiscard]] static Token of(double real) noexcept {
    Token token;
    token.kind = Kind::real;
    token.real = real;
    return token;
  }
  [[nodiscard]] static Token of(Kind kind, std::uint32_t count = 0) noexcept {
    Token token;
    token.kind = kind;
    token.count = count;
    return token;
  }

  [[nodiscard]] Token string(std::uint32_t size) noexcept {
    if (size > left()) return {};
    Token token = of(Kind::string, size);
    token.text = at_;
    at_ += size;
    return token;
  }
  /// Each value takes a byte, so all counts of a message together cannot exceed its size.
  [[nodiscard]] bool claim(std::uint64_t values) noexcept {
    if (values > unclaimed_ || values > left()) return false;
    unclaimed_ -= values;
    return true;
  }
  [[nodiscard]] Token array(std::uint32_t count) noexcept {
    if (count == 3 && left() >= 3) {
      if (dialect_ == Dialect::checkpoint) {
        if (skip_rest(kObjectPrefix)) return of(Kind::object);
        std::uint32_t fields = 0;
        if (skip_rest(kCountedMixedPrefix)) {
          return take(fields) && claim(std::uint64_t{2} * fields) ? of(Kind::mixed, fields)
                                                                  : Token{};
        }
      } else if (skip_rest(kMixedPrefix)) {
        return of(Kind::mixed);
      }
    }
    return claim(count) ? of(Kind::array, count) : Token{};
  }
  [[nodiscard]] Token map(std::uint32_t count) noexcept {
    return claim(std::uint64_t{2} * count) ? of(Kind::map, count) : Token{};
  }
  [[nodiscard]] Token extension() noexcept {
    if (left() < 5) return {};
    const auto type = static_cast<std::uint8_t>(*at_);
    const auto number = load<std::uint32_t>(at_ + 1);
    at_ += 5;
    if (type == kExtTable) return of(Kind::table, number);
    if (type == kExtActor) return of(Kind::actor, number);
    return {};
  }

  [[nodiscard]] Token name() noexcept {
    if (left() < 2) return {};
    const auto size = static_cast<std::uint8_t>(at_[0]);
    if (dialect_ != Dialect::checkpoint || at_[1] != kExtName) return {};
    at_ += 2;
    Token token = string(size);
    if (token.kind == Kind::string) token.kind = Kind::name;
    return token;
  }

  /// Takes an unsigned number off the input; false if it is cut short.
  template <class Unsigned>
  [[nodiscard]] bool take(Unsigned& number) noexcept {
    if (left() < sizeof(number)) return false;
    number = load<Unsigned>(at_);
    at_ += sizeof(number);
    return true;
  }
  template <class Unsigned, class Then>
  [[nodiscard]] Token with(Then then) noexcept {
    Unsigned number = 0;
    return take(number) ? then(number) : Token{};
  }
  template <class Unsigned>
  [[nodiscard]] Token string_of() noexcept {
    return with<Unsigned>([this](Unsigned size) { return string(size); });
  }
  template <class Signed, class Unsigned>
  [[nodiscard]] Token integer_of() noexcept {
    return with<Unsigned>(
        [](Unsigned bits) { return of(static_cast<std::int64_t>(static_cast<Signed>(bits))); });
  }

  [[nodiscard]] Token by_lead(std::uint8_t lead) noexcept;

  const char* at_;
  const char* end_;
  std::uint64_t unclaimed_;  // values that no table head has announced yet
  Dialect dialect_;
};

inline Token Reader::by_lead(std::uint8_t lead) noexcept {
  using U8 = std::uint8_t;
  using U16 = std::uint16_t;
  using U32 = std::uint32_t;
  using U64 = std::uint64_t;
  switch (lead) {
    case kNil: return of(Kind::nil);
    case kFalse: return of(Kind::boolean, 0);
    case kTrue: return of(Kind::boolean, 1);
    case 0xc4:
    case kStr8: return string_of<U8>();
    case 0xc5:
    case kStr8 + 1: return string_of<U16>();
    case 0xc6:
    case kStr8 + 2: return string_of<U32>();
    case 0xca: return with<U32>([](U32 bits) { return of(double{std::bit_cast<float>(bits)}); });
    case kFloat64: return with<U64>([](U64 bits) { return of(std::bit_cast<double>(bits)); });
    case kUint8: return integer_of<U8, U8>();
    case kUint8 + 1: return integer_of<U16, U16>();
    case kUint8 + 2: return integer_of<U32, U32>();
    case kUint8 + 3:
      return with<U64>([](U64 bits) {
        return bits >> 63 == 0 ? of(static_cast<std::int64_t>(bits))
                               : of(static_cast<double>(bits));
      });
    case kInt8: return integer_of<std::int8_t, U8>();
    case kInt8 + 1: return integer_of<std::int16_t, U16>();
    case kInt8 + 2: return integer_of<std::int32_t, U32>();
    case kInt8 + 3: return integer_of<std::int64_t, U64>();
    case kFixExt4: return extension();
    case kExt8: return name();
    case kArray32 - 1: return with<U16>([this](U16 count) { return array(count); });
    case kArray32: return with<U32>([this](U32 count) { return array(count); });
    case kMap32 - 1: return with<U16>([this](U16 count) { return map(count); });
    case kMap32: return with<U32>([this](U32 count) { return map(count); });
    default: return {};
  }
}

}  // namespace moonwright::runtime::wire
