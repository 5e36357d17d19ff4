// main.cpp: measures how long it takes to give many actors new source while they serve, and what
// that costs those who ask them.
//
// reload [--actors N] [--runs N] [--open N]: so many actors, reloads, and requests open at a time.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <moonwright/moonwright.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/cpu_time.hpp"
#include "support/figures.hpp"
#include "support/give_up.hpp"
#include "support/options.hpp"
#include "support/samples.hpp"

namespace moonwright::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kPatience{60};
constexpr int kMost = 1'000'000;

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

/// A service with some data, which counts its requests and says which source it is.
Script source_of(std::int64_t version) {
  return Script::text("local version = " + std::to_string(version) + R"(
    count = 0
    accounts = {}
    for i = 1, 20 do accounts[i] = { name = "account " .. i, money = 100, tags = { "a", i } } end
    local function add(n)
      count = count + 1
      local account = accounts[n % #accounts + 1]
      account.money = account.money + n
      return n
    end
    return { add = add, look = function() return count, version end }
  )",
                      "service");
}

/// Actors, and requests to them that never pause: whenever one is answered, the next is sent.
class Load {
 public:
  Load(int actors, int open) : runtime_(value_of(Runtime::start(options()))) {
    actors_.reserve(static_cast<std::size_t>(actors));
    for (int i = 0; i < actors; ++i) {
      SpawnOptions spawn;
      spawn.script = source_of(1);
      actors_.push_back(value_of(runtime_.spawn(std::move(spawn))));
    }
    for (int i = 0; i < open; ++i) ask();
  }

  [[nodiscard]] std::uint64_t answered() const noexcept { return answered_; }

  /// Answers per second over some time in which nothing else happens.
  double calm_rate(milliseconds time) const {
    const std::uint64_t before = answered_;
    const auto began = Clock::now();
    std::this_thread::sleep_for(time);
    return static_cast<double>(answered_ - before) / seconds_since(began);
  }

  struct Reloaded {
    double seconds = 0;
    double cpu_seconds = 0;
    double rate = 0;  ///< answers per second meanwhile
  };
  Reloaded reload(std::int64_t version) {
    const std::uint64_t before = answered_;
    const double cpu = cpu_seconds();
    const auto began = Clock::now();
    const ReloadReport report = value_of(runtime_.reload(source_of(version)).get());
    Reloaded reloaded{seconds_since(began), cpu_seconds() - cpu, 0};
    reloaded.rate = static_cast<double>(answered_ - before) / reloaded.seconds;
    if (report.reloaded != actors_.size()) {
      give_up(std::to_string(actors_.size() - report.reloaded) + " actors were not reloaded" +
              (report.kept.empty() ? "" : ": " + report.kept.front().error.message));
    }
    return reloaded;
  }

  /// Ends the load. Ends the program unless every request was answered, was handled once, and every
  /// actor runs `version`.
  void finish(std::int64_t version) {
    goes_on_ = false;
    while (answered_ != sent_) std::this_thread::sleep_for(milliseconds(1));
    std::uint64_t handled = 0;
    for (const ActorRef& actor : actors_) {
      const Values found = value_of(runtime_.call(actor, "look", {}, kPatience).get());
      handled += static_cast<std::uint64_t>(found.at(0).as_integer());
      if (found.at(1).as_integer() != version) give_up("an actor runs old source");
    }
    if (handled != answered_) {
      give_up(std::to_string(answered_) + " requests were answered, and " +
              std::to_string(handled) + " handled");
    }
  }

 private:
  static RuntimeOptions options() {
    RuntimeOptions options;
    options.workers = 2;
    options.log.target = LogOptions::Target::none;
    return options;
  }

  void ask() {
    const std::uint64_t number = sent_++;
    // A prime apart, so that those who come one after the other are not made one after the other.
    const ActorRef& to = actors_[number * 7'919 % actors_.size()];
    const auto sent = static_cast<std::int64_t>(number);
    runtime_.call(to, "add", {sent}, kPatience, [this, sent](const Result<Values>& answer) {
      if (!answer) give_up("a request has failed: " + answer.error().message);
      if (*answer != Values{sent}) give_up("a request has another one's answer");
      ++answered_;
      if (goes_on_) ask();
    });
  }

  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<bool> goes_on_{true};
  std::vector<ActorRef> actors_;
  Runtime runtime_;
};

Figures run(int actors, int runs, int open) {
  Load load(actors, open);
  // Everybody has begun, and the load is what it will be.
  while (load.answered() < 5 * static_cast<std::uint64_t>(actors)) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  std::vector<double> times;
  std::vector<double> cpu_times;
  std::vector<double> calm;
  std::vector<double> busy;
  for (int i = 0; i < runs; ++i) {
    calm.push_back(load.calm_rate(milliseconds(500)));
    const Load::Reloaded reloaded = load.reload(i + 2);
    times.push_back(reloaded.seconds * 1e3);
    cpu_times.push_back(reloaded.cpu_seconds * 1e3);
    busy.push_back(reloaded.rate);
  }
  load.finish(runs + 1);
  return {{"reload_ms", quantile(times, 0.5)},
          {"reload_ms_best", quantile(times, 0)},
          {"reload_ms_worst", quantile(times, 1)},
          {"reload_cpu_ms", quantile(cpu_times, 0.5)},
          {"answered_per_s_calm", quantile(calm, 0.5)},
          {"answered_per_s_meanwhile", quantile(busy, 0.5)},
          {"answered", static_cast<double>(load.answered())}};
}

int main(int argc, char** argv) {
  int actors = 10'000;
  int runs = 11;
  int open = 10'000;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const auto read = [&](int& number) {
      return ++i < argc && parse_count(argv[i], number, kMost);
    };
    const bool known = name == "--actors" ? read(actors)
                       : name == "--runs" ? read(runs)
                       : name == "--open" ? read(open)
                                          : false;
    if (known) continue;
    std::fprintf(stderr, "reload [--actors N] [--runs N] [--open N]\n");
    return 2;
  }
  print(run(actors, runs, open));
  std::fflush(stdout);
  return 0;
}

}  // namespace
}  // namespace moonwright::bench

int main(int argc, char** argv) { return moonwright::bench::main(argc, argv); }
