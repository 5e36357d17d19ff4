// supervised_health.hpp: from the figures of an actor to what its health is judged by.
#pragma once

#include "lifecycle/health.hpp"
#include "moonwright/stats.hpp"

namespace moonwright::actors {

[[nodiscard]] inline lifecycle::HealthInput health_input(const ActorStats& stats) noexcept {
  lifecycle::HealthInput input;
  input.memory_used = stats.memory.used_bytes;
  input.memory_limit = stats.memory.limit_bytes;
  input.uses = stats.life.uses;
  input.errors = stats.life.errors;
  input.age = stats.life.age;
  input.average_run = stats.life.average_run_time;
  input.mailbox_age = stats.mailbox_age;
  input.limit_hits = stats.life.limit_hits;
  input.emergency_collections = stats.memory.emergency_collections;
  return input;
}

}  // namespace moonwright::actors
