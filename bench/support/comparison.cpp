// comparison.cpp: see comparison.hpp.
#include "support/comparison.hpp"

#include <vector>

#include "support/cpu_time.hpp"
#include "support/samples.hpp"

namespace moonwright::bench {
namespace {

double time_of(const std::function<void()>& work) {
  const double start = cpu_seconds();
  work();
  return cpu_seconds() - start;
}

}  // namespace

Comparison compare(int runs, const std::function<void()>& with,
                   const std::function<void()>& without) {
  std::vector<double> times_with;
  std::vector<double> times_without;
  with();
  without();
  for (int i = 0; i < runs; ++i) {
    // Neither is always the second.
    if (i % 2 == 0) times_without.push_back(time_of(without));
    times_with.push_back(time_of(with));
    if (i % 2 != 0) times_without.push_back(time_of(without));
  }
  return {quantile(times_with, 0.5), quantile(times_without, 0.5)};
}

}  // namespace moonwright::bench
