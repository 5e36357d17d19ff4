// quota_wait.hpp: an actor that is made and cannot begin yet, as its memory is not there.
#pragma once

#include "actors/clock.hpp"

namespace moonwright::actors {

/// Thread: the actor's.
struct QuotaWait {
  runtime::MessagePtr start;  ///< with which it begins
  Instant deadline = kNever;  ///< then it ends as quota_denied
};

}  // namespace moonwright::actors
