// pools.cpp: pools that grow and shrink, with errors in them, and scripts of strangers.
#include <array>
#include <string>
#include <utility>

#include "stage.hpp"

namespace moonwright::soak {
namespace {

using std::chrono::milliseconds;

class Pools final : public Work {
 public:
  explicit Pools(Stage& stage) : stage_(stage) {
    constexpr Route kRoutes[] = {Route::least_loaded, Route::round_robin, Route::hash,
                                 Route::broadcast};
    for (const Route route : kRoutes) make(route);
  }

  void step(Random& random) override {
    // A time of plenty and one of nothing, so that they grow and shrink.
    const bool busy = ++steps_ / 50 % 2 == 0;
    for (const Pool& pool : pools_) {
      for (std::size_t i = 0; i < (busy ? 12 : 0); ++i) ask(random, pool);
      for (std::size_t i = 0; i < (busy ? 3 : 0); ++i) execute(random, pool);
      if (random() % 100 == 0 && pool.advance()) stage_.ledger.count("generations of pools");
    }
    if (steps_ % 25 == 0) look();
  }

  void end() override {
    look();
    for (const Pool& pool : pools_) static_cast<void>(pool.stop(std::chrono::seconds(2)));
  }

 private:
  static constexpr std::uint32_t kMost = 8;

  void make(Route route) {
    PoolOptions options;
    options.spawn.script = stage_.script("worker.lua");
    options.spawn.args = {"stays"};
    options.spawn.limits = Limits{.memory_bytes_max = 2u << 20, .instructions_max = 1'000'000};
    options.warm_up.script = Script::text("local t = {} for i = 1, 100 do t[i] = i end", "warm up");
    options.size = {
        .min = 2, .max = kMost, .patience = milliseconds(2), .check_every = milliseconds(20)};
    options.route = route;
    options.aging = {.generation_size = 200, .generations = 1, .stale = milliseconds(200)};
    options.queue = {.max = 40, .timeout = milliseconds(300)};
    options.intensity.restarts = Intensity::kUnlimited;
    auto pool = stage_.runtime.make_pool(std::move(options));
    if (pool) {
      pools_.push_back(std::move(*pool));
      stage_.ledger.count("pools");
    } else {
      // Others may have all of the memory at the moment.
      stage_.ledger.count("pools that could not be made");
    }
  }

  void ask(Random& random, const Pool& pool) {
    const CallOptions patient{.timeout = kPatience, .token = {}};
    const auto number = static_cast<std::int64_t>(random() % 100);
    Runtime& runtime = stage_.runtime;
    switch (random() % 60) {
      case 0: return stage_.ledger.ask(runtime, pool.ref(), "fail", {}, patient);
      case 1: return stage_.ledger.ask(runtime, pool.ref(), "leave", {}, patient);
      case 2: return stage_.ledger.ask(runtime, pool.ref(), "spin", {}, patient);
      case 3: return stage_.ledger.ask(runtime, pool.ref(), "grow", {}, patient);
      case 4: return stage_.ledger.ask(runtime, pool.ref(), "slow", {number % 10}, patient);
      case 5:
        return stage_.ledger.ask(runtime, pool.ref(), "hang", {},
                                 {.timeout = milliseconds(10), .token = {}});
      case 6: static_cast<void>(runtime.send(pool.ref(), "keep", {10})); return;
      default: return stage_.ledger.ask_echo(runtime, pool.ref(), {number, "pool"}, patient);
    }
  }

  void execute(Random& random, const Pool& pool) {
    constexpr const char* kSources[] = {"return 6 * 7",
                                        "x = 1 return x",
                                        "error 'as asked'",
                                        "while true do end",
                                        "string.rep = nil return 1",
                                        "require('actor').sleep(0.002)"};
    PoolExecuteOptions options;
    const std::size_t which = pick(random, std::size(kSources));
    if (random() % 2 == 0) options.owner = "owner " + std::to_string(random() % 3);
    if (random() % 16 == 0) options.token.emplace().cancel();
    stage_.ledger.count("executions in pools");
    pool.execute(Script::text(kSources[which], "stranger " + std::to_string(which)),
                 std::move(options), stage_.ledger.open_execution());
  }

  void look() {
    for (const Pool& pool : pools_) {
      const auto metrics = pool.metrics(kPatience).get();
      if (!metrics) continue;
      if (metrics->size > kMost) {
        stage_.ledger.complain("a pool has " + std::to_string(metrics->size) + " states");
      }
      if (metrics->size > 2) stage_.ledger.count("pools found grown");
      if (metrics->size <= 2) stage_.ledger.count("pools found small");
    }
  }

  Stage& stage_;
  std::vector<Pool> pools_;
  std::size_t steps_ = 0;
};

}  // namespace

std::unique_ptr<Work> make_pools(Stage& stage) { return std::make_unique<Pools>(stage); }

}  // namespace moonwright::soak
