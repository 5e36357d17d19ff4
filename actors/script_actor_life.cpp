// script_actor_life.cpp: recycling, health, and what others hear of an actor's life.
#include <string>
#include <utility>

#include "actors/script_actor.hpp"
#include "actors/supervised_health.hpp"
#include "runtime/error_value.hpp"

namespace moonwright::actors {
namespace {

/// What an actor that is forced to leave has to do so, beyond its time to drain.
constexpr std::chrono::seconds kForcedGrace{1};

}  // namespace

Result<Health> ScriptActor::health_of(const detail::RefTarget& target) {
  const Result<ScriptActor*> found = find_living(target);
  if (!found) return fail(found.error());
  const ScriptActor& actor = **found;
  const auto& supervised = actor.spec_.supervised;
  Health health = lifecycle::assess(health_input(actor.stats()),
                                    supervised ? *supervised->health : HealthOptions{});
  if (supervised) health.healthy = actor.healthy_.load(std::memory_order_relaxed);
  return health;
}

std::optional<double> ScriptActor::score_if_recyclable() const noexcept {
  const auto& supervised = spec_.supervised;
  if (!supervised || !supervised->health->recycle || is_passive()) return std::nullopt;
  return lifecycle::health_score(health_input(stats()), *supervised->health);
}

Result<void> ScriptActor::recycle(const detail::RefTarget& target, bool forced,
                                  std::string_view why, caf::execution_unit* from) {
  const Result<ScriptActor*> found = find_living(target);
  if (!found) return fail(found.error());
  if (!(*found)->spec_.supervised) {
    return fail(ErrorCode::invalid_argument,
                "only an actor that a supervisor looks after can be recycled");
  }
  MessagePtr message(Message::make(MessageKind::recycle, why));
  message->privileged = forced;
  if ((*found)->deliver(std::move(message), from)) return {};
  return fail(ErrorCode::dead, runtime::text_of(Posted::dead));
}

bool ScriptActor::may_be_recycled() const noexcept {
  return !in_limbo_ && script_ != nullptr &&
         (leaving_ == Leaving::no || leaving_ == Leaving::recycle);
}

std::chrono::nanoseconds ScriptActor::drain_timeout() const noexcept {
  return spec_.supervised ? spec_.supervised->health->drain_timeout : HealthOptions{}.drain_timeout;
}

/// Once at a time; a forced one takes the place of one that is not.
void ScriptActor::begin_recycling(const Message& message) {
  if (!may_be_recycled()) return tell_supervisor_recycled(false);
  leaving_ = Leaving::recycle;
  life_->recycle_why = message.bytes();
  forced_ = forced_ || message.privileged;
  const Instant now = core_.clock().now();
  life_->drain_until = std::min(life_->drain_until, later(now, drain_timeout()));
  if (forced_)
    life_->stop_deadline = std::min(life_->stop_deadline, later(life_->drain_until, kForcedGrace));
  arm();
}

/// Whether it is another life now, or why not yet: the supervisor keeps count.
void ScriptActor::tell_supervisor_recycled(bool recycled) {
  if (!parent_ || !spec_.supervised) return;
  const std::uint32_t life = incarnation() + (recycled ? 1 : 0);
  MessagePtr message(Message::make(MessageKind::recycled, life_->recycle_why));
  message->sender = ActorRef::of(this);
  message->correlation = spec_.supervised->acknowledgement({}, life).correlation;
  message->restarting = recycled;
  ActorBase::of(parent_).deliver(std::move(message), unit());
}

/// Idle to busy, and back. Answers whether the script was told, which is work.
bool ScriptActor::changes_activity() {
  const bool was_active = active_.load(std::memory_order_relaxed);
  const bool has_message = mailbox_.has_user();
  if (!was_active ? !has_message || !takes_messages()
                  : has_message || script_->handlers_in_flight() > 0) {
    return false;
  }
  active_.store(!was_active, std::memory_order_relaxed);
  // What wakes those who hear of events are events: two of them would never rest.
  if (script_->subscribes_to_events()) return false;
  tell(was_active ? EventType::deactivated : EventType::activated, {});
  if (!script_->has_life_hooks()) return false;
  script_->tell_activity(!was_active);
  return true;
}

Event ScriptActor::make_event(EventType type, std::string_view reason) const {
  Event event;
  event.type = type;
  event.time = std::chrono::system_clock::now();
  event.actor = ActorRef::of(this);
  event.name = actor_name();
  event.incarnation = incarnation();
  event.generation = generation();
  event.reason = reason;
  return event;
}

void ScriptActor::tell_destroyed(bool restarting) {
  tell(EventType::destroyed, end_reason().text, [&](Event& event) {
    event.text = end_reason().error.message;
    event.figures = {{"restarting", restarting}};
  });
}

}  // namespace moonwright::actors
