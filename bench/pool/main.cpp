// main.cpp: measures what a pool adds to a script, and how soon it follows its load.
//
// pool [--count N] [--runs N] [--execute] [--follow] [--warm-up]: all sections, or those named.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <future>
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
constexpr int kMost = 100'000'000;

double microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

Runtime start() {
  RuntimeOptions options;
  options.workers = 2;
  options.log.target = LogOptions::Target::none;
  return value_of(Runtime::start(std::move(options)));
}

void wait_until_ready(const Pool& pool) {
  const auto until = Clock::now() + kPatience;
  for (;;) {
    const PoolMetrics now = value_of(pool.metrics().get());
    if (now.available == now.size && now.size == now.target) return;
    if (Clock::now() > until) give_up("the states do not become ready");
  }
}

Pool make_pool(Runtime& runtime, std::uint32_t states) {
  PoolOptions options;
  options.size.min = states;
  options.size.max = states;
  options.queue.max = 1'000'000;
  options.queue.timeout = std::chrono::hours(1);
  options.spawn.mailbox = MailboxLimits{.messages_max = 2'000'000, .bytes_max = 1u << 30};
  options.aging.generation_size = 0;
  const Pool pool = value_of(runtime.make_pool(options));
  wait_until_ready(pool);
  return pool;
}

/// Hands in `count` scripts without waiting, then waits for all.
void execute_all(const Pool& pool, const Script& script, int count) {
  std::vector<std::future<ExecutionResult>> results;
  results.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    PoolExecuteOptions one;
    one.capture = false;
    results.push_back(pool.execute(script, std::move(one)));
  }
  for (auto& result : results) {
    if (const auto got = result.get(); !got.success) give_up(got.error->message);
  }
}

/// Microseconds on the wall for each of a burst of scripts, all of which find a state ready: it is
/// taken, runs `return 1`, and is let go of. The states that replace them are made afterwards.
Figures run_bursts(int bursts) {
  constexpr int kBurst = 64;
  Runtime runtime = start();
  const Pool pool = make_pool(runtime, 2 * kBurst);
  const Script script = Script::text("return 1", "bench");
  std::vector<double> times;
  for (int i = 0; i < bursts; ++i) {
    const auto began = Clock::now();
    execute_all(pool, script, kBurst);
    times.push_back(microseconds(Clock::now() - began) / kBurst);
    wait_until_ready(pool);
  }
  return {{"spare_at_hand_us", quantile(times, 0.5)},
          {"spare_at_hand_us_best", quantile(times, 0)}};
}

/// The same for many more scripts than states: each state is replaced on the way.
Figures run_steady(int count) {
  Runtime runtime = start();
  const Pool pool = make_pool(runtime, 16);
  const Script script = Script::text("return 1", "bench");
  const double cpu = cpu_seconds();
  const auto began = Clock::now();
  execute_all(pool, script, count);
  const double wall = microseconds(Clock::now() - began) / count;
  return {{"steady_us", wall}, {"steady_cpu_us", (cpu_seconds() - cpu) * 1e6 / count}};
}

/// The same script on behalf of one owner: states are cleaned and used again.
Figures run_reuse(int count) {
  Runtime runtime = start();
  const Pool pool = make_pool(runtime, 1);
  const Script script = Script::text("return 1", "bench");
  const double cpu = cpu_seconds();
  for (int i = 0; i < count; ++i) {
    PoolExecuteOptions one;
    one.capture = false;
    one.owner = "bench";
    if (const auto got = pool.execute(script, std::move(one)).get(); !got.success) {
      give_up(got.error->message);
    }
  }
  return {{"reused_cpu_us", (cpu_seconds() - cpu) * 1e6 / count}};
}

/// From execute() to the result, one at a time, states at hand: two threads wake one another.
Figures run_one_by_one(int count) {
  Runtime runtime = start();
  PoolOptions options;
  options.size.min = 8;
  options.aging.generation_size = 0;
  const Pool pool = value_of(runtime.make_pool(options));
  const Script script = Script::text("return 1", "bench");
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    PoolExecuteOptions one;
    one.capture = false;
    const auto began = Clock::now();
    if (const auto got = pool.execute(script, std::move(one)).get(); !got.success) {
      give_up(got.error->message);
    }
    times.push_back(microseconds(Clock::now() - began));
  }
  return {{"one_by_one_us", quantile(times, 0.5)}, {"one_by_one_us_p99", quantile(times, 0.99)}};
}

Figures run_execute(int count) {
  Figures figures = run_one_by_one(10'000);
  for (const Figures& more : {run_bursts(3'000), run_steady(count), run_reuse(2'000)}) {
    figures.insert(figures.end(), more.begin(), more.end());
  }
  return figures;
}

/// Milliseconds from the moment at which the load steps from 2 to 64 at a time until 64 states are
/// in use.
Figures run_follow(int runs) {
  std::vector<double> times;
  for (int run = 0; run < runs; ++run) {
    Runtime runtime = start();
    PoolOptions options;
    options.spawn.script = Script::text(
        "local actor = require 'actor' return { work = function() actor.sleep(0.01) end }", "work");
    options.size.min = 2;
    options.size.max = 64;
    const Pool pool = value_of(runtime.make_pool(options));
    std::atomic<bool> goes_on{true};
    std::atomic<int> busy{0};
    // Each client asks again as soon as it is answered.
    std::function<void()> ask = [&] {
      runtime.call(pool.ref(), "work", {}, kPatience, [&](const Result<Values>& answer) {
        if (!answer) give_up(answer.error().message);
        if (goes_on) return ask();
        --busy;
      });
    };
    const auto add = [&](int clients) {
      busy += clients;
      for (int i = 0; i < clients; ++i) ask();
    };
    add(2);
    std::this_thread::sleep_for(milliseconds(200));
    const auto began = Clock::now();
    add(62);
    for (;;) {
      const PoolMetrics now = value_of(pool.metrics().get());
      if (now.in_use >= 62 && now.size == 64) break;
      if (Clock::now() - began > kPatience) give_up("the pool does not follow");
    }
    times.push_back(microseconds(Clock::now() - began) / 1e3);
    goes_on = false;
    while (busy > 0) std::this_thread::sleep_for(milliseconds(1));
  }
  return {{"follows_2_to_64_ms", quantile(times, 0.5)},
          {"follows_2_to_64_ms_worst", quantile(times, 1)}};
}

/// What it is worth to run a warm-up more than once: microseconds for the first request of a state.
Figures run_warm_up(int runs) {
  constexpr const char* kScript = R"(
    local function words(n)
      local t = {}
      for i = 1, n do t[#t + 1] = ("word" .. i):upper() end
      return table.concat(t, " ")
    end
    function work() return #words(200):gsub("WORD", "w") end
    return { work = work }
  )";
  Figures figures;
  for (const std::uint32_t repeat : {0u, 1u, 10u}) {
    std::vector<double> times;
    for (int run = 0; run < runs; ++run) {
      Runtime runtime = start();
      PoolOptions options;
      options.spawn.script = Script::text(kScript, "work");
      options.size.min = 1;
      if (repeat > 0) {
        options.warm_up.script = Script::text("work()", "warm_up");
        options.warm_up.repeat = repeat;
      }
      const Pool pool = value_of(runtime.make_pool(options));
      const auto began = Clock::now();
      static_cast<void>(value_of(runtime.call(pool.ref(), "work", {}, kPatience).get()));
      times.push_back(microseconds(Clock::now() - began));
    }
    figures.push_back({"first_request_us_warmed_" + std::to_string(repeat), quantile(times, 0.5)});
  }
  return figures;
}

int main(int argc, char** argv) {
  int count = 200'000;
  int runs = 11;
  bool execute = false;
  bool follow = false;
  bool warm_up = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const auto read = [&](int& number) {
      return ++i < argc && parse_count(argv[i], number, kMost);
    };
    const bool known = name == "--execute"   ? (execute = true)
                       : name == "--follow"  ? (follow = true)
                       : name == "--warm-up" ? (warm_up = true)
                       : name == "--count"   ? read(count)
                       : name == "--runs"    ? read(runs)
                                             : false;
    if (known) continue;
    std::fprintf(stderr, "pool [--count N] [--runs N] [--execute] [--follow] [--warm-up]\n");
    return 2;
  }
  const bool all = !execute && !follow && !warm_up;
  if (all || execute) print(run_execute(count));
  if (all || follow) print(run_follow(runs));
  if (all || warm_up) print(run_warm_up(10 * runs));
  std::fflush(stdout);
  return 0;
}

}  // namespace
}  // namespace moonwright::bench

int main(int argc, char** argv) { return moonwright::bench::main(argc, argv); }
