// main.cpp: measures what it costs to look: at the process, at memory, at time.
//
// Each figure is a ratio: processor time with somebody who looks to that without, medians of many
// short runs that take turns, so that whatever else the machine does falls on both.
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/comparison.hpp"
#include "support/options.hpp"
#include "support/samples.hpp"
#include "support/stage.hpp"

namespace moonwright::bench {
namespace {

constexpr std::array<std::string_view, 4> kKinds{"calls", "tables", "strings", "coroutines"};

struct Options {
  int runs = 41;   ///< of each, with and without
  int units = 10;  ///< of 10 ms, in each run
  bool json = false;
};

/// Executions of 10 ms, a unit each: the shortest for which there is a promise.
double tracking(Stage& stage, std::string_view kind, const Options& options) {
  const auto execute = [&](bool tracks) {
    for (int i = 0; i < options.units; ++i) {
      ExecuteOptions execution;
      execution.args = {kind, 1};
      execution.limits = Limits{};
      execution.track_process_memory = tracks;
      static_cast<void>(
          stage.runtime().execute(Script::file("work.lua"), std::move(execution)).get());
    }
  };
  const auto tracked = [&] { execute(true); };
  const auto plain = [&] { execute(false); };
  return compare(options.runs, tracked, plain).ratio();
}

double memory(Stage& stage, std::string_view kind, const Options& options) {
  const ActorRef actor = stage.spawn("work.lua");
  const auto run = [&] { stage.call(actor, "run", {kind, options.units}); };
  const auto profiled = [&] {
    MemoryProfiler profiler;  // 10 ms: 100 Hz
    static_cast<void>(stage.runtime().profile_memory(profiler, actor));
    run();
    profiler.stop();
  };
  return compare(options.runs, profiled, run).ratio();
}

double time(Stage& stage, std::string_view kind, const Options& options) {
  const ActorRef actor = stage.spawn("work.lua");
  const auto run = [&] { stage.call(actor, "run", {kind, options.units}); };
  const auto profiled = [&] {
    CpuProfiler profiler;
    stage.runtime().profile_cpu(profiler);
    run();
    profiler.stop();
  };
  return compare(options.runs, profiled, run).ratio();
}

struct Section {
  const char* name;
  const char* text;
  double (*measure)(Stage&, std::string_view, const Options&);
  double bound;
};

constexpr std::array kSections{
    Section{"tracking", "process memory before and after executions of 10 ms", tracking, 1.02},
    Section{"memory", "a memory profiler at 100 Hz", memory, 1.01},
    Section{"cpu", "a profiler of processor time at 1 kHz", time, 1.03},
};

int run(const Options& options) {
  RuntimeOptions runtime_options;
  runtime_options.default_call_timeout = Stage::kTimeout;
  Stage stage("figures/scripts", std::move(runtime_options));
  const char* separator = "{";
  for (const Section& section : kSections) {
    if (!options.json) std::printf("%s; at most %.2f\n", section.text, section.bound);
    std::vector<double> ratios;
    for (const std::string_view kind : kKinds) {
      ratios.push_back(section.measure(stage, kind, options));
      const std::string name(kind);
      if (options.json) {
        std::printf("%s\"%s.%s\": %.4f", separator, section.name, name.c_str(), ratios.back());
        separator = ", ";
      } else {
        std::printf("  %-12s %.3f\n", name.c_str(), ratios.back());
      }
      std::fflush(stdout);
    }
    const double median = quantile(ratios, 0.5);
    if (options.json) {
      std::printf(", \"%s.median\": %.4f", section.name, median);
    } else {
      std::printf("  %-12s %.3f\n", "median", median);
    }
  }
  if (options.json) std::puts("}");
  return 0;
}

int usage(std::FILE* out) {
  std::fputs(
      "usage: figures [--json] [--quick] [--runs N]\n"
      "  --json    print one JSON object\n"
      "  --quick   few short runs: to see that it works, not what it costs\n"
      "  --runs N  runs of each, with and without, in turn (41)\n",
      out);
  return out == stdout ? 0 : 2;
}

}  // namespace
}  // namespace moonwright::bench

int main(int argc, char** argv) {
  namespace bench = moonwright::bench;
  bench::Options options;
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--json") {
      options.json = true;
    } else if (arguments[i] == "--quick") {
      options.runs = 3;
      options.units = 2;
    } else if (arguments[i] == "--runs" && i + 1 < arguments.size()) {
      if (!bench::parse_count(arguments[++i], options.runs)) return bench::usage(stderr);
    } else {
      return bench::usage(arguments[i] == "--help" || arguments[i] == "-h" ? stdout : stderr);
    }
  }
  return bench::run(options);
}
