// bytes.cpp: sizes as people read and write them.
#include "moonwright/bytes.hpp"

#include <cstddef>
#include <limits>

#include "runtime/api/decimal.hpp"

namespace moonwright {

namespace {

constexpr std::uint64_t kStep = 1024;
constexpr std::string_view kUnits = "BKMGT";
constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();

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
  const auto number = read_decimal(text);
  if (!number) return bad_size(text, "is no size");
  const bool spaced = number->rest.starts_with(' ');
  const std::string_view unit = number->rest.substr(spaced ? 1 : 0);
  const int power = parse_unit(unit);
  if (power < 0 || (spaced && unit.empty())) return bad_size(text, "is no size");
  const auto bytes = number->times(std::uint64_t{1} << (10 * power), kMax);
  if (!bytes) return bad_size(text, "is too large");
  return *bytes;
}

}  // namespace moonwright
