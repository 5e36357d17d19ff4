// samples.cpp: see samples.hpp.
#include "support/samples.hpp"

#include <algorithm>
#include <cstddef>

namespace moonwright::bench {

double quantile(std::vector<double> values, double fraction) {
  std::sort(values.begin(), values.end());
  const double place = fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (place - static_cast<double>(below));
}

void Samples::add(const Figures& figures) {
  for (const Figure& figure : figures) {
    const auto [entry, is_new] = values_.try_emplace(figure.key);
    if (is_new) keys_.push_back(figure.key);
    entry->second.push_back(figure.value);
  }
}

}  // namespace moonwright::bench
