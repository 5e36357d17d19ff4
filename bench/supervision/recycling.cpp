// recycling.cpp: see recycling.hpp.
#include "recycling.hpp"

#include <atomic>
#include <cstdint>
#include <moonwright/moonwright.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/give_up.hpp"

namespace moonwright::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kOpen = 10'000;

constexpr const char* kWorker = R"(
  local actor = require "actor"
  return {
    quick = function(n) return n end,
    slow = function(n) actor.sleep(0.001) return n end,
  }
)";

/// Actors under a supervisor, and requests to them that are counted.
class Group {
 public:
  explicit Group(int count) : runtime_(value_of(Runtime::start(options()))) {
    SupervisorSpec spec;
    const ActorRef supervisor = value_of(runtime_.supervise(spec));
    for (int i = 0; i < count; ++i) {
      ChildSpec child;
      child.id = std::to_string(i);
      child.spawn.script = Script::text(kWorker, "worker");
      child.health.recycle = false;  // only on request
      workers_.push_back(value_of(runtime_.start_child(supervisor, std::move(child)).get()));
    }
  }

  /// Answers per second, while all are recycled in turn if that is wanted.
  double run(std::chrono::nanoseconds time, bool recycle) {
    const std::uint64_t before = answered_.load();
    const auto began = Clock::now();
    std::size_t next = 0;
    std::size_t victim = 0;
    while (Clock::now() - began < time) {
      while (asked_ - answered_.load() < kOpen) {
        next = (next + 7) % workers_.size();
        ask(workers_[next], asked_ % 10 == 0 ? "slow" : "quick");
      }
      for (int i = 0; recycle && i < 20; ++i) {
        victim = (victim + 1) % workers_.size();
        if (!runtime_.recycle(workers_[victim])) give_up("a worker is gone");
      }
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    const double rate = static_cast<double>(answered_.load() - before) / seconds;
    while (answered_.load() < asked_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return rate;
  }

  std::uint64_t recycled() {
    std::uint64_t sum = 0;
    for (const ActorRef& each : workers_) sum += value_of(runtime_.stats(each)).recycles;
    return sum;
  }

 private:
  static RuntimeOptions options() {
    RuntimeOptions options;
    options.log.target = LogOptions::Target::none;
    return options;
  }

  void ask(const ActorRef& to, const char* what) {
    const auto number = static_cast<std::int64_t>(asked_++);
    const auto done = [this, number](const Result<Values>& answer) {
      if (!answer) give_up("a request has failed: " + answer.error().message);
      if (*answer != Values{number}) give_up("a request has another one's answer");
      answered_.fetch_add(1);
    };
    runtime_.call(to, what, {number}, std::chrono::seconds(30), done);
  }

  std::uint64_t asked_ = 0;
  std::atomic<std::uint64_t> answered_{0};
  std::vector<ActorRef> workers_;
  Runtime runtime_;
};

}  // namespace

Figures run_recycling(int count, std::chrono::seconds time) {
  Group group(count);
  const auto part = std::chrono::nanoseconds(time) / 10;
  double calm = 0;
  double busy = 0;
  for (int i = 0; i < 5; ++i) {
    calm += group.run(part, false) / 5;
    busy += group.run(part, true) / 5;
  }
  const double seconds = std::chrono::duration<double>(5 * part).count();
  return {{"recycled_per_s", static_cast<double>(group.recycled()) / seconds},
          {"answered_per_s", busy},
          {"answered_against_calm", busy / calm}};
}

}  // namespace moonwright::bench
