// pool_plan.hpp: a pool, checked and resolved before it is started.
#pragma once

#include <cstdint>
#include <memory>

#include "actors/child_plan.hpp"
#include "moonwright/pool.hpp"

namespace moonwright::actors {

class Core;
class ScriptActor;

struct PoolPlan {
  PoolOptions options;  ///< `spawn`, `preload` and `warm_up` are in `worker`
  ChildPlan worker;     ///< what each state is made from
  std::uint32_t max = 0;
  std::shared_ptr<Subtree> family;  ///< in which the states have their places; null: in none
};

/// Errors: see Runtime::make_pool(); the message begins with the phase, "options", "libraries",
/// "preload", "script" or "warm_up".
[[nodiscard]] Result<PoolPlan> plan_pool(Core& core, PoolOptions options);
/// The same for a script: checked against what the creator has. On the creator's thread.
[[nodiscard]] Result<PoolPlan> plan_pool(Core& core, PoolOptions options,
                                         runtime::SpawnRequest& request, ScriptActor& creator);

}  // namespace moonwright::actors
