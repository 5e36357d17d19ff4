// script_actor_passive.cpp: how an idle actor gives its state back, and when it has one again.
#include <mutex>
#include <string>
#include <utility>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"
#include "runtime/error_value.hpp"

namespace moonwright::actors {
namespace {

Error is_not_idle(const char* why) {
  return {ErrorCode::overload, std::string("the actor is not idle: ") + why, {}};
}

}  // namespace

/// Somebody wants it passive, or it does itself, which then is no hurry.
void ScriptActor::ask_passivation(MessagePtr message) {
  if (passive_ != nullptr) {
    answer_to(*message, Values{passive_->data.size_bytes()});
  } else if (script_ == nullptr || script_->ended()) {
    refuse_to(*message, {ErrorCode::stopped, "the actor is between two lives", {}});
  } else if (message->sender) {
    carry().passivators.push_back(std::move(message));
  } else {
    carry().is_to_be_passive = true;
  }
}

/// Why it has to keep its state, in words; null: it need not.
const char* ScriptActor::what_keeps_it() {
  if (!chunk_returned_) return "it has not begun yet";
  if (life_->duty != nullptr) return "it works for a pool";
  if (thread_ != nullptr) return "it has a thread of its own";
  if (memory_sampler() != nullptr) return "its memory is being profiled";
  if (!script_->takes_messages()) return "it takes no messages";
  if (mailbox_.has_user()) return "it has a message to handle";
  return script_->what_keeps_it();
}

/// Whether its data is to be taken so that its state can go. Whoever asked and has to be refused
/// is.
bool ScriptActor::may_go_passive() {
  if (carry_ == nullptr || !carry_->goes_passive() || leaving_ != Leaving::no) return false;
  const char* const why_not = what_keeps_it();
  if (why_not == nullptr) return true;
  carry_->is_unused = false;
  refuse_passivation(is_not_idle(why_not));
  return false;
}

void ScriptActor::refuse_passivation(const Error& error) {
  if (carry_ == nullptr) return;
  for (MessagePtr& asker : std::exchange(carry_->passivators, {})) refuse_to(*asker, error);
}

/// Who has had no message between two looks is idle.
void ScriptActor::look_at_idleness(Instant now) {
  if (carry_ == nullptr || now < carry_->look) return;
  carry_->look = later(now, plan().passivate_after);
  carry_->is_unused =
      !in_use() && std::exchange(carry_->uses_seen, life_->work.uses()) == life_->work.uses();
}

/// Its data has been taken, or cannot be.
void ScriptActor::become_passive(Result<Checkpoint> saved) {
  Carry& carry = *carry_;
  const bool was_wanted = !carry.passivators.empty();
  carry.is_unused = carry.is_to_be_passive = false;
  if (!saved) {
    if (!was_wanted) {
      // It would be the same the next time.
      carry.look = kNever;
      core_.log().write(
          {LogLevel::warn, actor_name(), id(), "stays in memory: " + saved.error().message});
    }
    return refuse_passivation(saved.error());
  }
  // on_checkpoint() may have begun something, or taken its time.
  if (const char* const why_not =
          leaving_ != Leaving::no ? "it is about to end" : what_keeps_it()) {
    return refuse_passivation(is_not_idle(why_not));
  }
  auto passive = std::make_unique<Passive>();
  passive->data = std::move(*saved);
  passive->has_last_words = script_->has_last_words();
  const std::uint64_t bytes = passive->data.size_bytes();
  if (!pay_for_data(bytes)) {
    return refuse_passivation({ErrorCode::quota_denied,
                               "no memory to keep its data in: " + core_.quota().shortage(bytes),
                               {}});
  }
  tell(EventType::passivated, {}, [&](Event& event) { event.figures = {{"size_bytes", bytes}}; });
  for (MessagePtr& asker : std::exchange(carry.passivators, {})) answer_to(*asker, {bytes});
  last_error_ = std::make_unique<Error>(ErrorCode::dead, "the actor is passive", "");
  drop_script();
  last_error_.reset();
  life_->script_wake = kNever;
  if (carry.kept) {
    carry.due = carry.look = kNever;
  } else {
    carry_.reset();
  }
  core_.timers().cancel(*this);
  passive_ = std::move(passive);
  is_passive_.store(true, std::memory_order_relaxed);
  publish_lease(bytes);
}

/// A part of step(): the next message needs a state, and there may be no memory for one.
bool ScriptActor::wakes_for_message() {
  if (passive_ == nullptr || !mailbox_.has_user()) return false;
  if (auto woken = wake(); !woken) {
    MessagePtr message(mailbox_.pop_user());
    refund(mailbox_.give_back(*message));
    if (message->is_request()) {
      refuse_to(*message, woken.error());
    } else {
      bury(DeadLetterKind::overload, incarnation(), runtime::note_of(*message), woken.error());
    }
  }
  return true;
}

/// Begins with its data, in the newest generation of its script: if that is another one than it had
/// it is a reload, with a way back.
Result<void> ScriptActor::wake() {
  auto lease = core_.quota().first_lease(float_);
  if (!lease) {
    core_.quota().shed_if_asked();
    return fail(ErrorCode::quota_denied, "actor '" + std::string(actor_name()) +
                                             "' is passive, and there is no memory to wake it: " +
                                             core_.quota().shortage(FirstLease::kBytes));
  }
  life_->lease = std::move(*lease);
  const std::unique_ptr<Passive> passive = take_passive();
  carry().next = std::move(passive->data);
  carry().is_waking = true;
  switch_generation();
  take_offered_profiler();
  start_again();
  return {};
}

// What it has besides a state, which goes with the turn
// --------------------------------------------

void ScriptActor::make_life() {
  auto life = std::make_unique<Life>(*this, core_.clock().now(),
                                     passive_ != nullptr ? passive_->work : PastWork{});
  const std::lock_guard lock(looking_);
  life_ = std::move(life);
}

/// Whoever looks at it from another thread finds it, or what is left of it.
void ScriptActor::drop_life() noexcept {
  report_dropped_output();
  passive_->work = life_->work.past();
  std::unique_ptr<Life> life;
  const std::lock_guard lock(looking_);
  life = std::move(life_);
}

/// It is no longer passive, whatever it is instead; what it had paid for its data it has again.
std::unique_ptr<ScriptActor::Passive> ScriptActor::take_passive() noexcept {
  if (passive_ == nullptr) return nullptr;
  refund_data(passive_->data.size_bytes());
  is_passive_.store(false, std::memory_order_relaxed);
  publish_lease(0);
  return std::move(passive_);
}

/// What a restore gives to a passive actor: it begins with that when it wakes.
void ScriptActor::replace_passive_data(Checkpoint data) {
  const std::uint64_t bytes = data.size_bytes();
  if (!pay_for_data(bytes)) {
    core_.log().write(
        {LogLevel::error, actor_name(), id(), "is not restored: no memory to keep the data in"});
    return;
  }
  refund_data(passive_->data.size_bytes());
  passive_->data = std::move(data);
  publish_lease(bytes);
}

/// Whether it is to end. With last words to say, or a message to handle first, it does so as
/// everybody does, in a state.
bool ScriptActor::ends_passive(Leaving how) {
  if (passive_ == nullptr) return false;
  if ((passive_->has_last_words || mailbox_.has_user()) && wake()) return false;
  leaving_ = how;
  finish({"stopped"}, {});
  return true;
}

// Memory ------------------------------------------------------------------------------------------

/// Data outside of a state counts as what is in one: in the budget, and in what is shared.
bool ScriptActor::pay_for_data(std::uint64_t bytes) noexcept {
  runtime::MemoryShare* const share = memory_share();
  if (share != nullptr && share->take(bytes, bytes).bytes < bytes) return false;
  if (pay(budget_.get(), float_, bytes)) return true;
  if (share != nullptr) share->give(bytes);
  return false;
}

void ScriptActor::refund_data(std::uint64_t bytes) noexcept {
  refund(bytes);
  if (runtime::MemoryShare* const share = memory_share()) share->give(bytes);
}

}  // namespace moonwright::actors
