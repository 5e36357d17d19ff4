// decimal.cpp: see decimal.hpp.
#include "runtime/api/decimal.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>

namespace moonwright {
namespace {

constexpr std::uint64_t kTooMany = std::numeric_limits<std::uint64_t>::max();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<std::uint64_t> Decimal::times(std::uint64_t unit, std::uint64_t max) const noexcept {
  const auto part = static_cast<std::uint64_t>(std::llround(fraction * static_cast<double>(unit)));
  if (whole > max / unit || whole * unit > max - part) return std::nullopt;
  return whole * unit + part;
}

std::optional<Decimal> read_decimal(std::string_view text) noexcept {
  std::size_t at = 0;
  std::uint64_t whole = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    const auto digit = static_cast<std::uint64_t>(text[at] - '0');
    whole = whole > (kTooMany - digit) / 10 ? kTooMany : whole * 10 + digit;
  }
  if (at == 0) return std::nullopt;

  double fraction = 0;
  if (at < text.size() && text[at] == '.') {
    const std::size_t first = ++at;
    for (double place = 0.1; at < text.size() && is_digit(text[at]); ++at, place /= 10) {
      fraction += place * (text[at] - '0');
    }
    if (at == first) return std::nullopt;
  }
  return Decimal{whole, fraction, text.substr(at)};
}

std::string format_fixed(double value, int places) {
  // The largest number has 309 digits.
  std::array<char, 330> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, places);
  return {text.data(), end.ptr};
}

}  // namespace moonwright
