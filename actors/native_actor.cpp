// native_actor.cpp: see native_actor.hpp.
#include "actors/native_actor.hpp"

#include <utility>

#include "actors/core.hpp"

namespace moonwright::actors {
namespace {

/// Pieces of work in one turn.
constexpr std::size_t kWorkPerTurn = 256;

}  // namespace

Result<ActorRef> NativeActor::launch(NativeActor& actor, const std::string& name, ActorBase* maker,
                                     caf::execution_unit* from) {
  ActorRef ref = ActorRef::of(&actor);
  if (auto listed = actor.core_.admit(actor, name); !listed) {
    return fail(std::move(listed.error()));
  }
  if (maker != nullptr) {
    maker->adopt(ref);
    maker->link(ref);
    actor.link(ActorRef::of(maker));
  }
  actor.begin(MessagePtr(Message::make(MessageKind::start)), from);
  return ref;
}

void NativeActor::release() const noexcept {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

Job::Turn NativeActor::run(caf::execution_unit* unit) {
  unit_ = unit;
  for (std::size_t worked = 0;; ++worked) {
    if (worked == kWorkPerTurn) {
      unit_ = nullptr;
      return Turn::again;
    }
    Message* chain = mailbox_.take_control();
    const bool controlled = chain != nullptr;
    while (chain != nullptr) {
      MessagePtr message(std::exchange(chain, chain->next));
      if (ended()) {
        refuse_rest(std::move(message), unit_);
      } else {
        control(std::move(message));
      }
    }
    if (!ended()) {
      if (Message* const message = takes_messages() ? mailbox_.pop_user() : nullptr) {
        receive(MessagePtr(message));
      } else if (work_on()) {
        worked = kWorkPerTurn - 1;  // others first
      } else if (!controlled) {
        rest();
        refund(budget_.get(), core_.own_float(), mailbox_.flush());
        unit_ = nullptr;
        if (mailbox_.try_block()) return Turn::waits;
        unit_ = unit;
      }
    }
    if (ended()) {
      unit_ = nullptr;
      return Turn::ended;
    }
  }
}

bool NativeActor::handle_as_no_script(Message& message, const char* kind) {
  switch (message.kind) {
    case MessageKind::tasks:
      answer_to(message, {Table{}, 0});  // it awaits nothing, ever
      return true;
    case MessageKind::collect:
    case MessageKind::reload:
    case MessageKind::checkpoint:
    case MessageKind::passivate:
      refuse_to(
          message,
          {ErrorCode::invalid_argument, std::string(kind) + " runs no script of its own", {}});
      return true;
    default: return false;
  }
}

}  // namespace moonwright::actors
