// script_actor_pool.cpp: what an actor does for the pool that it works for.
#include <algorithm>
#include <utility>

#include "actors/pool_duty.hpp"
#include "actors/script_actor.hpp"

namespace moonwright::actors {
namespace {

/// What the state had used before is none of the script's.
void subtract(runtime::Usage& usage, const runtime::Usage& before) noexcept {
  ActorStats& stats = usage.stats;
  stats.instructions -= std::min(stats.instructions, before.stats.instructions);
  stats.cpu_time -= std::min(stats.cpu_time, before.stats.cpu_time);
  stats.warnings -= std::min(stats.warnings, before.stats.warnings);
  MemoryStats& memory = stats.memory;
  const MemoryStats& old = before.stats.memory;
  memory.violations -= std::min(memory.violations, old.violations);
  memory.forced_collections -= std::min(memory.forced_collections, old.forced_collections);
  memory.freed_bytes -= std::min(memory.freed_bytes, old.freed_bytes);
  memory.average_freed_bytes =
      runtime::average_freed(memory.freed_bytes, memory.forced_collections);
}

}  // namespace

bool ScriptActor::begins_orders() const noexcept {
  return leaving_ == Leaving::no || leaving_ == Leaving::for_good;
}

/// A script to execute. It begins between two other pieces of work.
void ScriptActor::receive_order(MessagePtr message) {
  if (life_->duty == nullptr || PoolOrder::of(*message) == nullptr) return;
  ++life_->duty->taken;
  life_->duty->waiting = std::move(message);
}

/// Answers whether there was a script to begin.
bool ScriptActor::begin_order() {
  if (life_->duty->waiting == nullptr || !script_->can_execute()) return false;
  if (!begins_orders()) return false;
  if (!life_->duty->trace.fits(*PoolOrder::of(*life_->duty->waiting))) {
    replace_state();
    return true;
  }
  const MessagePtr message = std::move(life_->duty->waiting);
  life_->duty->order.reset(PoolOrder::of(*message));
  static_cast<void>(message->cargo.release());
  PoolOrder& order = *life_->duty->order;
  life_->duty->ready = false;
  life_->duty->before.stats = runtime::stats_of(*script_);
  spec_.more().capture = order.capture();
  active_.store(true, std::memory_order_relaxed);
  life_->began = core_.clock().now();
  const bool remembers = !order.owner().empty() && plan().factory->reuse.enabled;
  life_->duty->trace = {remembers ? order.owner() : std::string(), order.code()};
  script_->execute(order.code(), *message, remembers);
  return true;
}

/// Cancels the script with this number, wherever it has come; harmless for one that is over.
void ScriptActor::cancel_order(std::uint64_t number) {
  if (life_->duty == nullptr) return;
  if (life_->duty->order != nullptr && life_->duty->order->number() == number) {
    if (script_ != nullptr && !script_->ended()) script_->cancel_all();
    return;
  }
  if (life_->duty->waiting == nullptr || PoolOrder::of(*life_->duty->waiting)->number() != number)
    return;
  PoolOrder::of(*life_->duty->waiting)
      ->refuse({ErrorCode::cancelled, "the script was cancelled before it began", {}});
  life_->duty->waiting = nullptr;
}

/// Whether the end of the script that runs is the end of an execution and of nothing else.
bool ScriptActor::ends_order() const noexcept {
  const bool stays = leaving_ == Leaving::no || leaving_ == Leaving::recycle;
  return life_->duty != nullptr && life_->duty->order != nullptr && stays && !dying_ &&
         door_.load(std::memory_order_relaxed) == Door::open && !core_.stopping();
}

/// Tells whoever waits for the script that runs how it ended. While there still is its state.
void ScriptActor::complete_order(Values values) {
  if (life_->duty == nullptr || life_->duty->order == nullptr) return;
  runtime::Usage usage = final_usage();
  subtract(usage, life_->duty->before);
  ActorExit exit{ActorRef::of(this), end_reason().text, end_reason().error, std::move(values)};
  if (exit.error.message.empty()) exit.error = *last_error_;
  spec_.more().capture = nullptr;
  const std::unique_ptr<PoolOrder> order = std::move(life_->duty->order);
  order->finish(std::move(exit), usage);
}

/// A fresh one, in the same life of the actor. It is made in the next turn: results of others come
/// before what nobody waits for.
void ScriptActor::replace_state() {
  life_->duty->trace = {};
  life_->duty->ready = false;
  life_->duty->wants_state = true;
  last_error_ = std::make_unique<Error>(ErrorCode::dead, "the script has ended", "");
  drop_script();
  publish_lease(0);
  last_error_.reset();
  tell_destroyed(true);
}

/// Whether there was no state, and now is one.
bool ScriptActor::makes_state() {
  if (life_->duty == nullptr || !life_->duty->wants_state) return false;
  life_->duty->wants_state = false;
  start_again();
  return true;
}

/// The script of a stranger has ended: nothing of it may be left for the next one. So its state is
/// dropped, never cleaned, and a fresh one takes its place. Only for the same script and the same
/// owner it may be kept, if it can be made what it was.
void ScriptActor::end_order(Reason reason, Values values) {
  end_reason() = std::move(reason);
  last_error_ = std::make_unique<Error>(ErrorCode::dead, "the script has ended", "");
  complete_order(std::move(values));
  const bool stays = end_reason().text == "normal" && !life_->duty->trace.owner.empty() &&
                     script_->clean(plan().factory->reuse);
  while (mailbox_.has_user()) {
    MessagePtr message(mailbox_.pop_user());
    refund(mailbox_.give_back(*message));
    refuse_rest(std::move(message), unit());
  }
  if (carry_ != nullptr) answer_checkpoints(fail(*last_error_));
  carry_.reset();
  last_error_.reset();
  forget_names();
  life_->given_up.clear();
  stop_children(core_.clock().now() + kFamilyDeadline);
  cut_links(end_reason());
  tell_relations(end_reason(), true, {});
  life_->exit_cause = {};
  life_->script_wake = life_->drain_until = life_->stop_deadline = kNever;
  core_.timers().cancel(*this);
  traps_ = script_stopping_ = drain_over_ = forced_ = wake_put_off_ = false;
  active_ = false;
  if (stays) {
    life_->duty->ready = true;
  } else {
    replace_state();
  }
}

/// The chunk, or whatever else a state has to run first, has been run.
void ScriptActor::note_ready() noexcept {
  if (life_->duty != nullptr) life_->duty->ready = life_->duty->made = true;
}

/// After each piece of work: what has been finished meanwhile.
void ScriptActor::tell_pool() {
  PoolDuty& duty = *life_->duty;
  if (!duty.ready || script_ == nullptr || script_->ended()) return;
  const std::uint64_t busy = script_->handlers_in_flight() + script_->answers_put_off() +
                             (duty.waiting != nullptr ? 1 : 0);
  const std::uint64_t finished = duty.taken - std::min(duty.taken, busy);
  if (finished <= duty.told && !duty.made) return;
  const std::uint64_t count = finished - std::min(finished, duty.told);
  duty.told += count;
  const WorkDone work{plan().pool_place, static_cast<std::uint32_t>(count), true,
                      std::exchange(duty.made, false), false};
  Address::of(*plan().pool.target()).deliver(work.encode(), unit());
}

/// A life is over: whatever was taken in it is done, but for what has not begun, which goes back.
void ScriptActor::leave_pool(bool for_good) {
  if (life_->duty == nullptr) return;
  PoolDuty& duty = *life_->duty;
  duty.ready = duty.made = duty.wants_state = false;
  const std::uint64_t count = duty.taken - duty.told;
  duty.told = duty.taken;
  Address& pool = Address::of(*plan().pool.target());
  const WorkDone work{plan().pool_place, static_cast<std::uint32_t>(count), false, false, for_good};
  pool.deliver(work.encode(), unit());
  if (duty.waiting != nullptr) pool.deliver(std::move(duty.waiting), unit());
}

}  // namespace moonwright::actors
