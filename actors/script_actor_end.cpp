// script_actor_end.cpp: the one way out of an actor, and who hears of it.
#include <algorithm>
#include <optional>
#include <utility>

#include "actors/child_end.hpp"
#include "actors/core.hpp"
#include "actors/dedicated_thread.hpp"
#include "actors/script_actor.hpp"
#include "runtime/error_value.hpp"
#include "runtime/memory_sampler.hpp"

namespace moonwright::actors {
namespace {

/// Whether an actor that ended for `reason` was ended by a limit, which `error` then names.
bool is_limit(const std::string& reason, const Error& error) noexcept {
  return reason != "error" && reason == to_string(error.code);
}

Error answer_after(std::string_view name, const std::string& reason, const Error& error) {
  const std::string who = "actor '" + std::string(name) + "' ";
  if (reason == "killed") return {ErrorCode::killed, who + "was killed", {}};
  if (reason == "stopped") return {ErrorCode::stopped, who + "has stopped", {}};
  if (reason == "error") {
    return {ErrorCode::dead, who + "has ended with an error: " + error.message, error.traceback};
  }
  if (is_limit(reason, error)) return {error.code, who + "has ended: " + error.message, {}};
  return {ErrorCode::dead, who + "has ended: " + reason, {}};
}

/// Whether a reason says what went wrong: "error", or the name of a limit. Scripts cannot give
/// these to actor.exit().
bool is_failure(const std::string& reason) {
  return reason != "killed" && reason != "stopped" && parse_error_code(reason).has_value();
}

}  // namespace

void ScriptActor::discard() {
  // Somebody may have found its name and written to it already.
  end_reason() = {"stopped"};
  last_error_ =
      std::make_unique<Error>(answer_after(actor_name(), end_reason().text, end_reason().error));
  door_ = Door::ended;
  end_quota();
  close_mailbox(incarnation(), float_);
  if (thread_ != nullptr) {
    thread_->dismiss();
    core_.retire(std::move(thread_));
  }
  spec_.place.leave();
}

void ScriptActor::be_killed(const char* why) {
  // In limbo there is nothing to kill, unless nobody is left to restart it.
  if (in_limbo_ && !core_.stopping()) return;
  finish({"killed", {ErrorCode::killed, why, {}}}, {});
}

/// Its time is over, or somebody wants it dead. Who had to leave for its next life begins that.
void ScriptActor::end_by_force() {
  const bool late = core_.clock().now() >= life_->stop_deadline;
  if (leaving_ == Leaving::recycle && late && !kill_came_) {
    finish({"stopped"}, {});
  } else {
    be_killed(late && !kill_came_ ? "the actor did not stop in time" : "the actor was killed");
  }
}

/// Whether the actor goes on with another incarnation when this one has ended for `reason`.
bool ScriptActor::outlives(const Reason& reason) const noexcept {
  if (leaving_ == Leaving::for_good || core_.stopping()) return false;
  if (leaving_ == Leaving::recycle && reason.text == "stopped") return true;
  if (!spec_.supervised) return false;
  return leaving_ == Leaving::suspend ||
         lifecycle::is_restarted(spec_.supervised->restart, end_kind_of(reason.text));
}

void ScriptActor::finish(Reason reason, Values values) {
  if (may_fall_back(reason)) return fall_back(reason);
  if (ends_order()) return end_order(std::move(reason), std::move(values));
  if (in_limbo_ || !outlives(reason)) {
    terminate(std::move(reason), std::move(values));
    return;
  }
  const bool recycled = leaving_ == Leaving::recycle && reason.text == "stopped";
  end_incarnation(std::move(reason));
  if (!recycled) return;
  life_->work.count_recycle();
  tell(EventType::recycled, life_->recycle_why);
  begin_incarnation();
}

/// Ends what belongs to one life. Address, names, mailbox and those who watch stay.
void ScriptActor::end_incarnation(Reason reason) {
  const bool recycled = leaving_ == Leaving::recycle && reason.text == "stopped";
  const bool failed = is_failure(reason.text);
  end_reason() = std::move(reason);
  // While it is set, it is what everything is answered with that this life leaves undone.
  last_error_ = std::make_unique<Error>(
      recycled
          ? Error{ErrorCode::cancelled,
                  "actor '" + std::string(actor_name()) + "' was recycled before it had answered",
                  {}}
          : answer_after(actor_name(), end_reason().text, end_reason().error));
  std::optional<ChildEnd> end;
  if (!recycled) end = describe_end(false);
  take_passive();
  complete_order({});
  drop_script();
  // Who is stopped for the sake of others could have begun with it.
  if (!recycled && !chunk_returned_ && end_reason().text != "stopped") drop_kept();
  if (carry_ != nullptr) {
    carry_->saved = carry_->is_due = carry_->is_waking = false;
    carry_->is_unused = carry_->is_to_be_passive = false;
    answer_checkpoints(fail(*last_error_));
    refuse_passivation(*last_error_);
  }
  leave_pool(false);
  if (recycled) end_reason().text = "recycled";
  tell_destroyed(true);
  publish_lease(0);
  last_error_.reset();
  stop_children(core_.clock().now() + kFamilyDeadline);
  if (!recycled) tell_relations(end_reason(), true, life_->exit_cause);
  life_->exit_cause = {};
  life_->script_wake = life_->drain_until = life_->stop_deadline = kNever;
  core_.timers().cancel(*this);
  leaving_ = Leaving::no;
  traps_ = script_stopping_ = drain_over_ = forced_ = dying_ = kill_came_ = wake_put_off_ = false;
  if (failed) log_end();
  in_limbo_ = true;
  active_ = false;
  if (recycled) tell_supervisor_recycled(true);
  if (end) report_to_supervisor(std::move(*end));
}

/// Answers what the script owes and has its state go.
void ScriptActor::drop_script() noexcept {
  if (script_ == nullptr) return;
  script_->refuse_all(*last_error_);
  script_->drop_monitors();
  if (!script_->ended()) script_->drop_state();
  first_generation_ = script_->next_generation();
  first_monitor_ = script_->next_monitor();
  life_->work.end_life(script_->errors(), script_->limit_hits());
  life_->figures.end_life();
  if (script_->subscribes_to_events()) core_.events().unsubscribe_all(*this);
  script_.reset();
}

void ScriptActor::terminate(Reason reason, Values values) {
  core_.timers().cancel(*this);
  end_reason() = std::move(reason);
  last_error_ =
      std::make_unique<Error>(answer_after(actor_name(), end_reason().text, end_reason().error));
  const bool was_stopping = door_.load(std::memory_order_relaxed) == Door::stopping;
  // A drain that ran out of time is a kill for the actor, and a stop for those who asked it.
  if (was_stopping && end_reason().text == "killed") {
    *last_error_ = answer_after(actor_name(), "stopped", end_reason().error);
  }
  door_ = Door::ended;
  core_.watchdog().profilers().forget(id());
  forget_names();
  const runtime::Usage usage = final_usage();
  const bool was_awaited = life_->started.owed();
  std::optional<ChildEnd> end;
  if (spec_.supervised) end = describe_end(true);
  const bool had_life = script_ != nullptr || passive_ != nullptr;
  take_passive();
  complete_order(values);
  drop_script();
  leave_pool(true);
  if (had_life) tell_destroyed(false);
  if (was_awaited) refuse(life_->started, *last_error_, unit());
  refuse_reload(*last_error_);
  if (carry_ != nullptr) answer_checkpoints(fail(*last_error_));
  refuse_passivation(*last_error_);
  carry_.reset();
  end_quota();
  close_mailbox(incarnation(), float_);
  tell_relations(end_reason(), false, life_->exit_cause);
  life_->exit_cause = {};
  stop_children(std::min(life_->stop_deadline, core_.clock().now() + kFamilyDeadline));
  notify_parent(std::move(end));
  spec_.place.leave();
  spec_.capabilities.reset();
  spec_.start.reset();
  report_dropped_output();
  // Before anybody hears of it: who stops the runtime because of it does not count this end.
  core_.count_end(end_reason().text == "killed", was_stopping);
  report_end(std::move(values), usage);
  if (thread_ != nullptr) core_.retire(std::move(thread_));
  // Last: whoever stops the runtime goes on when nobody is left. The list's reference goes with the
  // entry; whoever is running this turn has another one.
  core_.live().remove(*this);
  release();
}

void ScriptActor::notify_parent(std::optional<ChildEnd> end) {
  if (!parent_) return;
  if (end) {
    report_to_supervisor(std::move(*end));
  } else {
    MessagePtr notice(Message::make(MessageKind::child_ended));
    notice->sender = ActorRef::of(this);
    ActorBase::of(parent_).deliver(std::move(notice), unit());
  }
  parent_ = {};
}

/// What a supervisor decides by, and shows to those who ask. While there still is a state.
ChildEnd ScriptActor::describe_end(bool final) const {
  ChildEnd end{
      spec_.supervised->child, incarnation(), final, end_reason().text, end_reason().error, {}, 0,
      mailbox_.depth()};
  if (script_ == nullptr) return end;
  end.message_name = script_->crashed_by();
  if (script_->try_state() != nullptr) end.memory_bytes = runtime::glance_at(*script_).used_bytes;
  return end;
}

void ScriptActor::report_to_supervisor(ChildEnd end) {
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  const Values values = encode_end(std::move(end));
  if (!runtime::encode_values(values, MessageLimits{}, bytes, refs)) return;
  MessagePtr notice(Message::make(MessageKind::child_ended, bytes.view(), refs));
  notice->sender = ActorRef::of(this);
  ActorBase::of(parent_).deliver(std::move(notice), unit());
}

/// What it used in all. Called while there still is a state.
runtime::Usage ScriptActor::final_usage() {
  runtime::Usage usage;
  if (script_ == nullptr) return usage;
  usage.duration = core_.clock().now() - life_->began;
  SpawnExtras* const extras = spec_.extras.get();
  const bool is_profiled = extras != nullptr && extras->memory_profiler.has_value();
  if (is_profiled) profile_milestone(runtime::kAfterExecution);
  const bool collects =
      extras != nullptr && extras->profile_memory && end_reason().text == "normal";
  if (collects) runtime::collect(*script_);
  usage.stats = runtime::stats_of(*script_);
  if (extras != nullptr && extras->process_memory) {
    usage.process_memory = extras->process_memory->delta();
  }
  if (is_profiled && memory_sampler() != nullptr) {
    // Whatever it ended with, and though its figures are known: nothing of it runs any more.
    if (!collects) runtime::collect_silently(*script_);
    profile_milestone(runtime::kAfterCollection);
  }
  return usage;
}

void ScriptActor::log_end() {
  std::string text = "ended with an error: " + end_reason().error.message;
  if (!end_reason().error.traceback.empty()) text += "\n" + end_reason().error.traceback;
  life_->host.report(LogLevel::error, text);
}

void ScriptActor::report_end(Values values, const runtime::Usage& usage) {
  SpawnExtras* const extras = spec_.extras.get();
  if (extras != nullptr) extras->watch = nullptr;  // it holds on to the actor
  const bool is_awaited = extras != nullptr && extras->on_end;
  const bool failed = is_failure(end_reason().text);
  if (failed && !is_awaited && !in_limbo_) {
    log_end();
  } else {
    life_->host.report(LogLevel::debug, "ended: " + end_reason().text);
  }
  if (!is_awaited) return;
  ActorExit exit{ActorRef::of(this), end_reason().text, end_reason().error, std::move(values)};
  if (!failed) exit.error = *last_error_;
  core_.callbacks().post([on_end = std::move(extras->on_end), exit = std::move(exit),
                          usage]() mutable { on_end(std::move(exit), usage); });
}

}  // namespace moonwright::actors
