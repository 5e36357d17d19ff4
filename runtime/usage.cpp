// usage.cpp: see usage.hpp. The one place that knows where the figures are kept.
#include "runtime/usage.hpp"

#include "runtime/actor_script.hpp"

namespace moonwright::runtime {

ActorStats stats_of(const ActorScript& script) noexcept {
  ActorStats stats;
  stats.memory.limit_bytes = script.limits().memory_bytes_max;
  stats.life.errors = script.errors();
  stats.life.limit_hits = script.limit_hits();
  const State* state = script.try_state();
  if (state == nullptr) return stats;
  const MemoryFigures figures = state->memory();
  stats.memory.used_bytes = figures.used;
  stats.memory.peak_bytes = figures.peak;
  stats.memory.violations = figures.violations;
  stats.memory.emergency_collections = figures.emergency_collections;
  stats.memory.forced_collections = figures.forced_collections;
  stats.memory.freed_bytes = figures.forced_freed;
  stats.memory.average_freed_bytes =
      average_freed(figures.forced_freed, figures.forced_collections);
  const Meter& meter = state->meter();
  stats.instructions = meter.instructions();
  stats.instructions_exact = meter.exact();
  stats.cpu_time = meter.cpu_time();
  stats.warnings = script.warnings_given();
  return stats;
}

Glance glance_at(const ActorScript& script) noexcept {
  State& state = *script.try_state();
  const Allocator& allocator = state.allocator();
  const Meter& meter = state.meter();
  const std::uint64_t rest =
      allocator.events() + script.warnings_given() + script.errors() + script.limit_hits();
  return {allocator.used(), allocator.peak(), meter.instructions(), meter.cpu_time(),
          rest * 2 + (meter.exact() ? 1 : 0)};
}

CollectionResult collect(ActorScript& script) noexcept {
  State* state = script.try_state();
  if (state == nullptr) return {};
  const Collection collection = state->collect();
  return {collection.before, collection.after};
}

void collect_silently(ActorScript& script) noexcept {
  if (State* state = script.try_state()) state->collect_silently();
}

}  // namespace moonwright::runtime
