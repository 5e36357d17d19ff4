// keep.hpp: a result, moved out of the way of a longjmp.
#pragma once

#include <type_traits>
#include <utility>

#include "moonwright/result.hpp"
#include "runtime/actor_script.hpp"

namespace moonwright::runtime {

/// The value goes to `out`, which has no destructor; an error to the script's scratch, from where
/// raise() takes it. Answers which. Use: `if (!keep(script, f(), out)) return raise(L, ...);`.
template <class T>
[[nodiscard]] bool keep(ActorScript& script, Result<T> result, T& out) {
  static_assert(std::is_trivially_destructible_v<T>);
  if (result) {
    out = *result;
    return true;
  }
  script.scratch().error = std::move(result.error());
  return false;
}

}  // namespace moonwright::runtime
