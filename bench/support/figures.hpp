// figures.hpp: what a measurement yields.
#pragma once

#include <string>
#include <vector>

namespace moonwright::bench {

/// A number and the key that it has in the JSON output.
struct Figure {
  std::string key;
  double value = 0;
};
using Figures = std::vector<Figure>;

/// A line each on standard output: the key and the number.
void print(const Figures& figures);

}  // namespace moonwright::bench
