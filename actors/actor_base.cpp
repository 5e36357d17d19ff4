// actor_base.cpp: see actor_base.hpp.
#include "actors/actor_base.hpp"

#include <algorithm>
#include <utility>

#include "actors/core.hpp"

namespace moonwright::actors {

ActorBase::ActorBase(AddressKind kind, std::uint64_t id, Core& core, const MailboxLimits& mailbox,
                     std::string name, ActorBase* parent)
    : Address(kind, id),
      core_(core),
      is_root_(parent == nullptr),
      mailbox_(mailbox),
      budget_(core.quota().budget()),
      made_at_(core.clock().coarse_now()),
      parent_(ActorRef::of(parent)),
      above_(parent != nullptr ? parent->lineage() : nullptr),
      name_(std::move(name)) {}

void ActorBase::begin(MessagePtr start, caf::execution_unit* from) {
  // What has come before waits: the mailbox of a new actor is not marked as blocked, so nobody else
  // has scheduled it.
  static_cast<void>(mailbox_.push_control(start.release()));
  schedule(from);
}

const std::shared_ptr<const Lineage>& ActorBase::lineage() {
  std::shared_ptr<const Lineage>& own = relations().lineage;
  if (own == nullptr) own = std::make_shared<const Lineage>(Lineage{id(), above_});
  return own;
}

void ActorBase::add_name(std::string name) {
  if (names_ == nullptr) names_ = std::make_unique<std::vector<std::string>>();
  names_->push_back(std::move(name));
}

void ActorBase::forget_child(const ActorRef& child) {
  if (relations_ != nullptr) relations_->children.erase(child);
}

bool ActorBase::has_name(std::string_view name) const noexcept {
  return names_ != nullptr && std::find(names_->begin(), names_->end(), name) != names_->end();
}

void ActorBase::forget_names() noexcept {
  const auto names = std::move(names_);
  if (names == nullptr) return;
  for (const std::string& name : *names) core_.directory().remove(name, ActorRef::of(this));
}

// Messages in -------------------------------------------------------------------------------------

Posted ActorBase::post(Letter&& letter, caf::execution_unit* from) noexcept {
  switch (door_.load(std::memory_order_relaxed)) {
    case Door::stopping: return Posted::stopped;
    case Door::ended: return Posted::dead;
    case Door::open: break;
  }
  // The place is taken before the message is made, so that a full mailbox costs next to nothing.
  const std::size_t cost = Message::cost(letter.bytes.size());
  if (!mailbox_.reserve(cost)) {
    return mailbox_.could_hold(cost) ? Posted::overload : Posted::too_large;
  }
  if (!pay(budget_.get(), letter.payer, cost)) {
    mailbox_.release(cost);
    return Posted::quota;
  }
  Message* message = Message::make(letter.kind, letter.bytes, letter.refs);
  message->sender = std::move(letter.sender);
  message->correlation = letter.correlation;
  message->deadline = letter.deadline;
  message->privileged = letter.privileged;
  message->cargo = std::move(letter.cargo);
  message->counted = true;
  switch (mailbox_.push_user(message)) {
    case Pushed::closed:
      Message::destroy(message);
      mailbox_.release(cost);
      refund(budget_.get(), letter.payer, cost);
      return Posted::dead;
    case Pushed::wakes: schedule(from); break;
    case Pushed::ok: break;
  }
  return Posted::ok;
}

bool ActorBase::deliver(MessagePtr message, caf::execution_unit* from) noexcept {
  const bool is_down = message->kind == MessageKind::down;
  const Pushed pushed =
      is_down ? mailbox_.push_user(message.get()) : mailbox_.push_control(message.get());
  if (pushed == Pushed::closed) {
    refuse_rest(std::move(message), from);
    return false;
  }
  static_cast<void>(message.release());
  if (pushed == Pushed::wakes) schedule(from);
  return true;
}

void ActorBase::schedule(caf::execution_unit* from) noexcept {
  add_ref();
  have_run(from);
}

void ActorBase::have_run(caf::execution_unit* from) noexcept {
  core_.scheduler().schedule(this, from);
}

Instant ActorBase::ring() noexcept {
  if (!tick_posted_.exchange(true)) deliver(MessagePtr(Message::make(MessageKind::tick)), nullptr);
  return kNever;
}

void ActorBase::close_mailbox(std::uint32_t incarnation, MemoryFloat* payer) {
  Message* rest = mailbox_.close();
  std::uint64_t paid = mailbox_.flush();
  for (const Message* message = rest; message != nullptr; message = message->next) {
    if (!message->counted) continue;
    const std::size_t cost = Message::cost(message->size);
    mailbox_.release(cost);
    paid += cost;
  }
  refund(budget_.get(), payer, paid);
  while (rest != nullptr) {
    MessagePtr message(std::exchange(rest, rest->next));
    if (message->kind == MessageKind::user && message->correlation == 0) {
      bury(DeadLetterKind::unread, incarnation, runtime::note_of(*message), *last_error_);
    } else {
      refuse_rest(std::move(message), unit_);
    }
  }
}

void ActorBase::bury(DeadLetterKind kind, std::uint32_t incarnation, runtime::MessageNote note,
                     const Error& error) {
  if (core_.events().wants(EventType::dead_letter)) {
    Event event;
    event.type = EventType::dead_letter;
    event.time = std::chrono::system_clock::now();
    event.actor = ActorRef::of(this);
    event.name = name_;
    event.incarnation = incarnation;
    event.reason = to_string(kind);
    event.text = error.message;
    event.figures = {{"message", note.name}, {"size_bytes", note.size}};
    core_.events().publish(std::move(event), unit_);
  }
  core_.dead_letters().add(kind, ActorRef::of(this), name_, incarnation, std::move(note), error);
}

void ActorBase::answer_to(Message& message, const Values& values) {
  if (!message.sender) return;
  runtime::ReplyTo to{std::move(message.sender), message.correlation, kNever};
  answer(to, values, unit_);
}

void ActorBase::refuse_to(Message& message, const Error& error) {
  if (!message.sender) return;
  runtime::ReplyTo to{std::move(message.sender), message.correlation, kNever};
  refuse(to, error, unit_);
}

void ActorBase::refuse_rest(MessagePtr message, caf::execution_unit* from) {
  switch (message->kind) {
    case MessageKind::user:
    case MessageKind::tasks:
    case MessageKind::tree:
    case MessageKind::reload:
    case MessageKind::checkpoint:
    case MessageKind::passivate:
    case MessageKind::collect: {
      if (message->correlation == 0 || !message->sender) return;
      runtime::ReplyTo to{std::move(message->sender), message->correlation, message->deadline};
      refuse(to, *last_error_, from);
      return;
    }
    case MessageKind::quota:
      if (budget_ != nullptr) budget_->give(FirstLease::kBytes);
      return;
    case MessageKind::monitor:
      notify(message->sender, MessageKind::down, message->correlation, end_reason(), false, from);
      return;
    case MessageKind::link:
      notify(message->sender, MessageKind::exit_signal, 0, end_reason(), false, from);
      return;
    default: return;
  }
}

QuotaRow ActorBase::quota_row(Instant now) const noexcept {
  QuotaRow row;
  row.id = id();
  row.name = name_;
  row.mailbox = mailbox_.bytes();
  row.quota = quota_bytes();
  row.used = row.mailbox;
  row.efficiency = efficiency(row.used, row.quota);
  row.uptime = now - made_at_;
  row.last_settled = row.uptime;
  return row;
}

// Relations ---------------------------------------------------------------------------------------

ActorBase::Relations& ActorBase::relations() {
  if (relations_ == nullptr) relations_ = std::make_unique<Relations>();
  return *relations_;
}

std::size_t ActorBase::watcher_count() const noexcept {
  return relations_ == nullptr ? 0 : relations_->watchers.size();
}

bool ActorBase::handle_relation(Message& message) {
  switch (message.kind) {
    case MessageKind::monitor:
      relations().watchers.insert({std::move(message.sender), message.correlation});
      return true;
    case MessageKind::demonitor:
      if (relations_) relations_->watchers.erase({message.sender, message.correlation});
      return true;
    case MessageKind::link: link(message.sender); return true;
    case MessageKind::unlink: unlink(message.sender); return true;
    default: return false;
  }
}

void ActorBase::link(const ActorRef& other) { relations().links.insert(other); }

void ActorBase::unlink(const ActorRef& other) {
  if (relations_) relations_->links.erase(other);
}

bool ActorBase::is_linked(const ActorRef& other) const noexcept {
  return relations_ != nullptr && relations_->links.contains(other);
}

void ActorBase::tell_relations(const Reason& reason, bool restarting, const ActorRef& cause) {
  if (relations_ == nullptr) return;
  for (const Watcher& watcher : relations_->watchers) {
    notify(watcher.ref, MessageKind::down, watcher.number, reason, restarting, unit_);
  }
  for (const ActorRef& other : relations_->links) {
    if (other == cause) {
      MessagePtr message(Message::make(MessageKind::unlink));
      message->sender = ActorRef::of(this);
      Address::of(*other.target()).deliver(std::move(message), unit_);
    } else {
      notify(other, MessageKind::exit_signal, 0, reason, restarting, unit_);
    }
  }
  if (!restarting) {
    relations_->watchers = {};
    relations_->links = {};
  } else if (cause) {
    // It ended because of a link: those of its life go with it, or two actors would end each other
    // for ever. After an end of its own they stay, for whoever traps.
    relations_->links.clear();
  }
}

void ActorBase::cut_links(const Reason& reason) {
  if (relations_ == nullptr) return;
  for (const ActorRef& other : std::exchange(relations_->links, {})) {
    notify(other, MessageKind::exit_signal, 0, reason, false, unit_);
  }
}

/// Sends the notice of this actor's end: reason, code, text.
void ActorBase::notify(const ActorRef& to, MessageKind kind, std::uint64_t number,
                       const Reason& reason, bool restarting, caf::execution_unit* from) const {
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  const Values values{reason.text, to_string(reason.error.code), reason.error.message};
  if (!runtime::encode_values(values, MessageLimits{}, bytes, refs)) return;
  MessagePtr notice(Message::make(kind, bytes.view()));
  notice->sender = ActorRef::of(this);
  notice->correlation = number;
  notice->restarting = restarting;
  Address::of(*to.target()).deliver(std::move(notice), from);
}

void ActorBase::stop_children(Instant deadline) {
  if (relations_ == nullptr) return;
  for (const ActorRef& child : std::exchange(relations_->children, {})) {
    MessagePtr message(Message::make(MessageKind::stop));
    message->deadline = deadline;
    Address::of(*child.target()).deliver(std::move(message), unit_);
  }
  if (ended()) relations_.reset();
}

}  // namespace moonwright::actors
