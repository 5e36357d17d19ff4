// decimal.hpp: numbers with a unit, as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace moonwright {

/// A number such as 8 or 1.5. What is before the point stays exact, however large it is.
struct Decimal {
  std::uint64_t whole;
  double fraction;
  std::string_view rest;  ///< what follows the number

  /// In units of one, if it is that many of `unit`; nothing if that is more than `max`.
  [[nodiscard]] std::optional<std::uint64_t> times(std::uint64_t unit,
                                                   std::uint64_t max) const noexcept;
};

/// The number that `text` begins with; nothing if it does not begin with one. A whole part that 64
/// bits do not hold is the largest that they do.
[[nodiscard]] std::optional<Decimal> read_decimal(std::string_view text) noexcept;

/// `value` with so many places behind the point, at most 9; a point whatever the locale.
[[nodiscard]] std::string format_fixed(double value, int places);

}  // namespace moonwright
