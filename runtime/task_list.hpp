// task_list.hpp: what the tasks of a script wait for, and where.
//
// Nothing is noted for this while a script runs, but when a wait began: what a task waits for is
// still on its stack, below the function that suspended it.
#pragma once

#include "moonwright/task_info.hpp"

namespace moonwright::runtime {

class ActorScript;

/// The tasks of `script` that have begun or been forked, but for the one that runs. Allocates no
/// memory of the state, runs none of its code, and raises nothing.
/// Thread: the script's.
[[nodiscard]] TaskList list_tasks(ActorScript& script);

}  // namespace moonwright::runtime
