// report.cpp: see report.hpp.
#include "messaging/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace moonwright::bench {
namespace {

/// 1234567.8 as "1,234,568".
std::string grouped(double value) {
  std::string digits = std::to_string(std::llround(value));
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

}  // namespace

void Samples::add(const Figures& figures) {
  for (const Figure& figure : figures) values_[figure.key].push_back(figure.value);
}

bool Samples::has(const Metric& metric) const { return values_.contains(metric.key); }

double Samples::pick(const Metric& metric, Pick which) const {
  std::vector<double> sorted = values_.find(metric.key)->second;
  std::sort(sorted.begin(), sorted.end());
  if (which == Pick::best) return metric.more_is_better ? sorted.back() : sorted.front();
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 != 0 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

void print_table(const Samples& ours, const Samples* peer, Pick which) {
  std::printf("%-16s %12s", "workload", which == Pick::best ? "best" : "median");
  std::puts(peer != nullptr ? "                  Erlang  ratio" : "");
  for (const Metric& metric : kMetrics) {
    if (!ours.has(metric)) continue;
    const double value = ours.pick(metric, which);
    std::printf("%-16s %12s %s", std::string(metric.key).c_str(), grouped(value).c_str(),
                std::string(metric.unit).c_str());
    if (peer != nullptr && peer->has(metric)) {
      const double other = peer->pick(metric, which);
      const int padding = 10 - static_cast<int>(metric.unit.size());
      std::printf("%*s %12s %5.2fx", padding, "", grouped(other).c_str(),
                  metric.more_is_better ? value / other : other / value);
    }
    std::puts("");
  }
}

void print_json(const Samples& ours, const Samples* peer, Pick which) {
  const char* separator = "{";
  const auto print = [&](const char* prefix, const Samples& samples) {
    for (const Metric& metric : kMetrics) {
      if (!samples.has(metric)) continue;
      std::printf("%s\"%s%s\": %.1f", separator, prefix, std::string(metric.key).c_str(),
                  samples.pick(metric, which));
      separator = ", ";
    }
  };
  print("", ours);
  if (peer != nullptr) print("erlang_", *peer);
  std::puts(*separator == '{' ? "{}" : "}");
}

}  // namespace moonwright::bench
