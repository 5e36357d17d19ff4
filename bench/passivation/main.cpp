// main.cpp: measures what an actor without a state holds, and what it costs to give it one again.
//
// passivation [--actors N] [--runs N]: so many actors, and measurements.
#include <malloc.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <future>
#include <moonwright/moonwright.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/cpu_time.hpp"
#include "support/figures.hpp"
#include "support/give_up.hpp"
#include "support/memory.hpp"
#include "support/options.hpp"
#include "support/process.hpp"
#include "support/samples.hpp"

namespace moonwright::bench {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr int kMost = 10'000'000;
/// Requests that are open at a time: enough to keep the workers busy.
constexpr std::size_t kOpen = 1'000;

constexpr const char* kCounter = R"(
  total = total or 0
  return { add = function(n) total = total + n return total end }
)";

/// Many actors, all passive or all not.
class Crowd {
 public:
  explicit Crowd(int actors) : runtime_(value_of(Runtime::start(options()))) {
    SpawnOptions spawn;
    spawn.script = Script::text(kCounter, "counter");
    for (int i = 0; i < actors; ++i) {
      actors_.push_back(value_of(runtime_.spawn(spawn)));
      // As they come, so that never many of them have a state.
      if (actors_.size() % kOpen == 0) passivate(actors_.size() - kOpen, actors_.size());
    }
    passivate(actors_.size() - actors_.size() % kOpen, actors_.size());
  }

  /// All of them; answers what is kept of them.
  std::uint64_t passivate() {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < actors_.size(); i += kOpen) {
      bytes += passivate(i, std::min(i + kOpen, actors_.size()));
    }
    return bytes;
  }

  /// Asks each once; answers the processor time of all, in seconds.
  double ask_all(std::int64_t expected) {
    const double before = cpu_seconds();
    std::vector<std::future<Result<Values>>> open;
    for (std::size_t i = 0; i < actors_.size(); i += kOpen) {
      for (std::size_t k = i; k < std::min(i + kOpen, actors_.size()); ++k) {
        open.push_back(runtime_.call(actors_[k], "add", {1}, kPatience));
      }
      for (auto& each : open) {
        if (value_of(each.get()) != Values{expected}) give_up("an actor has lost its data");
      }
      open.clear();
    }
    return cpu_seconds() - before;
  }

 private:
  static RuntimeOptions options() {
    RuntimeOptions options;
    options.workers = 2;
    options.log.target = LogOptions::Target::none;
    return options;
  }

  std::uint64_t passivate(std::size_t begin, std::size_t end) {
    std::vector<std::future<Result<std::uint64_t>>> open;
    for (std::size_t i = begin; i < end; ++i) open.push_back(runtime_.passivate(actors_[i]));
    std::uint64_t bytes = 0;
    for (auto& each : open) bytes += value_of(each.get());
    return bytes;
  }

  std::vector<ActorRef> actors_;
  Runtime runtime_;
};

Figures measure_memory(int actors) {
  const Crowd warm_up(static_cast<int>(kOpen));
  malloc_trim(0);
  const double before = resident_bytes();
  Crowd crowd(actors);
  const auto kept = static_cast<double>(crowd.passivate());  // they are passive already
  malloc_trim(0);
  return {{"resident_bytes_per_actor", (resident_bytes() - before) / actors},
          {"data_bytes_per_actor", kept / actors}};
}

Figures measure_wakes(int actors) {
  Crowd crowd(actors);
  std::int64_t asked = 0;
  static_cast<void>(crowd.ask_all(++asked));
  crowd.passivate();
  const double passive = crowd.ask_all(++asked);
  const double active = crowd.ask_all(++asked);
  return {{"wake_us", (passive - active) / actors * 1e6}, {"call_us", active / actors * 1e6}};
}

int run(int actors, int runs) {
  Samples samples;
  for (int i = 0; i < runs; ++i) {
    samples.add(value_of(run_isolated([actors] { return measure_memory(actors); })));
    samples.add(value_of(run_isolated([actors] { return measure_wakes(actors / 10 + 1); })));
  }
  for (const std::string& key : samples.keys()) {
    const std::vector<double>& values = samples.of(key);
    std::printf("%-26s %10.1f   (%.1f-%.1f in %d runs)\n", key.c_str(), quantile(values, 0.5),
                quantile(values, 0), quantile(values, 1), runs);
  }
  return 0;
}

}  // namespace
}  // namespace moonwright::bench

int main(int argc, char** argv) {
  using namespace moonwright::bench;
  int actors = 100'000;
  int runs = 5;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    const bool fine = name == "--actors" ? parse_count(value, actors, kMost)
                      : name == "--runs" ? parse_count(value, runs)
                                         : false;
    if (!fine) {
      std::fprintf(stderr, "usage: passivation [--actors N] [--runs N]\n");
      return 2;
    }
  }
  return run(actors, runs);
}
