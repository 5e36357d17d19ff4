// usage.hpp: what a script has used.
#pragma once

#include <chrono>

#include "moonwright/stats.hpp"

namespace moonwright::runtime {

class ActorScript;

/// What an actor had used when it ended.
struct Usage {
  ActorStats stats;
  std::chrono::nanoseconds duration{0};  ///< on the wall, from the start of its chunk
};

/// What `script` uses now; zeros if it has no state.
/// Thread: the script's.
[[nodiscard]] ActorStats stats_of(const ActorScript& script) noexcept;

/// Collects all garbage of `script`. Nothing runs in it meanwhile, except finalizers.
/// Thread: the script's, between two calls into it or out of one.
CollectionResult collect(ActorScript& script) noexcept;

}  // namespace moonwright::runtime
