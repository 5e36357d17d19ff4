// script_actor_end.cpp: the one way out of an actor, and who hears of it.
#include <algorithm>
#include <caf/exit_reason.hpp>
#include <utility>

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
  reason_ = "stopped";
  last_error_ = std::make_unique<Error>(answer_after(name_, reason_, exit_error_));
  door_ = Door::ended;
  Message* rest = mailbox_.close();
  end_quota(rest);
  while (rest != nullptr) refuse_rest(MessagePtr(std::exchange(rest, rest->next)), nullptr);
  if (thread_ != nullptr) {
    thread_->dismiss();
    core_.retire(std::move(thread_));
  }
  spec_->place.leave();
  cleanup(caf::exit_reason::kill, nullptr);
}

void ScriptActor::be_killed(const char* why) {
  terminate("killed", {ErrorCode::killed, why, {}}, {});
}

void ScriptActor::terminate(std::string reason, Error error, Values values) {
  core_.timers().cancel(*this);
  reason_ = std::move(reason);
  exit_error_ = std::move(error);
  last_error_ = std::make_unique<Error>(answer_after(name_, reason_, exit_error_));
  const bool was_stopping = door_.load(std::memory_order_relaxed) == Door::stopping;
  // A drain that ran out of time is a kill for the actor, and a stop for those who asked it.
  if (was_stopping && reason_ == "killed") {
    *last_error_ = answer_after(name_, "stopped", exit_error_);
  }
  door_ = Door::ended;
  core_.watchdog().profilers().forget(Address::id());
  for (const std::string& name : names_) core_.directory().remove(name, ActorRef::of(this));
  const runtime::Usage usage = final_usage();
  const bool was_awaited = spec_->started.owed();
  if (script_ != nullptr) {
    script_->refuse_all(*last_error_);
    script_->drop_monitors();
    if (!script_->ended()) script_->drop_state();
    script_.reset();
  }
  if (was_awaited) refuse(spec_->started, *last_error_, unit());
  Message* rest = mailbox_.close();
  end_quota(rest);
  while (rest != nullptr) refuse_rest(MessagePtr(std::exchange(rest, rest->next)), unit());
  if (watchers_) {
    for (const Watcher& watcher : *watchers_) tell(watcher, unit());
    watchers_.reset();
  }
  notify_family();
  spec_->place.leave();
  spec_->grants.capabilities = nullptr;
  report_dropped_output();
  // Before anybody hears of it: who stops the runtime because of it does not count this end.
  core_.count_end(reason_ == "killed", was_stopping);
  report_end(std::move(values), usage);
  cleanup(caf::exit_reason::user_shutdown, unit());
  if (thread_ != nullptr) core_.retire(std::move(thread_));
  // Last: whoever stops the runtime goes on when nobody is left. The list's reference goes with the
  // entry; whoever is running this turn has another one.
  core_.live().remove(*this);
  release();
}

/// Gives an answer to what can no longer be handled. Any thread: also when the mailbox is closed.
void ScriptActor::refuse_rest(MessagePtr message, caf::execution_unit* from) {
  const bool collects = message->kind == MessageKind::collect && message->sender;
  if (message->is_request() || collects) {
    runtime::ReplyTo to{std::move(message->sender), message->correlation, message->deadline};
    refuse(to, *last_error_, from);
  } else if (message->kind == MessageKind::quota) {
    if (budget_ != nullptr) budget_->give(FirstLease::kBytes);
  } else if (message->kind == MessageKind::monitor) {
    tell({std::move(message->sender), message->correlation}, from);
  }
}

void ScriptActor::notify_family() {
  const Instant deadline = std::min(stop_deadline_, core_.clock().now() + kFamilyDeadline);
  for (const ActorRef& child : children_) {
    MessagePtr message(Message::make(MessageKind::stop));
    message->deadline = deadline;
    of(child).deliver(std::move(message), unit());
  }
  children_.clear();
  if (!parent_) return;
  MessagePtr notice(Message::make(MessageKind::child_ended));
  notice->sender = ActorRef::of(this);
  of(parent_).deliver(std::move(notice), unit());
  parent_ = {};
}

/// Sends the notice of this actor's end: reason, code, text.
void ScriptActor::tell(const Watcher& watcher, caf::execution_unit* from) const {
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  const Values values{reason_, to_string(exit_error_.code), exit_error_.message};
  if (!runtime::encode_values(values, MessageLimits{}, bytes, refs)) return;
  MessagePtr notice(Message::make(MessageKind::down, bytes.view()));
  notice->sender = ActorRef::of(this);
  notice->correlation = watcher.number;
  Address::of(*watcher.ref.target()).deliver(std::move(notice), from);
}

/// What it used in all. Called while there still is a state.
runtime::Usage ScriptActor::final_usage() {
  runtime::Usage usage;
  if (script_ == nullptr) return usage;
  usage.duration = core_.clock().now() - began_;
  const bool is_profiled = spec_->extras.memory_profiler.has_value();
  if (is_profiled) profile_milestone(runtime::kAfterExecution);
  const bool collects = spec_->extras.profile_memory && reason_ == "normal";
  if (collects) runtime::collect(*script_);
  usage.stats = runtime::stats_of(*script_);
  if (const auto& tracker = spec_->extras.process_memory) usage.process_memory = tracker->delta();
  if (is_profiled && memory_sampler() != nullptr) {
    // Whatever it ended with, and though its figures are known: nothing of it runs any more.
    if (!collects) runtime::collect_silently(*script_);
    profile_milestone(runtime::kAfterCollection);
  }
  return usage;
}

void ScriptActor::report_end(Values values, const runtime::Usage& usage) {
  // It holds on to the actor.
  spec_->extras.watch = nullptr;
  const OnEnd& on_end = spec_->extras.on_end;
  const bool failed = is_failure(reason_);
  if (failed && !on_end) {
    std::string text = "ended with an error: " + exit_error_.message;
    if (!exit_error_.traceback.empty()) text += "\n" + exit_error_.traceback;
    host_.report(LogLevel::error, text);
  } else {
    host_.report(LogLevel::debug, "ended: " + reason_);
  }
  if (!on_end) return;
  ActorExit exit{ActorRef::of(this), reason_, exit_error_, std::move(values)};
  if (!failed) exit.error = *last_error_;
  core_.callbacks().post([on_end = std::move(spec_->extras.on_end), exit = std::move(exit),
                          usage]() mutable { on_end(std::move(exit), usage); });
}

}  // namespace moonwright::actors
