// comparison.cpp: the runs of a comparison, and the table that it prints.
#include "state/comparison.hpp"

#include <algorithm>
#include <array>
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

double geometric_mean(const std::vector<double>& ratios) {
  double sum = 0;
  for (const double ratio : ratios) sum += std::log(ratio);
  return std::exp(sum / static_cast<double>(ratios.size()));
}

std::string time_key(const std::string& program, const Way& way) {
  return program + "." + way.name + "_ms";
}

/// The time of a program on its fastest run.
double best_time(const Samples& samples, const std::string& program, const Way& way) {
  return quantile(samples.of(time_key(program, way)), 0);
}

/// Adds the mean over the programs, if there is something to say about each of them: the mean of
/// some would look like that of all.
void add_mean(const std::string& key, const std::vector<double>& ratios, std::size_t programs,
              Samples& samples) {
  if (ratios.size() == programs) samples.add({{key, geometric_mean(ratios)}});
}

/// Median, range, and the ratio of the fastest runs, of which there is no range.
void print_cell(const Samples& samples, const std::string& key) {
  std::array<char, 64> text{"-"};
  if (samples.has(key) && samples.has(key + "_best")) {
    const std::vector<double>& values = samples.of(key);
    std::snprintf(text.data(), text.size(), "%.2f (%.2f-%.2f) %.2f", quantile(values, 0.5),
                  quantile(values, 0), quantile(values, 1), samples.of(key + "_best").front());
  }
  std::printf("  %-24s", text.data());
}

/// Runs everything once, beginning with the way number `first`; what fails joins `failed`.
void measure_once(const Comparison& comparison, const Effort& effort, std::size_t first,
                  std::set<std::string>& failed, Results& results) {
  const auto& [title, base, ways] = comparison;
  std::map<std::string, std::vector<double>> ratios;
  for (const std::string& program : programs()) {
    std::map<std::string, double> times;
    // The base is the way number 0.
    for (std::size_t i = 0; i <= ways.size(); ++i) {
      const std::size_t number = (first + i) % (ways.size() + 1);
      const Way& way = number == 0 ? base : ways[number - 1];
      const std::string key = program + "." + way.name;
      if (failed.contains(key)) continue;
      const Result<Figures> figures = way.run(program, effort);
      if (figures && figures->size() == 1) {
        times[way.name] = figures->front().value;
        results.samples.add({{time_key(program, way), figures->front().value}});
      } else {
        failed.insert(key);
        results.add_failure(key, figures ? Error{ErrorCode::io, "no figure", {}} : figures.error());
      }
    }
    for (const Way& way : ways) {
      if (!times.contains(base.name) || !times.contains(way.name)) continue;
      ratios[way.name].push_back(times[way.name] / times[base.name]);
      results.samples.add({{program + "." + way.name, ratios[way.name].back()}});
    }
  }
  for (const auto& [way, all] : ratios) {
    add_mean(std::string(kMean) + "." + way, all, programs().size(), results.samples);
  }
}

}  // namespace

void Comparison::measure(const Effort& effort, Results& results) const {
  std::set<std::string> failed;  // not tried again: each may have taken all its patience
  for (int run = 0; run < effort.runs; ++run) {
    measure_once(*this, effort, static_cast<std::size_t>(run), failed, results);
  }
  for (const Way& way : ways) {
    std::vector<double> ratios;
    for (const std::string& program : programs()) {
      const std::string key = program + "." + way.name;
      if (!results.samples.has(key)) continue;
      ratios.push_back(best_time(results.samples, program, way) /
                       best_time(results.samples, program, base));
      results.samples.add({{key + "_best", ratios.back()}});
    }
    add_mean(std::string(kMean) + "." + way.name + "_best", ratios, programs().size(),
             results.samples);
  }
}

void Comparison::print(const Results& results) const {
  std::printf("%s\n%-16s  %9s", title.c_str(), "", (base.name + " ms").c_str());
  for (const Way& way : ways) std::printf("  %-24s", way.name.c_str());
  std::puts("");
  std::vector<std::string> rows = programs();
  rows.emplace_back(kMean);
  for (const std::string& row : rows) {
    const std::string base_key = time_key(row, base);
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
