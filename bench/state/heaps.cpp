// heaps.cpp: how large the heap of an actor gets that works on and keeps nothing, by its collector.
#include <string>
#include <utility>

#include "state/workloads.hpp"
#include "support/cpu_time.hpp"
#include "support/stage.hpp"

namespace moonwright::bench {
namespace {

struct Collector {
  const char* name;
  CollectorOptions options;
};

CollectorOptions with_pause(std::uint16_t percent) {
  CollectorOptions options;
  options.pause_percent = percent;
  return options;
}

CollectorOptions generational() {
  CollectorOptions options;
  options.mode = CollectorOptions::Mode::generational;
  return options;
}

}  // namespace

Figures heaps(const Effort& effort) {
  const int requests = effort.quick ? 20'000 : 300'000;
  const Collector collectors[] = {{"pause_200", with_pause(200)},
                                  {"pause_150", with_pause(150)},
                                  {"pause_120", with_pause(120)},
                                  {"generational", generational()}};
  Stage stage("state/scripts");
  const ActorRef echo = stage.spawn("echo.lua");
  Figures figures;
  for (const Collector& collector : collectors) {
    SpawnOptions options;
    options.limits = Limits{};
    options.limits->collector = collector.options;
    const ActorRef asker = stage.spawn("asker.lua", std::move(options));
    const double start = cpu_seconds();
    stage.call(asker, "ask", {echo, requests});
    const double cpu_us = (cpu_seconds() - start) * 1e6;
    const auto stats = stage.runtime().stats(asker);
    const double peak = stats ? static_cast<double>(stats->memory.peak_bytes) : 0;
    const std::string name = collector.name;
    figures.push_back({"heaps." + name + ".peak_kib", peak / 1024});
    figures.push_back({"heaps." + name + ".cpu_us_per_request", cpu_us / requests});
  }
  return figures;
}

}  // namespace moonwright::bench
