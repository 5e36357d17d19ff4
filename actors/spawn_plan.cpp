// spawn_plan.cpp: see spawn_plan.hpp.
#include "actors/spawn_plan.hpp"

#include <utility>

namespace moonwright::actors {

std::shared_ptr<const SpawnPlan> share_plan(SpawnPlan plan) {
  plan.name = {};
  ScriptSource& source = *plan.source;
  std::shared_ptr<const SpawnPlan> shared = source.last_plan();
  if (shared != nullptr && *shared == plan) return shared;
  shared = std::make_shared<const SpawnPlan>(std::move(plan));
  source.keep_plan(shared);
  return shared;
}

}  // namespace moonwright::actors
