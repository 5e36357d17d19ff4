// durations.hpp: times as people read and write them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "moonwright/export.hpp"
#include "moonwright/result.hpp"

namespace moonwright {

/// `250 ns`, `1.5 us`, `200 ms`, `30 s`, `5 min`, `1.5 h`: two decimals at most. Minutes and hours
/// only where these say it exactly. Negative ones have a `-`; kNoTimeLimit is `no limit`.
[[nodiscard]] MOONWRIGHT_API std::string format_duration(std::chrono::nanoseconds duration);

/// Reads a time: a decimal number, optionally a fraction, and a unit out of ns, us, ms, s, m, min
/// and h (a blank before it is allowed). What is below a nanosecond is rounded. What
/// format_duration() prints can be typed back, unless it is negative or no limit.
/// Errors: invalid_argument for anything else, a number without a unit included, for negative
/// numbers and for more than 292 years.
[[nodiscard]] MOONWRIGHT_API Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

}  // namespace moonwright
