// cancelling.cpp: see cancelling.hpp.
#include "actors/cancelling.hpp"

#include <utility>

#include "actors/address.hpp"
#include "runtime/message.hpp"

namespace moonwright::actors {

using runtime::Message;
using runtime::MessageKind;
using runtime::MessagePtr;

void cancel_actor(ActorRef actor) {
  Address::of(*actor.target()).deliver(MessagePtr(Message::make(MessageKind::cancel)), nullptr);
}

void cancel_request(ActorRef to, ActorRef from, std::uint64_t number) {
  MessagePtr message(Message::make(MessageKind::cancel));
  message->sender = std::move(from);
  message->correlation = number;
  Address::of(*to.target()).deliver(std::move(message), nullptr);
}

}  // namespace moonwright::actors
