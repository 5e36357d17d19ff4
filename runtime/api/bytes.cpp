// bytes.cpp: sizes as people read and write them.
#include "moonwright/bytes.hpp"

#include <cmath>
#include <cstddef>
#include <limits>

namespace moonwright {

namespace {

constexpr std::uint64_t kStep = 1024;
constexpr std::string_view kUnits = "BKMGT";
constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// The power of kStep that `unit` stands for; -1 if it is none.
int parse_unit(std::string_view unit) {
  if (unit.empty()) return 0;
  const std::size_t power = kUnits.find(upper(unit.front()));
  if (power == std::string_view::npos) return -1;
  unit.remove_prefix(1);
  if (unit.empty()) return static_cast<int>(power);
  // "KB" and "KiB", but neither "BB" nor "BiB".
  if (power == 0 || upper(unit.back()) != 'B') return -1;
  unit.remove_suffix(1);
  return unit.empty() || unit == "i" || unit == "I" ? static_cast<int>(power) : -1;
}

tl::unexpected<Error> bad_size(std::string_view text, std::string_view why) {
  return fail(ErrorCode::invalid_argument, "\"" + std::string(text.substr(0, 40)) + "\" " +
                                               std::string(why) +
                                               ": write a number and a unit, such as 512KiB");
}

}  // namespace

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < kStep) return std::to_string(bytes) + " B";
  std::size_t power = 1;
  std::uint64_t unit = kStep;
  while (bytes / unit >= kStep && power + 1 < kUnits.size()) {
    unit *= kStep;
    ++power;
  }
  // By integers, not printf: the decimal point must not depend on the host's locale.
  std::uint64_t whole = bytes / unit;
  std::uint64_t hundredths = (bytes % unit * 100 + unit / 2) / unit;
  if (hundredths == 100) {
    ++whole;
    hundredths = 0;
  }
  if (whole == kStep && power + 1 < kUnits.size()) {
    whole = 1;
    ++power;
  }
  std::string text = std::to_string(whole) + '.';
  text += static_cast<char>('0' + hundredths / 10);
  text += static_cast<char>('0' + hundredths % 10);
  text += ' ';
  text += kUnits[power];
  return text + "iB";
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  std::size_t at = 0;
  std::uint64_t whole = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    if (whole > kMax / 10) return bad_size(text, "is too large");
    whole = whole * 10 + static_cast<std::uint64_t>(text[at] - '0');
  }
  if (at == 0) return bad_size(text, "is no size");

  double fraction = 0;
  if (at < text.size() && text[at] == '.') {
    const std::size_t first = ++at;
    for (double place = 0.1; at < text.size() && is_digit(text[at]); ++at, place /= 10) {
      fraction += place * (text[at] - '0');
    }
    if (at == first) return bad_size(text, "is no size");
  }

  if (at < text.size() && text[at] == ' ') ++at;
  const bool unit_expected = at > 0 && text[at - 1] == ' ';
  const int power = parse_unit(text.substr(at));
  if (power < 0 || (unit_expected && at == text.size())) return bad_size(text, "is no size");

  const std::uint64_t unit = std::uint64_t{1} << (10 * power);
  const auto rest = static_cast<std::uint64_t>(std::llround(fraction * static_cast<double>(unit)));
  if (whole > kMax / unit || whole * unit > kMax - rest) return bad_size(text, "is too large");
  return whole * unit + rest;
}

}  // namespace moonwright
