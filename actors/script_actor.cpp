// script_actor.cpp: messages in, and turns.
#include "actors/script_actor.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "actors/core.hpp"
#include "actors/dedicated_thread.hpp"
#include "runtime/error_value.hpp"
#include "runtime/memory_sampler.hpp"
#include "runtime/task_list.hpp"

namespace moonwright::actors {
namespace {

/// Messages after which an actor lets others have the worker, whatever the clock says. Where the
/// clock goes, its slice is over long before.
constexpr std::size_t kMessagesPerTurn = 4096;
/// Messages between two looks at the clock.
constexpr std::size_t kMessagesPerLook = 32;
/// Cancelled requests that have not been found are remembered up to this number.
constexpr std::size_t kGivenUpMax = 1'000;
/// Whether taking such a message may have the script run on.
bool resumes_script(MessageKind kind) noexcept {
  return kind == MessageKind::reply || kind == MessageKind::failure;
}
/// Whether it touches the state without running the script.
bool touches_state(MessageKind kind) noexcept {
  return kind == MessageKind::collect || kind == MessageKind::tasks ||
         kind == MessageKind::profile || kind == MessageKind::limit;
}

}  // namespace

ScriptActor::ScriptActor(Core& core, std::unique_ptr<SpawnSpec> spec, std::string name,
                         ActorBase* parent)
    : ActorBase(AddressKind::script, core.next_actor_id(), core, spec->plan->mailbox,
                std::move(name), parent),
      incarnation_(spec->supervised ? spec->supervised->life : 1),
      lease_(spec->lease.held() ? FirstLease::kBytes : 0),
      spec_(std::move(*spec)),
      memory_limit_(plan().limits.memory_bytes_max),
      settled_at_(made_at_) {
  make_life();
  life_->lease = std::move(spec->lease);
  life_->started = std::move(spec->started);
  if (plan().pool) life_->duty = std::make_unique<PoolDuty>();
}

ScriptActor::~ScriptActor() {
  // Whose thread this is, nobody knows.
  if (script_ != nullptr) script_->use_pool(nullptr, core_.quota().direct());
  // What it still holds may speak to the rest of this.
  script_.reset();
  static_cast<void>(take_offer());
}

void ScriptActor::release() const noexcept {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void ScriptActor::take_level() {
  Subtree* const shared = family();
  if (shared != nullptr && shared->has_overdrawn(core_.clock().coarse_now())) {
    set_level(lifecycle::RunLevel::lowest);
  }
}

void ScriptActor::dedicate() {
  thread_ = std::make_unique<DedicatedThread>(*this, core_.script_threads());
  core_.enlist(thread_->id());
}

void ScriptActor::have_run(caf::execution_unit* from) noexcept {
  if (thread_ != nullptr) {
    thread_->schedule();
  } else {
    ActorBase::have_run(from);
  }
}

void ScriptActor::wake_at(Instant when) {
  life_->script_wake = when;
  arm();
}

void ScriptActor::arm() {
  Instant first = std::min({life_->script_wake, life_->drain_until, life_->stop_deadline});
  if (carry_ != nullptr) first = std::min({first, carry_->until, carry_->due, carry_->look});
  core_.timers().set(*this, first);
}

// Turns -------------------------------------------------------------------------------------------

Job::Turn ScriptActor::run(caf::execution_unit* unit) {
  runtime::Runner& runner = runtime::Runner::current();
  core_.script_threads().enlist(runner);
  if (life_ == nullptr) make_life();
  if (life_->lent_pool != runner.chunk_pool()) lend(runner);
  runner.begin_turn();
  if (thread_ != nullptr) core_.scheduler().keep_ticking();
  const Turn turn = take_turn(unit);
  runner.end_turn();
  return turn;
}

Job::Turn ScriptActor::take_turn(caf::execution_unit* unit) {
  unit_ = unit;
  life_->slice_began = Instant{};
  if (family() != nullptr) life_->charged_until = core_.clock().now();
  life_->turn_began_ticks = core_.scheduler().ticks();
  life_->work.begin_turn(life_->turn_began_ticks, core_.clock());
  std::size_t handled = 0;
  Turn turn = Turn::again;
  for (;;) {
    const bool controlled = take_control();
    const bool worked = !ended() && step();
    std::uint64_t ticks = life_->turn_began_ticks;
    // Once the actor has ended, the runtime around it may be gone.
    if (!ended() && (worked || controlled)) {
      ticks = core_.scheduler().ticks();
      life_->work.look(ticks, core_.clock(), controlled, in_the_middle());
    }
    // Whatever the script made of it: who had to be killed was killed.
    if (!ended() && dying_) end_by_force();
    if (!ended() && script_ != nullptr && script_->ended()) {
      runtime::Ending& ending = script_->ending();
      finish({std::move(ending.reason), std::move(ending.error)}, std::move(ending.values));
    }
    if (ended()) {
      if (Subtree* const shared = family()) charge_family(*shared);
      unit_ = nullptr;
      return Turn::ended;
    }
    if (life_->duty != nullptr) tell_pool();
    if (in_the_middle() || (life_->duty != nullptr && life_->duty->wants_state)) {
      settle_turn();
      unit_ = nullptr;
      return Turn::again_late;
    }
    if (worked) {
      if (!lets_others_go(++handled, ticks, turn)) continue;
      settle_turn();
      return turn;
    }
    settle_turn();
    // What came while the script ran has been taken out of the mailbox, and wakes nobody any more.
    if (dying_ || !life_->control.empty()) continue;
    // Not has_user(): what that takes out of the inbox would wake nobody any more.
    if (mailbox_.depth() == 0) life_->work.note_empty();
    // Once the mailbox is blocked, another thread may be running this actor.
    unit_ = nullptr;
    if (passive_ != nullptr) drop_life();
    if (mailbox_.try_block()) return Turn::waits;
    if (life_ == nullptr) return Turn::again;
    unit_ = unit;
  }
}

/// Looks at the time after every few messages, and whenever a tick says that some has passed: one
/// message may take long.
bool ScriptActor::lets_others_go(std::size_t handled, std::uint64_t ticks, Turn& turn) {
  ticks -= life_->turn_began_ticks;
  if (ticks == 0 && handled % kMessagesPerLook != 0) return false;
  const Instant now = core_.clock().now();
  if (life_->slice_began == Instant{}) life_->slice_began = now;
  // A tick is a millisecond; a difference of n of them is more than n - 1.
  const auto passed = std::max<std::chrono::nanoseconds>(
      now - life_->slice_began, std::chrono::milliseconds(ticks > 0 ? ticks - 1 : 0));
  if (passed >= core_.options().slice) turn = Turn::again_late;
  return turn == Turn::again_late || handled >= kMessagesPerTurn;
}

/// Answers whether there was anything. What may not be taken in the middle of a task stays, in
/// order.
bool ScriptActor::take_control() {
  if (dying_) end_by_force();
  if (!ended()) {
    Message* const first = mailbox_.take_control();
    if (first == nullptr && life_->control.empty()) return false;
    if (first != nullptr && first->next == nullptr && life_->control.empty() && !in_the_middle()) {
      control(MessagePtr(first));
      return true;
    }
    keep_control(first);
  }
  for (std::size_t i = 0; i < life_->control.size() && !ended();) {
    const MessageKind kind = life_->control[i]->kind;
    if (in_the_middle() && (resumes_script(kind) || (touches_state(kind) && script_->saves()))) {
      ++i;
      continue;
    }
    MessagePtr message = std::move(life_->control[i]);
    life_->control.erase(life_->control.begin() + static_cast<std::ptrdiff_t>(i));
    control(std::move(message));
  }
  if (!ended()) return true;
  for (MessagePtr& message : std::exchange(life_->control, {}))
    refuse_rest(std::move(message), unit());
  return true;
}

void ScriptActor::keep_control(Message* chain) {
  while (chain != nullptr) life_->control.emplace_back(std::exchange(chain, chain->next));
}

bool ScriptActor::must_die() {
  keep_control(mailbox_.take_control());
  for (const MessagePtr& message : life_->control) {
    if (message->kind == MessageKind::kill) dying_ = kill_came_ = true;
    if (message->kind == MessageKind::stop) begin_stop(*message);
  }
  if (core_.clock().now() >= life_->stop_deadline) dying_ = true;
  return dying_;
}

bool ScriptActor::in_the_middle() const noexcept {
  return script_ != nullptr && script_->preempted();
}

void ScriptActor::control(MessagePtr message) {
  switch (message->kind) {
    case MessageKind::start: start(std::move(message)); break;
    case MessageKind::reply:
    case MessageKind::failure:
      if (script_ != nullptr && !script_->ended()) script_->receive(std::move(message));
      break;
    case MessageKind::tick: tick(); break;
    case MessageKind::stop: begin_stop(*message); break;
    case MessageKind::suspend: begin_leaving(Leaving::suspend, *message); break;
    case MessageKind::recycle: begin_recycling(*message); break;
    case MessageKind::reload: begin_reload(std::move(message)); break;
    case MessageKind::restart: restart(*message); break;
    case MessageKind::release:
      if (in_limbo_) terminate(std::move(end_reason()), {});
      break;
    case MessageKind::quota: begin_with_quota(); break;
    case MessageKind::limit: set_memory_limit(message->correlation); break;
    case MessageKind::execute: receive_order(std::move(message)); break;
    case MessageKind::kill: be_killed("the actor was killed"); break;
    case MessageKind::exit_signal: receive_exit_signal(std::move(message)); break;
    case MessageKind::monitor:
    case MessageKind::demonitor:
    case MessageKind::link:
    case MessageKind::unlink: static_cast<void>(handle_relation(*message)); break;
    case MessageKind::child_ended: forget_child(message->sender); break;
    case MessageKind::collect: collect(std::move(message)); break;
    case MessageKind::tasks: answer_tasks(std::move(message)); break;
    case MessageKind::cancel: cancel(*message); break;
    case MessageKind::profile:
      if (passive_ == nullptr) take_offered_profiler();
      break;
    case MessageKind::checkpoint: ask_checkpoint(std::move(message)); break;
    case MessageKind::restore: begin_restore(std::move(message)); break;
    case MessageKind::passivate: ask_passivation(std::move(message)); break;
    case MessageKind::recycled:  // these are for supervisors and pools
    case MessageKind::tree:
    case MessageKind::worked:
    case MessageKind::user:
    case MessageKind::event:
    case MessageKind::down: break;  // they have a lane of their own
  }
}

void ScriptActor::start(MessagePtr message) {
  if (waits_for_quota(message)) return;
  read_checkpoint_file();
  if (SpawnExtras* const extras = spec_.extras.get(); extras != nullptr && extras->process_memory) {
    static_cast<void>(extras->process_memory->start());
  }
  start_profiles();
  start_script(*message);
  // What it begins with, it begins with again.
  if (message->size != 0) spec_.start = std::move(message);
}

void ScriptActor::start_again() {
  if (spec_.start != nullptr) return start_script(*spec_.start);
  start_script(*MessagePtr(Message::make(MessageKind::start)));
}

void ScriptActor::start_script(const Message& arguments) {
  runtime::ScriptOptions options;
  if (life_->reload == nullptr || !life_->reload->fell_back) {
    ScriptSource::Version newest = plan().source->newest();
    has_begun_ = has_begun_ && newest.generation == spec_.version.generation;
    spec_.version = std::move(newest);
  }
  generation_.store(spec_.version.generation, std::memory_order_relaxed);
  chunk_returned_ = false;
  options.code = spec_.version.code;
  options.limits = limits();
  options.sandbox = plan().grants.level;
  options.libraries = plan().grants.libraries;
  options.enable_debug = core_.options().enable_debug;
  options.allow_bytecode = core_.options().allow_bytecode;
  options.chunk_return = plan().chunk_return;
  options.call_timeout = core_.options().default_call_timeout;
  options.seed = core_.next_seed();
  options.secret_random = !core_.has_fixed_seed();
  options.memory_source = core_.options().memory_source;
  options.limits_cover_chunk = plan().limits_cover_chunk;
  options.count_hook = core_.options().preemption == Preemption::count_hook;
  options.preempt_always = core_.options().slice.count() == 0;
  options.memory_share = memory_share();
  options.memory_lender = float_;
  options.memory_lease = life_->lease.take_over();
  const SpawnExtras* const extras = spec_.extras.get();
  options.measure = (extras != nullptr && extras->on_end) || plan().factory != nullptr;
  options.factory = plan().factory;
  options.end_is_reported = extras != nullptr && extras->is_execution;
  options.crash_on_error = plan().on_error == OnError::crash;
  options.incarnation = incarnation();
  options.generation = generation();
  if (carry_ != nullptr) options.restore = carry_->next;
  options.first_generation = first_generation_;
  options.first_monitor = first_monitor_;
  life_->began = core_.clock().now();
  life_->work.begin_life(life_->began);
  script_ = std::make_unique<runtime::ActorScript>(life_->host, std::move(options));
  script_->start(arguments, std::move(life_->started));
}

void ScriptActor::begin_stop(const Message& message) {
  door_ = Door::stopping;
  if (life_->quota_wait != nullptr) {
    terminate({"stopped", {ErrorCode::stopped, "it has not begun", {}}}, {});
    return;
  }
  begin_leaving(Leaving::for_good, message);
}

/// A harder way of leaving takes the place of a softer one; a sooner end that of a later one.
void ScriptActor::begin_leaving(Leaving how, const Message& message) {
  if (in_limbo_) {
    if (how == Leaving::for_good) terminate({"stopped"}, {});
    return;
  }
  if (ends_passive(how)) return;
  const bool harder = leaving_ == Leaving::recycle && how == Leaving::suspend;
  if (leaving_ == Leaving::no || how == Leaving::for_good || harder) leaving_ = how;
  forced_ = true;
  life_->drain_until = std::min(life_->drain_until, message.drain_until());
  life_->stop_deadline = std::min(life_->stop_deadline, message.deadline);
  arm();
}

/// The next incarnation, if the supervisor knows the one that has ended.
void ScriptActor::restart(const Message& message) {
  if (!in_limbo_ || message.correlation != incarnation() + 1) return;
  life_->work.count_restart();
  begin_with_kept();
  begin_incarnation();
}

void ScriptActor::begin_incarnation() {
  in_limbo_ = false;
  ++incarnation_;
  if (spec_.supervised) {
    life_->started = spec_.supervised->acknowledgement(parent_, incarnation());
  }
  switch_generation();
  start_again();
}

/// Whoever traps is told, behind what the other has sent before; everybody else ends with it.
void ScriptActor::receive_exit_signal(MessagePtr message) {
  if (!is_linked(message->sender) || in_limbo_) return;
  if (!message->restarting) unlink(message->sender);
  if (traps_) {
    static_cast<void>(mailbox_.push_user(message.release()));
    return;
  }
  unlink(message->sender);
  const auto values = runtime::decode_values(message->bytes(), message->ref_list());
  const std::string reason((*values)[0].as_string());
  if (reason == "normal") return;
  life_->exit_cause = std::move(message->sender);
  finish({reason, {ErrorCode::dead, "a linked actor has ended: " + reason, {}}}, {});
}

void ScriptActor::change_link(const ActorRef& other, bool linked) {
  if (linked) {
    link(other);
  } else {
    unlink(other);
  }
  MessagePtr message(Message::make(linked ? MessageKind::link : MessageKind::unlink));
  message->sender = ActorRef::of(this);
  Address::of(*other.target()).deliver(std::move(message), unit_);
}

/// Collects between two turns and answers with the bytes before and after.
void ScriptActor::collect(MessagePtr message) {
  shed_asked_.store(false, std::memory_order_relaxed);
  CollectionResult collection;
  if (script_ != nullptr && !script_->ended()) {
    collection = runtime::collect(*script_);
    core_.report_collection(ActorRef::of(this), collection);
    publish_figures();
  }
  if (!message->sender) return;
  answer_to(*message, {collection.before_bytes, collection.after_bytes});
}

/// Whatever it is in the middle of. Between two incarnations it is in the middle of nothing.
void ScriptActor::answer_tasks(MessagePtr message) {
  TaskList list;
  if (script_ != nullptr && !script_->ended()) list = runtime::list_tasks(*script_);
  answer_to(*message, {to_value(list), list.total});
}

/// Somebody has given up one request, or whatever this actor is doing.
void ScriptActor::cancel(const Message& message) {
  if (message.correlation != 0) {
    const detail::RefTarget* sender = message.sender.target();
    if (sender == nullptr) return cancel_order(message.correlation);
    if (script_ != nullptr && script_->cancel_request(sender, message.correlation)) return;
    // It has been answered, or still waits in the mailbox, which this message has overtaken.
    life_->given_up.push_back({message.sender, message.correlation});
    if (life_->given_up.size() > kGivenUpMax) life_->given_up.erase(life_->given_up.begin());
    return;
  }
  if (script_ != nullptr && !script_->ended()) script_->cancel_all();
  if (life_->quota_wait != nullptr) {
    terminate({"cancelled", {ErrorCode::cancelled, "cancelled", {}}}, {});
  }
}

void ScriptActor::tick() {
  tick_posted_ = false;
  const Instant now = core_.clock().now();
  if (life_->quota_wait != nullptr && !may_go_on_waiting(now)) return;
  if (now >= life_->stop_deadline) {
    end_by_force();
    return;
  }
  if (now >= life_->drain_until) {
    life_->drain_until = kNever;
    drain_over_ = true;
    if (!forced_) {
      give_up_recycling({ErrorCode::timeout, "it had not finished what it had begun in time", {}});
    }
  }
  look_at_checkpoints(now);
  look_at_idleness(now);
  if (now >= life_->script_wake) {
    life_->script_wake = kNever;
    if (in_the_middle()) {
      wake_put_off_ = true;
    } else if (script_ != nullptr && !script_->ended()) {
      script_->wake();
    }
  }
  if (!ended()) arm();
}

/// Does one piece of work; answers whether there was any. What has become ready and what has come
/// by message take turns, so that forks which fork again leave the mailbox its share.
bool ScriptActor::step() {
  if (script_ == nullptr && (makes_state() || wakes_for_message())) return true;
  if (script_ == nullptr || script_->ended()) return false;
  if (in_the_middle()) {
    script_->go_on();
    return true;
  }
  if (std::exchange(wake_put_off_, false)) {
    script_->wake();
    return true;
  }
  if (script_->saves() || (wants_checkpoint() && is_quiet())) return save_some();
  const bool is_waking = carry_ != nullptr && carry_->is_waking;
  if (leaving_ != Leaving::no && !script_stopping_ && !is_waking && drained()) {
    if (is_to_carry()) return save_some();
    script_stopping_ = true;
    if (leaving_ == Leaving::recycle) {
      script_->leave_for_next(life_->recycle_why);
    } else {
      script_->stop();
    }
    return true;
  }
  if (life_->duty != nullptr && begin_order()) return true;
  if (changes_activity()) return true;
  if (may_go_passive()) return save_some();
  const bool ready = script_->has_ready();
  messages_turn_ = !messages_turn_;
  if (!ready || messages_turn_) {
    if (takes_messages() && mailbox_.has_user()) {
      // What was sent before it on the other lane comes first, even if it came just now.
      if (mailbox_.has_control()) return true;
      if (!in_use() && changes_activity()) return true;
      handle(MessagePtr(mailbox_.pop_user()));
      return true;
    }
  }
  if (ready) script_->run_ready(1);
  return ready;
}

/// Whether the script gets messages now. What comes while another incarnation is to follow waits
/// for that one.
bool ScriptActor::takes_messages() const noexcept {
  if (leaving_ != Leaving::no && (leaving_ != Leaving::for_good || drain_over_)) return false;
  if (wants_checkpoint()) return false;
  return script_->takes_messages();
}

/// Whether nothing is under way that a checkpoint could not carry.
bool ScriptActor::is_quiet() const noexcept {
  return script_->handlers_in_flight() == 0 && script_->answers_put_off() == 0;
}

/// Whether nothing is left to finish before on_stop(). A chunk that still runs takes no messages,
/// and neither does an actor without behaviour: what waits for them waits in vain.
bool ScriptActor::drained() noexcept {
  if (drain_over_) return true;
  // A script that waits goes back to the pool, unless it is the last that this one does.
  const PoolDuty* const duty = life_->duty.get();
  if (duty != nullptr && duty->order != nullptr) return false;
  if (duty != nullptr && duty->waiting != nullptr && begins_orders()) return false;
  if (script_->handlers_in_flight() > 0) return false;
  // A life that has not quite begun does so before another one follows.
  if (leaving_ == Leaving::recycle && !chunk_returned_) return false;
  // Who ends for good has never waited for answers that are put off: many are until the end.
  if (leaving_ != Leaving::for_good && script_->answers_put_off() > 0) return false;
  return !takes_messages() || !mailbox_.has_user();
}

/// It could not finish what it has begun; whoever wanted it recycled may try again.
void ScriptActor::give_up_recycling(const Error& why) {
  if (leaving_ != Leaving::recycle) return;
  tell_supervisor_recycled(false);
  refuse_reload(why);
  if (carry_ != nullptr) {
    carry_->saved = false;
    // What it is beginning with it may need once more.
    if (chunk_returned_) carry_->next = {};
  }
  life_->drain_until = kNever;
  leaving_ = Leaving::no;
  drain_over_ = false;
  life_->stop_deadline = kNever;
}

void ScriptActor::handle(MessagePtr message) {
  refund(mailbox_.give_back(*message));
  if (life_->duty != nullptr && message->kind == MessageKind::user) ++life_->duty->taken;
  // Whoever sent an expired request has been told; nobody wants the answer any more.
  if (message->is_request() && message->deadline != kNever &&
      message->deadline < core_.clock().coarse_now()) {
    return;
  }
  if (message->is_request() && !life_->given_up.empty() && is_given_up(*message)) {
    runtime::ReplyTo to{std::move(message->sender), message->correlation, message->deadline};
    refuse(to, {ErrorCode::cancelled, "the request was cancelled before it began", {}}, unit());
    return;
  }
  if (message->kind != MessageKind::user || !life_->work.count_use()) {
    script_->handle(std::move(message));
    return;
  }
  const Instant before = core_.clock().now();
  script_->handle(std::move(message));
  life_->work.time(core_.clock().now() - before);
}

bool ScriptActor::is_given_up(const Message& message) {
  const auto found = std::find(life_->given_up.begin(), life_->given_up.end(),
                               Watcher{message.sender, message.correlation});
  if (found == life_->given_up.end()) return false;
  life_->given_up.erase(found);
  return true;
}

// Figures -----------------------------------------------------------------------------------------

Grants ScriptActor::grants() const {
  Grants grants = plan().grants;
  grants.capabilities = spec_.capabilities;
  return grants;
}

Limits ScriptActor::limits() const noexcept {
  Limits limits = plan().limits;
  limits.memory_bytes_max = memory_limit_.load(std::memory_order_relaxed);
  return limits;
}

ActorStats ScriptActor::stats() const noexcept {
  ActorStats stats;
  {
    const std::shared_lock lock(looking_);
    if (life_ != nullptr) {
      stats = life_->figures.stats();
      life_->work.add_to(stats, core_.clock().now(), mailbox_.depth() > 0);
    } else {
      passive_->work.add_to(stats);
    }
  }
  stats.memory.limit_bytes = memory_limit_.load(std::memory_order_relaxed);
  stats.mailbox_messages = mailbox_.depth();
  stats.incarnation = incarnation();
  stats.generation = generation();
  stats.passive = is_passive();
  return stats;
}

Result<ActorStats> ScriptActor::stats_of(const detail::RefTarget& target) {
  const Result<ScriptActor*> actor = find_living(target);
  if (!actor) return fail(actor.error());
  return (*actor)->stats();
}

/// Before the mailbox is blocked: from then on another thread may run this actor.
void ScriptActor::settle_turn() noexcept {
  publish_figures();
  if (Subtree* const shared = family()) charge_family(*shared);
  settle_quota();
}

void ScriptActor::publish_figures() noexcept {
  if (script_ == nullptr || script_->try_state() == nullptr) return;
  const runtime::Glance glance = runtime::glance_at(*script_);
  life_->figures.publish(glance, [this] { return runtime::stats_of(*script_); });
  if (runtime::MemorySampler* const sampler = memory_sampler()) {
    sampler->note(core_.clock().now(), glance.used_bytes, 0);
  }
}

}  // namespace moonwright::actors
