// string_pack.cpp: see string_pack.hpp.
#include "runtime/string_pack.hpp"

#include <algorithm>
#include <bit>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <lua.hpp>
#include <string_view>

#include "runtime/string_arguments.hpp"
#include "runtime/string_buffer.hpp"
#include "runtime/toll.hpp"

namespace moonwright::runtime {
namespace {

constexpr std::size_t kIntegerMax = 16;  ///< bytes of the largest integer that a format may name
constexpr std::size_t kIntegerBytes = sizeof(lua_Integer);
constexpr unsigned kByteBits = 8;
constexpr std::size_t kSizeMax = INT_MAX;  ///< what packsize() may answer
/// What `!` alone stands for.
constexpr std::size_t kNativeAlignment =
    std::max({alignof(lua_Number), alignof(lua_Integer), alignof(void*), alignof(long)});

enum class Kind : std::uint8_t {
  signed_integer,
  unsigned_integer,
  single_float,
  double_float,
  fixed_string,
  counted_string,  ///< its length goes first
  zero_string,     ///< a zero byte ends it
  padding,
  alignment,
  nothing,
};

struct Option {
  Kind kind;
  std::size_t size;     ///< of the value, or of the length in front of it
  std::size_t padding;  ///< in front of it, for its alignment
};

/// Reads a format option by option.
class Format {
 public:
  /// @param text ends with a zero byte, and at the first one.
  Format(lua_State* L, Toll& toll, const char* text) noexcept : L_(L), toll_(toll), at_(text) {}

  [[nodiscard]] bool at_end() const noexcept { return *at_ == '\0'; }
  [[nodiscard]] bool little_endian() const noexcept { return little_endian_; }

  /// The next option, for what goes to `position`. Raises: mistakes in the format.
  Option next(std::size_t position) {
    toll_.pay(1);
    Option option = read();
    std::size_t alignment = option.size;
    if (option.kind == Kind::alignment) {
      const Option following = at_end() ? Option{Kind::nothing, 0, 0} : read();
      alignment = following.size;
      if (following.kind == Kind::fixed_string || alignment == 0) {
        luaL_argerror(L_, 1, "invalid next option for option 'X'");
      }
    }
    if (alignment > 1 && option.kind != Kind::fixed_string) {
      alignment = std::min(alignment, alignment_max_);
      if (!std::has_single_bit(alignment)) {
        luaL_argerror(L_, 1, "format asks for alignment not power of 2");
      }
      option.padding = (alignment - (position & (alignment - 1))) & (alignment - 1);
    }
    return option;
  }

 private:
  /// The number at this place, `otherwise` if there is none.
  int number(int otherwise) noexcept {
    if (*at_ < '0' || *at_ > '9') return otherwise;
    int value = 0;
    do {
      value = value * 10 + (*at_++ - '0');
    } while (*at_ >= '0' && *at_ <= '9' && value <= (INT_MAX - 9) / 10);
    return value;
  }

  std::size_t integer_size(std::size_t otherwise) {
    const int size = number(static_cast<int>(otherwise));
    if (size <= 0 || size > static_cast<int>(kIntegerMax)) {
      luaL_error(L_, "integral size (%d) out of limits [1,%d]", size,
                 static_cast<int>(kIntegerMax));
    }
    return static_cast<std::size_t>(size);
  }

  Option read() {
    const char letter = *at_++;
    switch (letter) {
      case 'b': return {Kind::signed_integer, sizeof(char), 0};
      case 'B': return {Kind::unsigned_integer, sizeof(char), 0};
      case 'h': return {Kind::signed_integer, sizeof(short), 0};
      case 'H': return {Kind::unsigned_integer, sizeof(short), 0};
      case 'l': return {Kind::signed_integer, sizeof(long), 0};
      case 'L': return {Kind::unsigned_integer, sizeof(long), 0};
      case 'j': return {Kind::signed_integer, sizeof(lua_Integer), 0};
      case 'J': return {Kind::unsigned_integer, sizeof(lua_Integer), 0};
      case 'T': return {Kind::unsigned_integer, sizeof(std::size_t), 0};
      case 'i': return {Kind::signed_integer, integer_size(sizeof(int)), 0};
      case 'I': return {Kind::unsigned_integer, integer_size(sizeof(int)), 0};
      case 'f': return {Kind::single_float, sizeof(float), 0};
      case 'n':
      case 'd': return {Kind::double_float, sizeof(double), 0};
      case 's': return {Kind::counted_string, integer_size(sizeof(std::size_t)), 0};
      case 'c': {
        const int size = number(-1);
        if (size == -1) luaL_error(L_, "missing size for format option 'c'");
        return {Kind::fixed_string, static_cast<std::size_t>(size), 0};
      }
      case 'z': return {Kind::zero_string, 0, 0};
      case 'x': return {Kind::padding, 1, 0};
      case 'X': return {Kind::alignment, 0, 0};
      case ' ': break;
      case '<': little_endian_ = true; break;
      case '>': little_endian_ = false; break;
      case '=': little_endian_ = kNativeLittle; break;
      case '!': alignment_max_ = integer_size(kNativeAlignment); break;
      default: luaL_error(L_, "invalid format option '%c'", letter);
    }
    return {Kind::nothing, 0, 0};
  }

  static constexpr bool kNativeLittle = std::endian::native == std::endian::little;

  lua_State* const L_;
  Toll& toll_;
  const char* at_;
  std::size_t alignment_max_ = 1;
  bool little_endian_ = kNativeLittle;
};

// pack ------------------------------------------------------------------------------------------

void append_zeros(StringBuffer& out, std::size_t count) {
  constexpr char kZeros[512] = {};
  for (; count > sizeof kZeros; count -= sizeof kZeros) out.append({kZeros, sizeof kZeros});
  out.append({kZeros, count});
}

void append_integer(StringBuffer& out, const Format& format, lua_Unsigned value, std::size_t size,
                    bool negative) {
  char bytes[kIntegerMax];
  for (std::size_t i = 0; i < size; ++i) {
    // Beyond the integer itself comes its sign.
    const lua_Unsigned byte = i < kIntegerBytes ? value >> (kByteBits * i) : negative ? 0xff : 0;
    bytes[format.little_endian() ? i : size - 1 - i] = static_cast<char>(byte & 0xff);
  }
  out.append({bytes, size});
}

template <typename Float>
void append_float(StringBuffer& out, const Format& format, Float value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  if (format.little_endian() != (std::endian::native == std::endian::little)) {
    std::reverse(bytes, bytes + sizeof bytes);
  }
  out.append({bytes, sizeof bytes});
}

/// Whether the `size` lowest bytes can hold `value`.
bool fits_signed(lua_Integer value, std::size_t size) noexcept {
  if (size >= kIntegerBytes) return true;
  const lua_Integer limit = lua_Integer{1} << (kByteBits * size - 1);
  return -limit <= value && value < limit;
}

bool fits_unsigned(lua_Unsigned value, std::size_t size) noexcept {
  return size >= kIntegerBytes || value < lua_Unsigned{1} << (kByteBits * size);
}

/// Appends the argument as `option` says, behind its padding.
void append_value(lua_State* L, StringBuffer& out, Toll& toll, const Format& format,
                  const Option& option, int argument) {
  switch (option.kind) {
    case Kind::signed_integer: {
      const lua_Integer value = luaL_checkinteger(L, argument);
      luaL_argcheck(L, fits_signed(value, option.size), argument, "integer overflow");
      const auto bits = static_cast<lua_Unsigned>(value);
      return append_integer(out, format, bits, option.size, value < 0);
    }
    case Kind::unsigned_integer: {
      const auto value = static_cast<lua_Unsigned>(luaL_checkinteger(L, argument));
      luaL_argcheck(L, fits_unsigned(value, option.size), argument, "unsigned overflow");
      return append_integer(out, format, value, option.size, false);
    }
    case Kind::single_float:
      return append_float(out, format, static_cast<float>(luaL_checknumber(L, argument)));
    case Kind::double_float:
      return append_float(out, format, static_cast<double>(luaL_checknumber(L, argument)));
    case Kind::fixed_string: {
      const std::string_view text = check_string(L, argument);
      luaL_argcheck(L, text.size() <= option.size, argument, "string longer than given size");
      out.expect(option.size);
      out.append(text);
      return append_zeros(out, option.size - text.size());
    }
    case Kind::counted_string: {
      const std::string_view text = check_string(L, argument);
      luaL_argcheck(L, fits_unsigned(text.size(), option.size), argument,
                    "string length does not fit in given size");
      append_integer(out, format, text.size(), option.size, false);
      return out.append(text);
    }
    case Kind::zero_string: {
      const std::string_view text = check_string(L, argument);
      toll.pay_bytes(text.size());
      luaL_argcheck(L, text.find('\0') == std::string_view::npos, argument,
                    "string contains zeros");
      out.append(text);
      return out.append(std::string_view("\0", 1));
    }
    case Kind::padding:
    case Kind::alignment:
    case Kind::nothing: break;
  }
}

bool takes_value(Kind kind) noexcept { return kind < Kind::padding; }

// unpack ----------------------------------------------------------------------------------------

lua_Integer read_integer(lua_State* L, const Format& format, const char* bytes, std::size_t size,
                         bool is_signed) {
  const auto byte_at = [&](std::size_t i) {
    return static_cast<unsigned char>(bytes[format.little_endian() ? i : size - 1 - i]);
  };
  lua_Unsigned value = 0;
  for (std::size_t i = std::min(size, kIntegerBytes); i-- > 0;) {
    value = value << kByteBits | byte_at(i);
  }
  if (size < kIntegerBytes) {
    if (is_signed) {
      const lua_Unsigned sign = lua_Unsigned{1} << (kByteBits * size - 1);
      value = (value ^ sign) - sign;
    }
  } else {
    const int beyond = is_signed && static_cast<lua_Integer>(value) < 0 ? 0xff : 0;
    for (std::size_t i = kIntegerBytes; i < size; ++i) {
      if (byte_at(i) != beyond) {
        luaL_error(L, "%d-byte integer does not fit into Lua Integer", static_cast<int>(size));
      }
    }
  }
  return static_cast<lua_Integer>(value);
}

template <typename Float>
Float read_float(const Format& format, const char* bytes) noexcept {
  char copy[sizeof(Float)];
  std::memcpy(copy, bytes, sizeof copy);
  if (format.little_endian() != (std::endian::native == std::endian::little)) {
    std::reverse(copy, copy + sizeof copy);
  }
  Float value;
  std::memcpy(&value, copy, sizeof value);
  return value;
}

/// Pushes the value at `position`, and answers how many bytes follow those of the option itself.
std::size_t push_value(lua_State* L, Toll& toll, const Format& format, const Option& option,
                       std::string_view data, std::size_t position) {
  const char* const bytes = data.data() + position;
  switch (option.kind) {
    case Kind::signed_integer:
    case Kind::unsigned_integer:
      lua_pushinteger(
          L, read_integer(L, format, bytes, option.size, option.kind == Kind::signed_integer));
      break;
    case Kind::single_float:
      lua_pushnumber(L, static_cast<lua_Number>(read_float<float>(format, bytes)));
      break;
    case Kind::double_float: lua_pushnumber(L, read_float<double>(format, bytes)); break;
    case Kind::fixed_string:
      toll.pay_bytes(option.size);
      lua_pushlstring(L, bytes, option.size);
      break;
    case Kind::counted_string: {
      const auto size =
          static_cast<std::size_t>(read_integer(L, format, bytes, option.size, false));
      luaL_argcheck(L, size <= data.size() - position - option.size, 2, "data string too short");
      toll.pay_bytes(size);
      lua_pushlstring(L, bytes + option.size, size);
      return size;
    }
    case Kind::zero_string: {
      const std::size_t size = std::strlen(bytes);  // Lua's strings end with a zero byte
      toll.pay_bytes(2 * size);
      luaL_argcheck(L, position + size < data.size(), 2, "unfinished string for format 'z'");
      lua_pushlstring(L, bytes, size);
      return size + 1;
    }
    case Kind::padding:
    case Kind::alignment:
    case Kind::nothing: break;
  }
  return 0;
}

}  // namespace

int pack(lua_State* L) {
  const char* const text = luaL_checkstring(L, 1);
  // An argument that is missing is told from the buffer's slot.
  lua_pushnil(L);
  Toll toll(L);
  StringBuffer out(L, toll);
  Format format(L, toll, text);
  int argument = 1;
  while (!format.at_end()) {
    const Option option = format.next(out.size());
    if (option.padding != 0) append_zeros(out, option.padding);
    if (takes_value(option.kind)) {
      append_value(L, out, toll, format, option, ++argument);
    } else if (option.kind == Kind::padding) {
      append_zeros(out, 1);
    }
  }
  out.push_string();
  toll.settle();
  return 1;
}

int packsize(lua_State* L) {
  const char* const text = luaL_checkstring(L, 1);
  Toll toll(L);
  Format format(L, toll, text);
  std::size_t total = 0;
  while (!format.at_end()) {
    const Option option = format.next(total);
    luaL_argcheck(L, option.kind != Kind::counted_string && option.kind != Kind::zero_string, 1,
                  "variable-length format");
    const std::size_t size = option.size + option.padding;
    luaL_argcheck(L, size <= kSizeMax && total <= kSizeMax - size, 1, "format result too large");
    total += size;
  }
  toll.settle();
  lua_pushinteger(L, static_cast<lua_Integer>(total));
  return 1;
}

int unpack(lua_State* L) {
  const char* const text = luaL_checkstring(L, 1);
  const std::string_view data = check_string(L, 2);
  std::size_t position = first_position(luaL_optinteger(L, 3, 1), data.size()) - 1;
  luaL_argcheck(L, position <= data.size(), 3, "initial position out of string");
  Toll toll(L);
  Format format(L, toll, text);
  int results = 0;
  while (!format.at_end()) {
    const Option option = format.next(position);
    luaL_argcheck(L, option.padding + option.size <= data.size() - position, 2,
                  "data string too short");
    position += option.padding;
    // The value, and the position behind the last one.
    luaL_checkstack(L, 2, "too many results");
    position += push_value(L, toll, format, option, data, position);
    position += option.size;
    if (takes_value(option.kind)) ++results;
  }
  toll.settle();
  lua_pushinteger(L, static_cast<lua_Integer>(position) + 1);
  return results + 1;
}

}  // namespace moonwright::runtime
