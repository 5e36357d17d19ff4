// execution.hpp: one script, run once by an actor of its own, and its figures afterwards.
#pragma once

#include <functional>

#include "moonwright/execution.hpp"

namespace moonwright::actors {

class Core;

/// Runs `script` and calls `done` exactly once, on the callback thread, however it goes.
/// Thread: any.
void execute(Core& core, Script script, ExecuteOptions options,
             std::function<void(ExecutionResult)> done);

}  // namespace moonwright::actors
