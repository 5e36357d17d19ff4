// cancelling.hpp: what a token that is tripped does to actors and requests.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "moonwright/actor_ref.hpp"
#include "moonwright/cancel_token.hpp"

namespace moonwright::actors {

// By value, because what they bring about may take the registration that calls them with it, and
// with that its references.

/// Has an actor give up what it does and end as `cancelled`. Harmless for one that has ended.
/// Thread: any. Does not wait.
void cancel_actor(ActorRef actor);

/// Has `to` give up the request with this number that `from` has sent. Harmless if it is answered.
/// Thread: any. Does not wait.
void cancel_request(ActorRef to, ActorRef from, std::uint64_t number);

/// A registration that begins when there is something to cancel, and ends with the last of those
/// who share it: whoever began the work, and the notice of its end. What the token calls must not
/// lead here, or nobody would be the last.
using CancelWatch = std::shared_ptr<std::optional<CancelToken::Registration>>;

}  // namespace moonwright::actors
