// results.hpp: what a section of the benchmark is told, and what it finds.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "moonwright/result.hpp"
#include "support/samples.hpp"

namespace moonwright::bench {

/// How much work a run is.
struct Effort {
  int runs = 7;        ///< of everything, in turn
  bool quick = false;  ///< a tenth of the work: to see that it works, not what it costs
};

/// Figures, and the names of what failed: a measurement that cannot be made does not keep the
/// others from being made.
struct Results {
  Samples samples;
  std::vector<std::string> failures;

  void add_failure(const std::string& what, const Error& error) {
    failures.push_back(what + ": " + error.message);
  }
};

}  // namespace moonwright::bench
