// supervisor.cpp: messages in, and effects out.
#include "actors/supervisor.hpp"

#include <algorithm>
#include <utility>

#include "actors/core.hpp"
#include "actors/partitions.hpp"
#include "actors/script_actor.hpp"

namespace moonwright::actors {
namespace {

using lifecycle::ChildNumber;
using lifecycle::Effect;
using lifecycle::EndKind;

/// How a life ended, for people.
std::string describe_end(const ChildEnd& end) {
  if (end.reason == "error") return "ended with an error: " + end.error.message;
  const bool is_limit = end.reason == to_string(end.error.code) && !end.error.message.empty();
  if (is_limit) return "ended: " + end.error.message;
  return "ended: " + end.reason;
}

}  // namespace

Result<ActorRef> Supervisor::launch(Core& core, Setup setup) {
  const std::string name = setup.plan.options.name;
  ActorBase* const parent = setup.parent;
  caf::execution_unit* const from = setup.from;
  const bool supervised = setup.supervised.has_value();
  auto* const supervisor = new Supervisor(core, std::move(setup));  // NOLINT: counted
  // A child of a supervisor is looked after instead.
  return NativeActor::launch(*supervisor, name, supervised ? nullptr : parent, from);
}

Supervisor::Supervisor(Core& core, Setup setup)
    : NativeActor(AddressKind::supervisor, core.next_actor_id(), core, MailboxLimits{},
                  setup.plan.options.name.empty() ? "supervisor" : setup.plan.options.name,
                  setup.parent),
      plan_(partitioned(std::move(setup.plan))),
      supervised_(setup.supervised),
      share_(std::move(setup.around)),
      started_(std::move(setup.started)),
      life_(supervised_ ? supervised_->life : 1),
      random_(core.next_seed()) {
  const std::uint64_t cap = plan_.options.memory_bytes_max;
  if (cap != kUnlimited) {
    share_ = std::make_shared<QuotaShare>(core.quota().shared_broker(), share_, cap, 0);
  }
  for (const ChildPlan& child : plan_.children) {
    weighted_ = weighted_ || child.traits->weight != ChildTraits{}.weight;
  }
}

/// What one child uses is compared with what its siblings use only if their weights differ: it
/// takes a share of its own.
std::shared_ptr<QuotaShare> Supervisor::share_for(const Child& child) const {
  if (!weighted_) return share_;
  return std::make_shared<QuotaShare>(core_.quota().shared_broker(), share_, kUnlimited,
                                      child.traits->weight);
}

void Supervisor::discard() {
  end_reason() = {"stopped"};
  last_error_ =
      std::make_unique<Error>(Error{ErrorCode::stopped, "the supervisor was not started", {}});
  door_ = Door::ended;
  close_mailbox(life_, core_.own_float());
}

// Turns -------------------------------------------------------------------------------------------

void Supervisor::receive(MessagePtr message) {
  refund(budget_.get(), core_.own_float(), mailbox_.give_back(*message));
  command(std::move(message));
}

bool Supervisor::work_on() {
  if (!checking_ || in_limbo_) return false;
  check_some();
  return true;
}

void Supervisor::control(MessagePtr message) {
  switch (message->kind) {
    case MessageKind::start: start(); break;
    case MessageKind::reply: acknowledge(*message, false); break;
    case MessageKind::failure: acknowledge(*message, true); break;
    case MessageKind::child_ended: child_ended(*message); break;
    case MessageKind::tick:
      tick_posted_ = false;
      armed_ = kNever;
      if (core_.clock().now() >= stop_deadline_) {
        be_killed();
      } else if (supervision_ != nullptr) {
        if (core_.clock().now() >= check_due_) {
          check_due_ = next_round_ = kNever;
          checking_ = true;
          next_bucket_ = 0;
        }
        supervision_->tick(core_.clock().now(), effects_);
        execute();
      }
      break;
    case MessageKind::recycled: child_recycled(*message); break;
    case MessageKind::stop: begin_stop(*message); break;
    case MessageKind::suspend:
      if (supervision_ == nullptr) break;
      supervision_->stop(EndKind::stopped, "stopped", core_.clock().now(), effects_);
      execute();
      break;
    case MessageKind::kill: be_killed(); break;
    case MessageKind::restart:
      if (!in_limbo_ || message->correlation != life_ + 1) break;
      ++life_;
      in_limbo_ = false;
      started_ = supervised_->acknowledgement(parent_, life_);
      start();
      break;
    case MessageKind::release:
      if (in_limbo_) terminate(std::move(end_reason()));
      break;
    case MessageKind::exit_signal: {
      if (!is_linked(message->sender)) break;
      unlink(message->sender);
      const auto values = runtime::decode_values(message->bytes(), message->ref_list());
      if ((*values)[0].as_string() == "normal" || supervision_ == nullptr) break;
      for_good_ = true;
      supervision_->stop(EndKind::failed, std::string((*values)[0].as_string()),
                         core_.clock().now(), effects_);
      execute();
      break;
    }
    case MessageKind::tree: {
      answer_to(*message, {describe_self()});
      break;
    }
    default:
      if (!handle_as_no_script(*message, "a supervisor")) {
        static_cast<void>(handle_relation(*message));
      }
      break;
  }
}

/// A first or a further life: with nobody but those that it was declared with.
void Supervisor::start() {
  supervision_ = std::make_unique<lifecycle::Supervision>(plan_.options, [this] {
    return static_cast<double>(random_() - std::minstd_rand::min()) /
           static_cast<double>(std::minstd_rand::max() - std::minstd_rand::min());
  });
  table_.clear();
  gatherings_.clear();
  pace_ = {};
  checking_ = gave_up_ = false;
  check_due_ = next_round_ = kNever;
  for (ChildPlan& plan : plan_.children) {
    const ChildNumber number = supervision_->declare(plan.terms());
    table_[number].traits = shared_traits(plan.traits);
    plan_check(*plan.traits);
  }
  supervision_->start(core_.clock().now(), effects_);
  execute();
}

void Supervisor::arm() {
  const Instant wake = supervision_ != nullptr ? supervision_->next_wake() : kNever;
  const Instant due = std::min({wake, stop_deadline_, in_limbo_ ? kNever : check_due_});
  if (due == armed_) return;
  armed_ = due;
  core_.timers().set(*this, due);
}

// Children ----------------------------------------------------------------------------------------

/// The chunk of a child has returned, or all children of a supervisor have been started. If it has
/// failed, the notice of its end says more.
void Supervisor::acknowledge(const Message& message, bool failed) {
  if ((message.correlation & kGathering) != 0) return take_gathered(message, failed);
  if (failed || supervision_ == nullptr) return;
  supervision_->child_started(message.correlation & kChildMask,
                              static_cast<std::uint32_t>(message.correlation >> 40),
                              core_.clock().now(), effects_);
  execute();
}

void Supervisor::child_ended(const Message& message) {
  if (message.size == 0) {
    forget_child(message.sender);
    return;
  }
  auto values = runtime::decode_values(message.bytes(), message.ref_list());
  if (!values || supervision_ == nullptr) return;
  ChildEnd end = decode_end(*values);
  const auto at = table_.find(end.child);
  if (at == table_.end() || at->second.actor != message.sender) return;
  end_drain(at->second);
  const std::string why = describe_end(end);
  at->second.its_past().last_end = why;
  const EndKind kind = end_kind_of(end.reason);
  if (kind == EndKind::failed) {
    const auto view = supervision_->view(end.child);
    crashes_.push_back({std::chrono::system_clock::now(), std::string(view ? view->id : ""),
                        end.incarnation, std::move(end.reason), std::move(end.error),
                        std::move(end.message_name), end.memory_bytes, end.mailbox_messages});
    if (crashes_.size() > kKept) crashes_.pop_front();
  }
  supervision_->child_ended(end.child, end.incarnation, kind, end.final, why, core_.clock().now(),
                            effects_);
  execute();
}

/// Effects may bring about others, which are appended meanwhile.
void Supervisor::execute() {
  for (std::size_t i = 0; i < effects_.size(); ++i) {
    Effect effect = std::move(effects_[i]);
    execute(effect);
    if (ended() || in_limbo_) break;
  }
  effects_.clear();
  settle_total();
}

void Supervisor::execute(Effect& effect) {
  const ChildNumber number = effect.child;
  switch (effect.kind) {
    case Effect::Kind::spawn:
      if (effect.number > 1) decide(number, "was started again (" + effect.text + ")");
      spawn(number, static_cast<std::uint32_t>(effect.number));
      break;
    case Effect::Kind::restart: {
      decide(number, "was restarted, because it " + std::string(table_.at(number).last_end()) +
                         " (" + effect.text + ")");
      MessagePtr message(Message::make(MessageKind::restart));
      message->correlation = effect.number;
      ActorBase::of(table_.at(number).actor).deliver(std::move(message), unit_);
      break;
    }
    case Effect::Kind::suspend: tell_to_leave(number, MessageKind::suspend); break;
    case Effect::Kind::stop: tell_to_leave(number, MessageKind::stop); break;
    case Effect::Kind::kill: tell(number, MessageKind::kill); break;
    case Effect::Kind::release: tell(number, MessageKind::release); break;
    case Effect::Kind::abandon:
      decide(number, "was left behind: not even a kill has ended it in its time");
      break;
    case Effect::Kind::forget:
      if (const auto at = table_.find(number); at != table_.end()) {
        end_drain(at->second);
        table_.erase(at);
      }
      break;
    case Effect::Kind::answer: {
      const auto at = table_.find(number);
      const bool has_actor = at != table_.end() && at->second.actor;
      answer(effect.number, has_actor ? Values{at->second.actor} : Values{true});
      break;
    }
    case Effect::Kind::refuse: refuse_request(effect.number, effect.error); break;
    case Effect::Kind::started:
      if (started_.owed()) {
        MessagePtr reply(Message::make(MessageKind::reply));
        reply->correlation = std::exchange(started_.correlation, 0);
        Address::of(*started_.sender.target()).deliver(std::move(reply), unit_);
      }
      break;
    case Effect::Kind::start_failed:
      decide(number, "could not be started: " + effect.text);
      if (started_.owed()) {
        told_ = true;
        const auto view = supervision_->view(number);
        refuse(started_,
               {ErrorCode::dead,
                "child '" + std::string(view ? view->id : "") +
                    "' could not be started: " + effect.text,
                {}},
               unit_);
      }
      break;
    case Effect::Kind::give_up: give_up(effect); break;
    case Effect::Kind::ended: finish(effect.end, effect.text); break;
  }
}

void Supervisor::spawn(ChildNumber number, std::uint32_t life) {
  Child& child = table_.at(number);
  auto actor = make_actor(number, life, child);
  if (actor) {
    child.actor = std::move(*actor);
    // One that was added lives through all its restarts in this actor.
    child.plan.reset();
  } else {
    child.its_past().last_end = "could not be spawned: " + actor.error().message;
    supervision_->spawn_failed(number, actor.error(), core_.clock().now(), effects_);
  }
}

Result<ActorRef> Supervisor::make_actor(ChildNumber number, std::uint32_t life, Child& child) {
  const auto view = *supervision_->view(number);
  const ChildPlan* plan = child.plan.get();
  if (plan == nullptr) {
    const auto at = std::find_if(plan_.children.begin(), plan_.children.end(),
                                 [&](const ChildPlan& each) { return each.id == view.id; });
    if (at == plan_.children.end()) {
      return fail(ErrorCode::dead, "nothing is known any more of what it was made from");
    }
    plan = &*at;
  }
  const Supervised supervised{
      number, child.traits->restart, life, {child.traits, &child.traits->health}};
  const ActorRef self = ActorRef::of(this);
  if (plan->supervisor != nullptr) {
    Setup setup;
    setup.plan = plan->supervisor->clone();
    setup.around = share_for(child);
    setup.parent = this;
    setup.supervised = supervised;
    setup.started = supervised.acknowledgement(self, life);
    setup.from = unit_;
    return launch(core_, std::move(setup));
  }
  auto spec = plan->make_spec();
  auto place = core_.find_place(plan_.family);
  if (!place) return fail(std::move(place.error()));
  spec->place = std::move(*place);
  spec->quota_share = share_for(child);
  spec->supervised = std::make_unique<const Supervised>(supervised);
  spec->started = supervised.acknowledgement(self, life);
  return core_.launch(std::move(spec), plan->spawn.name, this, unit_);
}

void Supervisor::tell(ChildNumber number, MessageKind kind) {
  ActorBase::of(table_.at(number).actor).deliver(MessagePtr(Message::make(kind)), unit_);
}

/// With the times that the child has for it, as far as the supervisor has them itself.
void Supervisor::tell_to_leave(ChildNumber number, MessageKind kind) {
  const Child& child = table_.at(number);
  const StopTimes& times = child.traits->stop;
  const Instant now = core_.clock().now();
  MessagePtr message(Message::make(kind));
  message->deadline = stop_deadline_;
  if (ActorBase::of(child.actor).kind() == AddressKind::script) {
    message->deadline = std::min(stop_deadline_, now + times.drain + times.on_stop);
    message->set_drain_until(std::min(message->deadline, now + times.drain));
  }
  ActorBase::of(child.actor).deliver(std::move(message), unit_);
}

// Ends --------------------------------------------------------------------------------------------

void Supervisor::begin_stop(const Message& message) {
  for_good_ = true;
  door_ = Door::stopping;
  stop_deadline_ = std::min(stop_deadline_, message.deadline);
  if (in_limbo_ || supervision_ == nullptr) return terminate({"stopped"});
  supervision_->stop(EndKind::stopped, "stopped", core_.clock().now(), effects_);
  execute();
}

/// At once: children are killed on their own threads, and nobody waits for them.
void Supervisor::be_killed() {
  if (in_limbo_ && !core_.stopping()) return;
  for (const auto& [number, child] : table_) {
    if (!child.actor) continue;
    MessagePtr message(Message::make(MessageKind::stop));
    message->deadline = core_.clock().now();
    ActorBase::of(child.actor).deliver(std::move(message), unit_);
  }
  const bool may_return = supervised_ && !for_good_ && !core_.stopping();
  end_reason() = {"killed", {ErrorCode::killed, "the supervisor was killed", {}}};
  if (may_return && lifecycle::is_restarted(supervised_->restart, EndKind::failed)) {
    table_.clear();
    settle_total();
    supervision_.reset();
    in_limbo_ = true;
    report_to_parent(false);
    return;
  }
  terminate(std::move(end_reason()));
}

void Supervisor::give_up(const Effect& effect) {
  gave_up_ = supervision_->closing();
  const auto view = supervision_->view(effect.child);
  const std::string id(view ? view->id : "");
  const auto at = table_.find(effect.child);
  const std::string last(at != table_.end() ? at->second.last_end() : "");
  decide(effect.child, "was given up: " + effect.text + "; it last " + last);
  core_.log().write({LogLevel::error, actor_name(), ActorBase::id(),
                     "gave up: " + effect.text + "; '" + id + "' last " + last});
}

/// All children have ended.
void Supervisor::finish(EndKind end, const std::string& why) {
  end_reason() = {why};
  if (end == EndKind::failed || gave_up_) end_reason().error = {ErrorCode::dead, why, {}};
  const bool may_return = supervised_ && !for_good_ && !core_.stopping();
  if (may_return && lifecycle::is_restarted(supervised_->restart, end)) {
    table_.clear();
    supervision_.reset();
    tell_relations(end_reason(), true, {});
    in_limbo_ = true;
    report_to_parent(false);
    return;
  }
  terminate(std::move(end_reason()));
}

void Supervisor::terminate(Reason reason) {
  core_.timers().cancel(*this);
  end_reason() = std::move(reason);
  const std::string who = "supervisor '" + std::string(actor_name()) + "' ";
  const bool stopped = end_reason().text == "stopped";
  last_error_ = std::make_unique<Error>(Error{
      stopped ? ErrorCode::stopped : ErrorCode::dead, who + "has ended: " + end_reason().text, {}});
  const bool was_stopping = door_.load(std::memory_order_relaxed) == Door::stopping;
  door_ = Door::ended;
  forget_names();
  if (started_.owed()) refuse(started_, *last_error_, unit_);
  for (auto& [number, to] : requests_) refuse(to, *last_error_, unit_);
  requests_.clear();
  close_mailbox(life_, core_.own_float());
  // An end in order is no reason for whoever made it to end.
  const bool in_order = stopped || told_ || end_reason().error.message.empty();
  if (parent_ && !supervised_ && in_order) {
    unlink(parent_);
    MessagePtr message(Message::make(MessageKind::unlink));
    message->sender = ActorRef::of(this);
    ActorBase::of(parent_).deliver(std::move(message), unit_);
  }
  tell_relations(end_reason(), false, {});
  if (parent_) {
    if (supervised_) {
      report_to_parent(true);
    } else {
      MessagePtr notice(Message::make(MessageKind::child_ended));
      notice->sender = ActorRef::of(this);
      ActorBase::of(parent_).deliver(std::move(notice), unit_);
    }
  } else if (!in_order) {
    core_.report_give_up(ActorRef::of(this), end_reason().text);
  }
  parent_ = {};
  table_.clear();
  settle_total();
  supervision_.reset();
  share_.reset();
  plan_.children.clear();
  core_.count_end(end_reason().text == "killed", was_stopping);
  core_.live().remove(*this);
  release();
}

void Supervisor::report_to_parent(bool final) {
  ChildEnd end;
  end.child = supervised_->child;
  end.incarnation = life_;
  end.final = final;
  end.reason = end_reason().text;
  end.error = end_reason().error;
  end.mailbox_messages = mailbox_.depth();
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  const Values values = encode_end(std::move(end));
  if (!runtime::encode_values(values, MessageLimits{}, bytes, refs)) return;
  MessagePtr notice(Message::make(MessageKind::child_ended, bytes.view(), refs));
  notice->sender = ActorRef::of(this);
  ActorBase::of(parent_).deliver(std::move(notice), unit_);
}

void Supervisor::decide(ChildNumber number, std::string sentence) {
  const auto at = table_.find(number);
  if (at == table_.end()) return;
  const auto view = supervision_->view(number);
  std::string text = "'" + std::string(view ? view->id : "") + "' " + sentence;
  core_.log().write({LogLevel::info, actor_name(), ActorBase::id(), text});
  at->second.its_past().decision = text;
  decisions_.push_back(std::move(text));
  if (decisions_.size() > kKept) decisions_.pop_front();
}

/// With children by the ten thousand it matters that they share what they have in common.
std::shared_ptr<const ChildTraits> Supervisor::shared_traits(
    std::shared_ptr<const ChildTraits> traits) {
  if (last_traits_ == nullptr || *last_traits_ != *traits) last_traits_ = std::move(traits);
  return last_traits_;
}

}  // namespace moonwright::actors
