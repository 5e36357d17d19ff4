// main.cpp: measures what limits and preemption cost, and how well they hold.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "state/comparison.hpp"
#include "state/report.hpp"
#include "state/workloads.hpp"
#include "support/options.hpp"
#include "support/process.hpp"

namespace moonwright::bench {
namespace {

/// A part of the benchmark that can be run alone.
struct Section {
  std::string name;
  std::string text;
  std::function<void(const Effort&, Results&)> measure;
  std::function<void(const Results&)> print;
};

Section section_of(std::string name, std::string text, const Comparison& comparison) {
  return {
      std::move(name), std::move(text),
      [comparison](const Effort& effort, Results& results) { comparison.measure(effort, results); },
      [comparison](const Results& results) { comparison.print(results); }};
}

Section section_of(const Workload& workload) {
  const std::string name(workload.name);
  const auto measure = [workload, name](const Effort& effort, Results& results) {
    for (int run = 0; run < effort.runs; ++run) {
      const auto figures = run_isolated([&] { return workload.run(effort); }, workload.patience);
      if (!figures) return results.add_failure(name, figures.error());
      results.samples.add(*figures);
    }
  };
  const auto print = [name](const Results& results) { print_figures(results, name + "."); };
  return {name, std::string(workload.text), measure, print};
}

std::vector<Section> sections() {
  std::vector<Section> all{
      section_of("programs", "programs under limits, against plain Lua", against_plain_lua()),
      section_of("hooks", "the same programs with a count hook, against none", with_count_hooks()),
      section_of("levels", "the same programs at each sandbox level", between_levels()),
      section_of("collectors", "the same programs under other collectors", between_collectors())};
  for (const Workload& workload : workloads()) all.push_back(section_of(workload));
  return all;
}

struct Options {
  Effort effort;
  bool json = false;
  std::set<std::string, std::less<>> names;  ///< of sections; all if there is none
};

int usage(std::FILE* out) {
  std::fputs(
      "usage: state [OPTION...] [SECTION...]\n"
      "  --json    print one JSON object instead of tables\n"
      "  --quick   a tenth of the work, twice: to see that it works, not what it costs\n"
      "  --runs N  run everything N times, in turn (7)\n"
      "sections, all if none is given:\n",
      out);
  for (const Section& section : sections()) {
    std::fprintf(out, "  %-10s %s\n", section.name.c_str(), section.text.c_str());
  }
  return out == stdout ? 0 : 2;
}

std::optional<Options> parse(const std::vector<std::string_view>& arguments,
                             const std::vector<Section>& all) {
  Options options;
  std::optional<int> runs;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    const auto is_named = [&](const Section& section) { return section.name == argument; };
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--quick") {
      options.effort.quick = true;
    } else if (argument == "--runs" && i + 1 < arguments.size()) {
      if (!parse_count(arguments[++i], runs.emplace())) return std::nullopt;
    } else if (std::any_of(all.begin(), all.end(), is_named)) {
      options.names.emplace(argument);
    } else {
      return std::nullopt;
    }
  }
  if (options.effort.quick) options.effort.runs = 2;
  if (runs) options.effort.runs = *runs;
  return options;
}

int run(const Options& options, const std::vector<Section>& all) {
  Results results;
  for (const Section& section : all) {
    if (!options.names.empty() && !options.names.contains(section.name)) continue;
    section.measure(options.effort, results);
    if (!options.json) section.print(results);
    std::fflush(stdout);
  }
  if (options.json) print_json(results);
  for (const std::string& failure : results.failures) {
    std::fprintf(stderr, "state: failed: %s\n", failure.c_str());
  }
  return results.failures.empty() ? 0 : 1;
}

}  // namespace
}  // namespace moonwright::bench

int main(int argc, char** argv) {
  namespace bench = moonwright::bench;
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && (arguments[0] == "--help" || arguments[0] == "-h")) {
    return bench::usage(stdout);
  }
  const std::vector<bench::Section> all = bench::sections();
  const auto options = bench::parse(arguments, all);
  return options ? bench::run(*options, all) : bench::usage(stderr);
}
