// report.hpp: many runs, a number for each key, and how they are printed.
#pragma once

#include <string_view>

#include "support/samples.hpp"

namespace moonwright::bench {

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

/// Which of several runs counts.
enum class Pick { median, best };

/// A line a key. With `peer`, also the peer's number and how many times better ours is.
void print_table(const Samples& ours, const Samples* peer, Pick which);

/// One JSON object with a plain number per key; the peer's keys begin with "erlang_".
void print_json(const Samples& ours, const Samples* peer, Pick which);

}  // namespace moonwright::bench
