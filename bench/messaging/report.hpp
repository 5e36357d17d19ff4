// report.hpp: many runs, a number for each key, and how they are printed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "messaging/figures.hpp"

namespace moonwright::bench {

/// Which of several runs counts.
enum class Pick { median, best };

/// The figures of all runs of one runtime.
class Samples {
 public:
  void add(const Figures& figures);
  [[nodiscard]] bool has(const Metric& metric) const;
  /// Requires: has(metric).
  [[nodiscard]] double pick(const Metric& metric, Pick which) const;

 private:
  std::map<std::string, std::vector<double>, std::less<>> values_;
};

/// A line a key. With `peer`, also the peer's number and how many times better ours is.
void print_table(const Samples& ours, const Samples* peer, Pick which);

/// One JSON object with a plain number per key; the peer's keys begin with "erlang_".
void print_json(const Samples& ours, const Samples* peer, Pick which);

}  // namespace moonwright::bench
