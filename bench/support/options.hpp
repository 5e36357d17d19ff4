// options.hpp: what the command lines of the benchmarks have in common.
#pragma once

#include <charconv>
#include <string_view>
#include <system_error>

namespace moonwright::bench {

/// Reads a number, of runs mostly, 1..`most`. Answers false, and leaves `count` alone, for anything
/// else.
[[nodiscard]] inline bool parse_count(std::string_view text, int& count, int most = 1000) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto [last, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || last != end || number < 1 || number > most) return false;
  count = number;
  return true;
}

}  // namespace moonwright::bench
