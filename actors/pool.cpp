// pool.cpp: a pool's life: messages in, its beginning and its end.
#include "actors/pool.hpp"

#include <algorithm>
#include <utility>

#include "actors/core.hpp"
#include "actors/supervisor.hpp"
#include "runtime/error_value.hpp"

namespace moonwright::actors {
Result<ActorRef> PoolActor::launch(Core& core, Setup setup) {
  const std::string name = setup.plan.options.name;
  ActorBase* const parent = setup.parent;
  caf::execution_unit* const from = setup.from;
  auto* const pool = new PoolActor(core, std::move(setup));  // NOLINT: counted
  return NativeActor::launch(*pool, name, parent, from);
}

PoolActor::PoolActor(Core& core, Setup setup)
    : NativeActor(AddressKind::pool, core.next_actor_id(), core, setup.plan.worker.spawn.mailbox,
                  setup.plan.options.name.empty() ? "pool" : setup.plan.options.name, setup.parent),
      plan_(std::move(setup.plan)),
      started_(std::move(setup.started)),
      line_(plan_.options.queue.max, plan_.options.queue.timeout),
      sizer_(plan_.options.size, plan_.max),
      router_(plan_.options.route),
      generation_(plan_.options.aging.generation_size) {}

void PoolActor::discard() {
  end_reason() = {"stopped"};
  last_error_ = std::make_unique<Error>(Error{ErrorCode::stopped, "the pool was not started", {}});
  door_ = Door::ended;
  close_mailbox(1, core_.own_float());
}

// Turns -------------------------------------------------------------------------------------------

void PoolActor::rest() {
  if (stopping() && !ending_ && in_use_ == 0 && line_.empty()) end_workers();
  arm();
}

void PoolActor::control(MessagePtr message) {
  switch (message->kind) {
    case MessageKind::start: start(); break;
    case MessageKind::worked: worked(*message); break;
    case MessageKind::execute: take_back(std::move(message)); break;
    case MessageKind::reply: worker_started(*message, false); break;
    case MessageKind::failure: worker_started(*message, true); break;
    case MessageKind::child_ended: child_ended(*message); break;
    case MessageKind::tick: tick(); break;
    case MessageKind::stop: begin_stop(*message); break;
    case MessageKind::kill:
      terminate({"killed", {ErrorCode::killed, "the pool was killed", {}}});
      break;
    case MessageKind::cancel: cancel(*message); break;
    case MessageKind::exit_signal: receive_exit_signal(*message); break;
    case MessageKind::tree: {
      runtime::ReplyTo to{std::move(message->sender), message->correlation, kNever};
      Table row{{"id", "workers"},  {"state", "running"}, {"restart", "permanent"},
                {"incarnation", 1}, {"restarts", 0},      {"ref", supervisor_}};
      Table self{{"strategy", "pool"}, {"crashes", Table{}}};
      self.set("children", Table::list(supervisor_ ? Values{std::move(row)} : Values{}));
      actors::answer(to, {std::move(self)}, unit_);
      break;
    }
    default:
      if (!handle_as_no_script(*message, "a pool")) static_cast<void>(handle_relation(*message));
      break;
  }
}

void PoolActor::start() {
  Supervisor::Setup setup;
  SupervisorSpec& options = setup.plan.options;
  options.intensity = plan_.options.intensity;
  options.memory_bytes_max = plan_.options.memory_bytes_max;
  // Some are on their way out while others are on their way in.
  options.max_children = std::min<std::uint32_t>(2 * plan_.max, lifecycle::kPoolMaxLargest);
  setup.plan.family = plan_.family;
  setup.parent = this;
  setup.from = unit_;
  auto supervisor = Supervisor::launch(core_, std::move(setup));
  if (!supervisor) return terminate({"error", std::move(supervisor.error())});
  supervisor_ = std::move(*supervisor);
  next_check_ = later(core_.clock().now(), plan_.options.size.check_every);
  make_workers(sizer_.min());
}

void PoolActor::tick() {
  tick_posted_ = false;
  armed_ = kNever;
  const Instant now = core_.clock().now();
  if (now >= stop_deadline_) {
    stop_deadline_ = kNever;
    while (!line_.empty()) {
      refuse_message(line_.pop().request, ErrorCode::stopped, "the pool has stopped");
    }
    MessagePtr message(Message::make(MessageKind::stop));
    message->deadline = now;
    if (supervisor_) ActorBase::of(supervisor_).deliver(std::move(message), unit_);
    ending_ = true;
    return;
  }
  refuse_overdue(now);
  if (now >= next_check_) check(now);
  consider_growth(now);
}

/// Only what is earlier than what has been asked for: an early tick costs less than a lock for
/// each request that waits for a moment.
void PoolActor::arm() {
  Instant due = std::min({stop_deadline_, next_check_, line_.next_overdue()});
  if (!line_.empty() && starting_.empty() && members_.size() < sizer_.max()) {
    const Instant now = core_.clock().now();
    const Instant patient = std::max(waiting_since_ + plan_.options.size.patience, may_grow_);
    if (patient > now) due = std::min(due, patient);
  }
  if (due >= armed_) return;
  armed_ = due;
  core_.timers().set(*this, due);
}

// Ends --------------------------------------------------------------------------------------------

/// What it has is finished; nothing new comes in.
void PoolActor::begin_stop(const Message& message) {
  door_ = Door::stopping;
  stop_deadline_ = std::min(stop_deadline_, message.deadline);
  if (!supervisor_) return terminate({"stopped"});
  if (core_.clock().now() >= stop_deadline_) tick();
}

void PoolActor::end_workers() {
  ending_ = true;
  MessagePtr message(Message::make(MessageKind::stop));
  message->deadline = stop_deadline_;
  ActorBase::of(supervisor_).deliver(std::move(message), unit_);
}

/// The supervisor: it has been asked to, or has given up, and then its exit signal has said so.
void PoolActor::child_ended(const Message& message) {
  forget_child(message.sender);
  if (message.sender != supervisor_) return;
  supervisor_ = {};
  if (end_reason().text.empty()) end_reason() = {"stopped"};
  terminate(std::move(end_reason()));
}

void PoolActor::receive_exit_signal(const Message& message) {
  if (!is_linked(message.sender)) return;
  unlink(message.sender);
  const auto values = runtime::decode_values(message.bytes(), message.ref_list());
  const std::string reason((*values)[0].as_string());
  if (reason == "normal" || message.restarting) return;
  terminate({reason, {ErrorCode::dead, "its workers could not be kept: " + reason, {}}});
}

void PoolActor::terminate(Reason reason) {
  core_.timers().cancel(*this);
  end_reason() = std::move(reason);
  const bool stopped = end_reason().text == "stopped";
  const std::string who = "pool '" + std::string(actor_name()) + "' ";
  std::string why =
      end_reason().error.message.empty() ? end_reason().text : end_reason().error.message;
  last_error_ = std::make_unique<Error>(
      Error{stopped ? ErrorCode::stopped : ErrorCode::dead, who + "has ended: " + why, {}});
  const bool was_stopping = door_.load(std::memory_order_relaxed) == Door::stopping;
  door_ = Door::ended;
  forget_names();
  const bool told = started_.owed();
  if (told) refuse(started_, *last_error_, unit_);
  while (!line_.empty()) {
    refuse_message(line_.pop().request, last_error_->code, "the pool has ended");
  }
  close_mailbox(1, core_.own_float());
  if (supervisor_) unlink(supervisor_);
  stop_children(core_.clock().now());
  if (parent_) {
    if (stopped || told) {
      // An end in order is no reason for whoever made it to end.
      unlink(parent_);
      MessagePtr message(Message::make(MessageKind::unlink));
      message->sender = ActorRef::of(this);
      ActorBase::of(parent_).deliver(std::move(message), unit_);
    }
    MessagePtr notice(Message::make(MessageKind::child_ended));
    notice->sender = ActorRef::of(this);
    ActorBase::of(parent_).deliver(std::move(notice), unit_);
  } else if (!stopped && !told && end_reason().text != "killed") {
    core_.report_give_up(ActorRef::of(this), why);
  }
  tell_relations(end_reason(), false, {});
  parent_ = {};
  supervisor_ = {};
  members_.clear();
  by_place_.clear();
  plan_.worker = {};
  plan_.family = nullptr;
  core_.count_end(end_reason().text == "killed", was_stopping);
  core_.live().remove(*this);
  release();
}

}  // namespace moonwright::actors
