// tree_gatherer.hpp: who runs under whom, put together from what is known and what supervisors say.
#pragma once

#include <functional>

#include "actors/address.hpp"
#include "moonwright/result.hpp"
#include "moonwright/tree.hpp"

namespace moonwright::actors {

class Core;

/// Looks up which actors there are; asks those among them that are supervisors what they keep, and
/// the others what they wait for if that is wanted, all at once; and calls `done` with the whole
/// when the last one has answered, or when the time is over.
/// Thread: any. `done` is called once: on this thread, on that of a supervisor, or on the timer
/// service's. Errors: dead, invalid_argument (`top`).
void gather_tree(Core& core, const TreeOptions& options,
                 std::function<void(Result<TreeNode>)> done);

}  // namespace moonwright::actors
