// durations.cpp: times as people read and write them.
#include "moonwright/durations.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "moonwright/limits.hpp"
#include "runtime/api/decimal.hpp"

namespace moonwright {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};

constexpr std::uint64_t kSecond = 1'000'000'000;

// Those that are printed, in ascending order; `m` is only read.
constexpr std::array<Unit, 7> kUnits = {{{"ns", 1},
                                         {"us", 1'000},
                                         {"ms", 1'000'000},
                                         {"s", kSecond},
                                         {"min", 60 * kSecond},
                                         {"h", 3'600 * kSecond},
                                         {"m", 60 * kSecond}}};
constexpr std::size_t kSeconds = 3;
constexpr std::size_t kPrinted = 6;

// kNoTimeLimit is the largest count; no text means it.
constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max() - 1;

// 0 if there is no such unit.
std::uint64_t parse_unit(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit.nanoseconds;
  }
  return 0;
}

tl::unexpected<Error> bad_time(std::string_view text, std::string_view why) {
  return fail(ErrorCode::invalid_argument, "\"" + std::string(text.substr(0, 40)) + "\" " +
                                               std::string(why) +
                                               ": write a number and a unit, such as 200ms");
}

// The largest unit that is not larger than the time itself; of minutes and hours only one in which
// two decimals tell the whole of it.
std::size_t unit_for(std::uint64_t count) {
  for (std::size_t i = kPrinted - 1; i > kSeconds; --i) {
    if (count >= kUnits[i].nanoseconds && count % (kUnits[i].nanoseconds / 100) == 0) return i;
  }
  std::size_t index = 0;
  while (index < kSeconds && count >= kUnits[index + 1].nanoseconds) ++index;
  return index;
}

}  // namespace

std::string format_duration(std::chrono::nanoseconds duration) {
  if (duration == kNoTimeLimit) return "no limit";
  const bool negative = duration.count() < 0;
  const auto bits = static_cast<std::uint64_t>(duration.count());
  const std::uint64_t count = negative ? ~bits + 1 : bits;
  std::size_t index = unit_for(count);
  // By integers, not printf: the decimal point must not depend on the host's locale.
  std::uint64_t unit = kUnits[index].nanoseconds;
  std::uint64_t whole = count / unit;
  std::uint64_t hundredths = (count % unit * 100 + unit / 2) / unit;
  if (hundredths == 100) {
    ++whole;
    hundredths = 0;
  }
  if (whole == 1'000 && index < kSeconds) {
    whole = 1;
    ++index;
  }
  std::string text = negative ? "-" : "";
  text += std::to_string(whole);
  if (hundredths != 0) {
    text += '.';
    text += static_cast<char>('0' + hundredths / 10);
    if (hundredths % 10 != 0) text += static_cast<char>('0' + hundredths % 10);
  }
  text += ' ';
  text += kUnits[index].name;
  return text;
}

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const auto number = read_decimal(text);
  if (!number) return bad_time(text, "is no time");
  const std::uint64_t unit = parse_unit(number->rest.substr(number->rest.starts_with(' ') ? 1 : 0));
  if (unit == 0) return bad_time(text, "is no time");
  const auto count = number->times(unit, kMax);
  if (!count) return bad_time(text, "is too long");
  return std::chrono::nanoseconds(*count);
}

}  // namespace moonwright
