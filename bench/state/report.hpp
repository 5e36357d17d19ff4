// report.hpp: how results are printed.
#pragma once

#include <string_view>

#include "state/results.hpp"

namespace moonwright::bench {

/// A line for each key that begins with `prefix`: median, lowest and highest of the runs.
void print_figures(const Results& results, std::string_view prefix);

/// One JSON object: a key's median, lowest and highest, and how many runs there were; under
/// "failed" what could not be measured, and why.
void print_json(const Results& results);

}  // namespace moonwright::bench
