// comparison.hpp: the programs in bench/state/programs, run in several ways.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "state/results.hpp"
#include "support/figures.hpp"

namespace moonwright::bench {

/// A way to run a program: in a process of its own, which answers the processor time that the
/// program took as the figure `cpu_ms`.
struct Way {
  std::string name;
  std::function<Result<Figures>(const std::string& program, const Effort& effort)> run;
};

/// Several ways against one of them.
///
/// In each run every program is run in every way, one right after the other, the first one being
/// another each time. What counts is the ratio within a run: a slow minute of the machine hits both
/// sides of it. On a machine with much else to do, the ratio of the fastest runs is worth a look.
struct Comparison {
  std::string title;
  Way base;
  std::vector<Way> ways;

  /// Adds, in milliseconds, `program.base_ms` and `program.way_ms`; for each way the ratios
  /// `program.way` of each run, `program.way_best` of the fastest ones, and the same under the name
  /// `geometric_mean`.
  void measure(const Effort& effort, Results& results) const;
  void print(const Results& results) const;
};

/// Ours against the same release of Lua with malloc, as upstream builds it.
[[nodiscard]] Comparison against_plain_lua();
/// What a count hook costs, by the number of instructions between two calls of it.
[[nodiscard]] Comparison with_count_hooks();
/// What a sandbox costs.
[[nodiscard]] Comparison between_levels();
/// Other collectors than the one that actors have if nothing is said.
[[nodiscard]] Comparison between_collectors();

}  // namespace moonwright::bench
