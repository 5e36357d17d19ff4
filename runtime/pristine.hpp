// pristine.hpp: what a state was like before a script ran in it, to make it so again.
#pragma once

#include <memory>

#include "moonwright/pool.hpp"
#include "runtime/state.hpp"

namespace moonwright::runtime {

/// A copy, one level deep each, of all tables that the globals, the loaded modules and the
/// metatables of basic types lead to. What functions keep to themselves is not among it.
///
/// Thread: the state's. Borrows it for its life.
class Pristine {
 public:
  /// Null if there is no memory for it, or more to remember than is worth it.
  [[nodiscard]] static std::unique_ptr<Pristine> remember(State& state);

  /// Has globals and loaded modules as they were, and answers whether everything else still is.
  [[nodiscard]] bool restore(const PoolReuse& options);

 private:
  explicit Pristine(State& state, int anchor) noexcept : state_(state), anchor_(anchor) {}

  State& state_;
  int anchor_;  ///< of the copies, in the registry
};

}  // namespace moonwright::runtime
