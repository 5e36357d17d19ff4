// report.cpp: see report.hpp.
#include "messaging/report.hpp"

#include <cmath>
#include <cstdio>
#include <string>

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

double pick(const Samples& samples, const Metric& metric, Pick which) {
  const double best = metric.more_is_better ? 1 : 0;
  return quantile(samples.of(metric.key), which == Pick::best ? best : 0.5);
}

}  // namespace

void print_table(const Samples& ours, const Samples* peer, Pick which) {
  std::printf("%-16s %12s", "workload", which == Pick::best ? "best" : "median");
  std::puts(peer != nullptr ? "                  Erlang  ratio" : "");
  for (const Metric& metric : kMetrics) {
    if (!ours.has(metric.key)) continue;
    const double value = pick(ours, metric, which);
    std::printf("%-16s %12s %s", std::string(metric.key).c_str(), grouped(value).c_str(),
                std::string(metric.unit).c_str());
    if (peer != nullptr && peer->has(metric.key)) {
      const double other = pick(*peer, metric, which);
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
      if (!samples.has(metric.key)) continue;
      std::printf("%s\"%s%s\": %.1f", separator, prefix, std::string(metric.key).c_str(),
                  pick(samples, metric, which));
      separator = ", ";
    }
  };
  print("", ours);
  if (peer != nullptr) print("erlang_", *peer);
  std::puts(*separator == '{' ? "{}" : "}");
}

}  // namespace moonwright::bench
