// comparison.cpp: the runs of a comparison, and the table that it prints.
#include "state/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace moonwright::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMean = "geometric_mean";

std::vector<std::string> programs() {
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(MOONWRIGHT_SOURCE_DIR "/bench/state/programs")) {
    names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The ratios of one run, by the name of the way, to be averaged over the programs.
using Ratios = std::map<std::string, std::vector<double>>;

double geometric_mean(const std::vector<double>& ratios) {
  double sum = 0;
  for (const double ratio : ratios) sum += std::log(ratio);
  return std::exp(sum / static_cast<double>(ratios.size()));
}

void print_cell(const Samples& samples, const std::string& key) {
  if (!samples.has(key)) {
    std::printf("  %-18s", "-");
    return;
  }
  const std::vector<double>& values = samples.of(key);
  std::printf("  %.2f (%.2f-%.2f)%*s", quantile(values, 0.5), quantile(values, 0),
              quantile(values, 1), 2, "");
}

}  // namespace

void Comparison::measure(const Effort& effort, Results& results) const {
  const std::vector<std::string> names = programs();
  std::set<std::string> failed;  // not tried again: each may have taken all its patience
  for (int run = 0; run < effort.runs; ++run) {
    Ratios ratios;
    for (const std::string& program : names) {
      std::map<std::string, double> times;
      // The base is the way number 0; who begins moves on by one each run.
      for (std::size_t i = 0; i <= ways.size(); ++i) {
        const std::size_t number = (i + static_cast<std::size_t>(run)) % (ways.size() + 1);
        const Way& way = number == 0 ? base : ways[number - 1];
        const std::string key = program + "." + way.name;
        if (failed.contains(key)) continue;
        const Result<Figures> figures = way.run(program, effort);
        if (figures && figures->size() == 1) {
          times[way.name] = figures->front().value;
        } else {
          failed.insert(key);
          results.add_failure(key,
                              figures ? Error{ErrorCode::io, "no figure", {}} : figures.error());
        }
      }
      if (!times.contains(base.name)) continue;
      results.samples.add({{program + "." + base.name + "_ms", times[base.name]}});
      for (const Way& way : ways) {
        if (!times.contains(way.name)) continue;
        const double ratio = times[way.name] / times[base.name];
        results.samples.add({{program + "." + way.name, ratio}});
        ratios[way.name].push_back(ratio);
      }
    }
    for (const auto& [way, all] : ratios) {
      if (all.size() != names.size()) continue;  // the mean of some would look like that of all
      results.samples.add({{std::string(kMean) + "." + way, geometric_mean(all)}});
    }
  }
}

void Comparison::print(const Results& results) const {
  std::printf("%s\n%-16s  %9s", title.c_str(), "", (base.name + " ms").c_str());
  for (const Way& way : ways) std::printf("  %-18s", way.name.c_str());
  std::puts("");
  std::vector<std::string> rows = programs();
  rows.emplace_back(kMean);
  for (const std::string& row : rows) {
    const std::string base_key = row + "." + base.name + "_ms";
    std::printf("%-16s", row.c_str());
    if (results.samples.has(base_key)) {
      std::printf("  %9.1f", quantile(results.samples.of(base_key), 0.5));
    } else {
      std::printf("  %9s", "");
    }
    for (const Way& way : ways) print_cell(results.samples, row + "." + way.name);
    std::puts("");
  }
  std::puts("");
}

}  // namespace moonwright::bench
