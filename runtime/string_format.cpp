// string_format.cpp: see string_format.hpp.
#include "runtime/string_format.hpp"

#include <cfloat>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <lua.hpp>
#include <string_view>

#include "runtime/hidden_address.hpp"
#include "runtime/state.hpp"
#include "runtime/string_arguments.hpp"
#include "runtime/string_buffer.hpp"
#include "runtime/toll.hpp"

namespace moonwright::runtime {
namespace {

/// The longest item but for strings: `%.99f` of the largest number, with sign, point and zero.
constexpr std::size_t kItemMax = 110 + DBL_MAX_10_EXP;
/// What writing a number counts as.
constexpr std::size_t kStepsPerNumber = 8;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 32 || c == 127;
}

/// One conversion specification, such as `%-5.2f`, for snprintf().
class Specification {
 public:
  /// Reads from `at`, right behind the percent sign, which moves behind the conversion. `at` is
  /// part of a string that ends with a zero byte.
  Specification(lua_State* L, const char*& at) : L_(L) {
    const std::size_t size = std::strspn(at, "-+#0 123456789.") + 1;
    if (size >= kSizeMax) luaL_error(L, "invalid format (too long)");
    text_[0] = '%';
    std::memcpy(text_ + 1, at, size);
    text_[1 + size] = '\0';
    conversion_ = text_ + size;
    at += size;
  }

  [[nodiscard]] char conversion() const noexcept { return *conversion_; }
  [[nodiscard]] bool is_plain() const noexcept { return conversion_ == text_ + 1; }
  [[nodiscard]] bool has_precision() const noexcept { return std::strchr(text_, '.') != nullptr; }
  [[nodiscard]] const char* text() const noexcept { return text_; }

  /// Raises: "invalid conversion specification", unless there are only `flags`, a width of two
  /// digits, and a precision of two digits where that means something.
  void check(const char* flags, bool precision) const {
    const char* at = text_ + 1;
    at += std::strspn(at, flags);
    if (*at != '0') {
      at = skip_two_digits(at);
      if (*at == '.' && precision) at = skip_two_digits(at + 1);
    }
    if (!is_letter(*at)) luaL_error(L_, "invalid conversion specification: '%s'", text_);
  }

  /// For integers as long as Lua's.
  void widen() noexcept {
    conversion_[2] = *conversion_;
    conversion_[0] = conversion_[1] = 'l';
    conversion_[3] = '\0';
  }

 private:
  static constexpr std::size_t kSizeMax = 22;

  static const char* skip_two_digits(const char* at) noexcept {
    if (is_digit(*at)) ++at;
    if (is_digit(*at)) ++at;
    return at;
  }

  lua_State* const L_;
  char* conversion_;
  char text_[kSizeMax + 4];
};

constexpr const char kFloatFlags[] = "-+#0 ";
constexpr const char kHexFlags[] = "-#0";
constexpr const char kIntegerFlags[] = "-+0 ";
constexpr const char kUnsignedFlags[] = "-0";
constexpr const char kTextFlags[] = "-";

template <typename Value>
void append_item(StringBuffer& out, const char* specification, Value value) {
  char* const room = out.room(kItemMax);
  const int size = std::snprintf(room, kItemMax, specification, value);
  out.added(static_cast<std::size_t>(size));
}

void append_float(StringBuffer& out, const char* specification, lua_Number value) {
  char* const room = out.room(kItemMax);
  const int size = std::snprintf(room, kItemMax, specification, value);
  const char point =
      *std::localeconv()->decimal_point;  // NOLINT(concurrency-mt-unsafe): as snprintf
  if (point != '.') {
    void* const found = std::memchr(room, point, static_cast<std::size_t>(size));
    if (found != nullptr) *static_cast<char*>(found) = '.';
  }
  out.added(static_cast<std::size_t>(size));
}

/// As a literal that Lua reads back, which a line break does not interrupt.
void append_quoted(StringBuffer& out, std::string_view text) {
  out.append("\"");
  std::size_t kept = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_escaped = c == '"' || c == '\\' || c == '\n';
    if (!is_escaped && !is_control(c)) continue;
    out.append(text.substr(kept, i - kept));
    kept = i + 1;
    const bool before_digit = i + 1 < text.size() && is_digit(text[i + 1]);
    if (is_escaped) {
      out.append("\\");
      out.append(text.substr(i, 1));
    } else {
      append_item(out, before_digit ? "\\%03d" : "\\%d", static_cast<int>(c));
    }
  }
  out.append(text.substr(kept));
  out.append("\"");
}

/// A float as a literal that Lua reads back as the same.
void append_float_literal(StringBuffer& out, lua_Number value) {
  if (std::isnan(value)) return out.append("(0/0)");
  if (std::isinf(value)) return out.append(value > 0 ? "1e9999" : "-1e9999");
  append_float(out, "%a", value);
}

void append_literal(lua_State* L, StringBuffer& out, int argument) {
  switch (lua_type(L, argument)) {
    case LUA_TSTRING: return append_quoted(out, string_at(L, argument));
    case LUA_TNUMBER:
      if (lua_isinteger(L, argument) == 0) {
        return append_float_literal(out, lua_tonumber(L, argument));
      }
      if (lua_tointeger(L, argument) == LUA_MININTEGER) return out.append("0x8000000000000000");
      return out.append_integer(lua_tointeger(L, argument));
    case LUA_TNIL:
    case LUA_TBOOLEAN: {
      out.append(push_text(L, argument));
      lua_pop(L, 1);
      return;
    }
    default: luaL_argerror(L, argument, "value has no literal form");
  }
}

/// A text with a width or a precision.
void append_text(lua_State* L, StringBuffer& out, Toll& toll, const Specification& specification,
                 int argument) {
  constexpr std::size_t kLong = 100;  // no width reaches so far
  const std::string_view text = push_text(L, argument);
  toll.pay_bytes(text.size());
  luaL_argcheck(L, std::memchr(text.data(), '\0', text.size()) == nullptr, argument,
                "string contains zeros");
  specification.check(kTextFlags, true);
  if (!specification.has_precision() && text.size() >= kLong) {
    out.append(text);
  } else {
    append_item(out, specification.text(), text.data());
  }
  lua_pop(L, 1);
}

void append_pointer(lua_State* L, StringBuffer& out, const Specification& specification,
                    int argument) {
  if (State::of(L).sandbox() != Sandbox::none) {
    luaL_error(L, "'%%p' is not supported at this level: scripts see no addresses");
  }
  specification.check(kTextFlags, false);
  const void* const address = lua_topointer(L, argument);
  if (address != nullptr) return append_item(out, specification.text(), address);
  char text[32];
  std::strcpy(text, specification.text());
  text[std::strlen(text) - 1] = 's';
  append_item(out, text, "(null)");
}

void append_integer(lua_State* L, StringBuffer& out, Specification& specification,
                    const char* flags, int argument) {
  const lua_Integer value = luaL_checkinteger(L, argument);
  if (specification.is_plain() && flags == kIntegerFlags) return out.append_integer(value);
  specification.check(flags, true);
  specification.widen();
  append_item(out, specification.text(), value);
}

/// Reads the specification at `at` and appends what it makes of the argument.
void append_argument(lua_State* L, StringBuffer& out, Toll& toll, const char*& at, int argument) {
  toll.pay(kStepsPerNumber);
  if (*at == 's') {
    // The usual way.
    ++at;
    out.append(push_text(L, argument));
    return lua_pop(L, 1);
  }
  Specification specification(L, at);
  switch (specification.conversion()) {
    case 'c': {
      specification.check(kTextFlags, false);
      const auto byte = static_cast<int>(luaL_checkinteger(L, argument));
      return append_item(out, specification.text(), byte);
    }
    case 'd':
    case 'i': return append_integer(L, out, specification, kIntegerFlags, argument);
    case 'u': return append_integer(L, out, specification, kUnsignedFlags, argument);
    case 'o':
    case 'x':
    case 'X': return append_integer(L, out, specification, kHexFlags, argument);
    case 'a':
    case 'A':
      specification.check(kFloatFlags, true);
      return append_float(out, specification.text(), luaL_checknumber(L, argument));
    case 'f':
    case 'e':
    case 'E':
    case 'g':
    case 'G': {
      const lua_Number value = luaL_checknumber(L, argument);
      specification.check(kFloatFlags, true);
      return append_float(out, specification.text(), value);
    }
    case 'p': return append_pointer(L, out, specification, argument);
    case 'q':
      if (!specification.is_plain()) luaL_error(L, "specifier '%%q' cannot have modifiers");
      return append_literal(L, out, argument);
    case 's': return append_text(L, out, toll, specification, argument);
    default: luaL_error(L, "invalid conversion '%s' to 'format'", specification.text());
  }
}

}  // namespace

int format(lua_State* L) {
  const int arguments = lua_gettop(L);
  const std::string_view text = check_string(L, 1);
  Toll toll(L);
  StringBuffer out(L, toll);
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int argument = 1;;) {
    const auto left = static_cast<std::size_t>(end - at);
    const auto* percent = static_cast<const char*>(std::memchr(at, '%', left));
    if (percent == nullptr) {
      out.append({at, left});
      break;
    }
    out.append({at, static_cast<std::size_t>(percent - at)});
    at = percent + 1;
    if (*at == '%') {
      out.append("%");
      ++at;
      continue;
    }
    if (++argument > arguments) return luaL_argerror(L, argument, "no value");
    append_argument(L, out, toll, at, argument);
  }
  out.push_string();
  toll.settle();
  return 1;
}

}  // namespace moonwright::runtime
