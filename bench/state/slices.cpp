// slices.cpp: what it costs to take an actor off its worker and to put it on again.
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "state/workloads.hpp"
#include "support/cpu_time.hpp"
#include "support/stage.hpp"

namespace moonwright::bench {
namespace {

constexpr std::uint32_t kInterval = 1'000;

/// The processor time of two loops of so many instructions each, on one worker.
double two_loops(std::chrono::microseconds slice, std::int64_t instructions) {
  RuntimeOptions options;
  options.workers = 1;
  options.slice = slice;
  options.preemption = Preemption::count_hook;
  options.default_limits.check_interval = kInterval;
  Stage stage("state/scripts", std::move(options));
  const std::vector<ActorRef> loops{stage.spawn("loop.lua"), stage.spawn("loop.lua")};
  for (const ActorRef& loop : loops) stage.call(loop, "ready");
  const double start = cpu_seconds();
  std::vector<Stage::Reply> replies;
  replies.reserve(loops.size());
  for (const ActorRef& loop : loops) {
    replies.push_back(stage.request(loop, "spin", {instructions}));
  }
  for (Stage::Reply& reply : replies) Stage::await(reply);
  return cpu_seconds() - start;
}

}  // namespace

Figures slices(const Effort& effort) {
  const std::int64_t instructions = effort.quick ? 3'000'000 : 100'000'000;
  const double long_slices = two_loops(std::chrono::milliseconds(100), instructions);
  const double shortest = two_loops(std::chrono::microseconds(0), instructions);
  const double count = 2 * static_cast<double>(instructions) / kInterval;
  return {{"slices.per_second", count / shortest},
          {"slices.cost_ns", (shortest - long_slices) / count * 1e9},
          {"slices.to_unsliced_ratio", shortest / long_slices}};
}

}  // namespace moonwright::bench
