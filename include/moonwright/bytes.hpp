// bytes.hpp: sizes as people read and write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "moonwright/export.hpp"
#include "moonwright/result.hpp"

namespace moonwright {

/// `512 B`, `1.50 KiB`, `2.00 MiB`, `1.00 GiB`: two decimals, steps of 1,024; TiB is the last unit.
[[nodiscard]] MOONWRIGHT_API std::string format_bytes(std::uint64_t bytes);

/// Reads a size: a decimal number, optionally a fraction, optionally a unit out of B, K, KB, KiB,
/// M, MB, MiB, G, GB, GiB, T, TB, TiB (any case, a blank before it is allowed). All steps are of
/// 1,024, so that what format_bytes() prints can be typed back.
/// Errors: invalid_argument for anything else, for negative numbers and for more than 2^63 - 1.
[[nodiscard]] MOONWRIGHT_API Result<std::uint64_t> parse_bytes(std::string_view text);

}  // namespace moonwright
