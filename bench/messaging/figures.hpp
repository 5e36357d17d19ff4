// figures.hpp: what a measurement yields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace moonwright::bench {

/// A number and the key that it has in the JSON output.
struct Figure {
  std::string key;
  double value = 0;
};
using Figures = std::vector<Figure>;

/// A key, and how to read its numbers.
struct Metric {
  std::string_view key;
  std::string_view unit;
  bool more_is_better = true;
};
inline constexpr Metric kMetrics[] = {
    {"call", "calls/s"},
    {"call_parallel", "calls/s"},
    {"fan_in_table", "messages/s"},
    {"fan_in_int", "messages/s"},
    {"ring", "hops/s"},
    {"payload", "calls/s"},
    {"spawn", "actors/s"},
    {"bytes_per_actor", "B", false},
};

}  // namespace moonwright::bench
