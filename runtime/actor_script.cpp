// actor_script.cpp: what comes from the actor, and how tasks start, wait, go on and end.
#include "runtime/actor_script.hpp"

#include <algorithm>
#include <lua.hpp>
#include <utility>

#include "runtime/error_value.hpp"
#include "runtime/futures.hpp"
#include "runtime/memory_sampler.hpp"
#include "runtime/runner.hpp"
#include "runtime/task_entries.hpp"

namespace moonwright::runtime {
namespace {

/// Coroutines that are kept for the next tasks; more are let go when their task ends.
constexpr std::size_t kIdleThreadsMax = 16;

/// A buffer that a message made larger than this is given back.
constexpr std::size_t kKeptBytesMax = 64u << 10;

struct NewThread {
  lua_State* thread = nullptr;
  int anchor = 0;
};

/// Of a message's name so much is kept where nothing else is needed.
constexpr std::size_t kNameBytesMax = 64;

int make_thread(lua_State* L) {
  auto* made = static_cast<NewThread*>(lua_touserdata(L, 1));
  made->thread = push_task_thread(L);
  made->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

}  // namespace

ActorScript::ActorScript(Host& host, ScriptOptions options)
    : host_(host),
      options_(std::move(options)),
      next_monitor_(options_.first_monitor),
      next_generation_(options_.first_generation) {}

ActorScript::~ActorScript() {
  // What the state owns may still answer requests and drop references; it goes before the rest.
  current_ = nullptr;
  // These let go of what they hold in it.
  saving_.reset();
  restoring_.reset();
  // And is known until it has gone: finalizers, which run as it closes, take and let go of memory.
  delete state_.get();
  static_cast<void>(state_.release());
}

void ActorScript::start(const Message& arguments, ReplyTo started) {
  started_ = std::move(started);
  StateOptions options;
  options.memory_bytes_max = options_.limits.memory_bytes_max;
  options.sandbox = options_.sandbox;
  options.libraries = options_.libraries;
  options.enable_debug = options_.enable_debug;
  options.allow_bytecode = options_.allow_bytecode;
  options.seed = options_.seed;
  options.secret_random = options_.secret_random;
  options.source = options_.memory_source;
  options.share = options_.memory_share;
  options.lender = options_.memory_lender;
  options.lease = options_.memory_lease;
  options.collector = options_.limits.collector;
  options.memory_class = options_.limits.memory_class;
  options.script = this;
  options.pool = Runner::current().chunk_pool();
  options.refuse_after = options_.refuse_after;
  options.refusals = options_.refusals;
  auto state = State::open(options);
  if (!state) {
    const bool denied = state.error().code == ErrorCode::quota_denied;
    if (denied) state.error().message = host_.quota_shortage();
    end(denied ? "quota_denied" : "error", std::move(state.error()));
    return;
  }
  state_ = std::move(*state);
  memory_watch_.start();
  host_.memory_milestone(state_->allocator().used(), kInitial);
  state_->meter().configure(
      {options_.limits, options_.count_hook, options_.preempt_always, options_.measure});
  if (options_.factory != nullptr && options_.factory->preload != nullptr) {
    phase_ = FactoryPhase::preload;
    arguments_.reset(Message::make(MessageKind::start, arguments.bytes(), arguments.ref_list()));
    begin_chunk(*MessagePtr(Message::make(MessageKind::start)));
  } else {
    begin_chunk(arguments);
  }
  settle();
}

void ActorScript::begin_chunk(const Message& arguments) {
  Task* task = new_task(TaskKind::chunk);
  if (task == nullptr) {
    end("error", {ErrorCode::memory_limit, "no memory for the first coroutine", {}});
    return;
  }
  run(*task, entries::run_chunk, &arguments);
}

void ActorScript::execute(std::shared_ptr<const Code> code, const Message& arguments,
                          bool remembers) {
  // A behaviour goes when something else is executed, and does not come back.
  const bool may_come_back = remembers && behaviour_ == Behaviour::none;
  if (may_come_back && pristine_ == nullptr) pristine_ = Pristine::remember(*state_);
  executing_ = true;
  chunk_done_ = false;
  behaviour_ = Behaviour::none;
  options_.code = std::move(code);
  options_.chunk_return = ChunkReturn::values;
  options_.limits_cover_chunk = true;
  options_.end_is_reported = true;
  begin_chunk(arguments);
  settle();
}

bool ActorScript::clean(const PoolReuse& options) {
  const bool is_quiet = timers_active_ == 0 && monitors_.empty() && promises_ == 0 &&
                        event_subscriptions_ == 0 && tasks_active_ == 0 &&
                        free_requests_.size() == requests_.size() && !has_ready();
  if (pristine_ == nullptr || !is_quiet) return false;
  for (const auto& task : tasks_) {
    if (!options.stack || task->thread == nullptr) continue;
    luaL_unref(state_->lua(), LUA_REGISTRYINDEX, task->anchor);
    task->thread = nullptr;
  }
  if (!pristine_->restore(options)) return false;
  for (int i = 0; i < 2 && options.collect; ++i) state_->collect();
  ending_ = nullptr;
  exit_values_.clear();
  stop_phase_ = StopPhase::none;
  executing_ = closing_ = false;
  chunk_done_ = true;
  return true;
}

/// One chunk of a factory has returned: the next one begins.
void ActorScript::go_on_with_factory() {
  while (factory_due_ && !leaves_off() && !ended()) {
    factory_due_ = false;
    const MessagePtr arguments = arguments_ != nullptr
                                     ? std::move(arguments_)
                                     : MessagePtr(Message::make(MessageKind::start));
    begin_chunk(*arguments);
  }
}

bool ActorScript::takes_messages() const noexcept {
  // A state that is there to execute answers that it has no handlers.
  const bool answers = behaviour_ != Behaviour::none || can_execute();
  return answers && !cancelling_ && chunk_done_ &&
         handlers_in_flight_ < options_.limits.in_flight_max && !ended();
}

void ActorScript::handle(MessagePtr message) {
  const bool is_notice = message->kind != MessageKind::user;
  if (message->kind == MessageKind::down) {
    // Of an actor that comes back there will be another one.
    const bool known = message->restarting ? monitors_.contains(message->correlation)
                                           : monitors_.erase(message->correlation) > 0;
    if (!known) return;
  }
  Task* task = new_task(is_notice ? TaskKind::hook : TaskKind::handler);
  if (task == nullptr) {
    const Error error{ErrorCode::overload, "the actor has no memory to handle a message", {}};
    host_.log(LogLevel::error, "message '" + std::string(peek_name(message->bytes())) +
                                   "' was dropped: the actor has no memory for a coroutine");
    if (message->is_request()) {
      ReplyTo to{std::move(message->sender), message->correlation, message->deadline};
      host_.refuse(to, error);
    } else if (!is_notice) {
      host_.bury(DeadLetterKind::overload, note_of(*message), error);
    }
    return;
  }
  const std::uint32_t life = task->life;
  if (is_notice) {
    const bool is_event = message->kind == MessageKind::event;
    task->life_hook = is_event;
    run(*task, is_event ? entries::run_event : entries::run_down, message.get());
    note_suspended(*task, life, is_event ? "event" : "on_down");
  } else {
    if (message->correlation != 0) {
      task->reply = ReplyTo(message->sender, message->correlation, message->deadline);
    }
    task->sender = std::move(message->sender);
    run(*task, entries::run_handler, message.get());
    if (options_.crash_on_error && task->active && task->life == life) {
      task->note = std::make_unique<MessageNote>(note_of(*message));
    }
    note_suspended(*task, life, peek_name(message->bytes()));
  }
  settle();
}

/// What it was started for is known only now, and of interest only if it has not ended.
void ActorScript::note_suspended(Task& task, std::uint32_t life, std::string_view message) {
  if (task.active && task.life == life) task.message_name = message.substr(0, kNameBytesMax);
}

void ActorScript::receive(MessagePtr reply) {
  const auto slot = static_cast<std::uint32_t>(reply->correlation);
  const auto generation = static_cast<std::uint32_t>(reply->correlation >> 32);
  if (slot >= requests_.size() || !requests_[slot].open ||
      requests_[slot].generation != generation) {
    ++late_replies_;
    return;
  }
  if (requests_[slot].future != nullptr) {
    // It keeps the answer until somebody looks. Making room may find that nobody ever will.
    static_cast<void>(state_->make_room_for(Message::cost(reply->size)));
    if (!requests_[slot].open || requests_[slot].generation != generation) return;
  }
  Delivery delivery;
  delivery.message = reply.get();
  delivery.failed = reply->kind == MessageKind::failure;
  complete_request(requests_[slot], std::move(reply), delivery);
  settle();
}

void ActorScript::complete_request(Request& request, MessagePtr reply, const Delivery& delivery) {
  const WaitId wait = request.wait;
  FutureNode* future = std::exchange(request.future, nullptr);
  request.open = false;
  ++request.generation;
  free_requests_.push_back(static_cast<std::uint32_t>(&request - requests_.data()));
  if (future != nullptr) {
    future->settle(*this, std::move(reply), delivery);
    return;
  }
  Task* task = waiting_task(wait);
  if (task == nullptr) return;
  task->request = 0;
  end_wait(*task);
  resume(*task, delivery, 0);
}

void ActorScript::wake() {
  armed_ = kNever;
  const Instant now = host_.now();
  std::uint64_t owner = 0;
  while (!ended() && !leaves_off() && queue_.pop_due(now, owner)) {
    if (owner == kCollectOwner) {
      collect_for_promises();
      continue;
    }
    if ((owner & kTimerOwner) != 0) {
      if (cancelling_) continue;
      fire_timer(static_cast<std::uint32_t>(owner));
      continue;
    }
    Task* task =
        waiting_task({static_cast<std::uint32_t>(owner >> 32), static_cast<std::uint32_t>(owner)});
    if (task == nullptr) continue;
    task->timer = TimerQueue::kNone;
    Delivery delivery;
    if (task->scope_expired) {
      task->expired_scope = task->wait_scope;
      delivery = {nullptr, true, ErrorCode::timeout, "the time of within() is over", "within"};
    }
    end_wait(*task);
    resume(*task, delivery, 0);
  }
  if (earliest_request_ <= now) expire_requests(now);
  settle();
}

void ActorScript::expire_requests(Instant now) {
  earliest_request_ = kNever;
  for (std::size_t i = 0; i < requests_.size() && !leaves_off(); ++i) {
    Request& request = requests_[i];
    if (!request.open) continue;
    if (request.deadline > now) {
      earliest_request_ = std::min(earliest_request_, request.deadline);
      continue;
    }
    Delivery delivery{nullptr, true, ErrorCode::timeout, "no answer before the deadline", nullptr};
    const Task* task = request.future == nullptr ? waiting_task(request.wait) : nullptr;
    if (task != nullptr && task->wait_scope <= request.deadline) {
      tasks_[task->number]->expired_scope = task->wait_scope;
      delivery.text = "the time of within() is over";
      delivery.scope = "within";
    }
    complete_request(request, nullptr, delivery);
  }
  if (leaves_off()) earliest_request_ = now;  // the rest has not been looked at
}

/// The oldest entry. What has been taken is erased once it is the larger half, so that a queue
/// which never runs empty does not grow either.
ActorScript::Ready ActorScript::take_ready() noexcept {
  const Ready next = ready_[ready_begin_++];
  if (ready_begin_ * 2 >= ready_.size()) {
    ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(ready_begin_));
    ready_begin_ = 0;
  }
  return next;
}

void ActorScript::run_ready(std::size_t count) {
  for (; count > 0 && has_ready() && !leaves_off(); --count) {
    const Ready next = take_ready();
    Task* task = waiting_task(next.wait);
    if (task == nullptr) continue;
    end_wait(*task);
    if (next.arguments >= 0 && task->cancelled) {
      lua_settop(task->thread, 0);
      finish(*task);
    } else {
      resume(*task, next.delivery, std::max(next.arguments, 0));
    }
  }
  settle();
}

void ActorScript::stop() {
  if (stop_phase_ != StopPhase::none || ended()) return;
  stop_phase_ = StopPhase::hook;
  run_hook("on_stop", {});
  settle();
}

void ActorScript::leave_for_next(const std::string& why) {
  if (stop_phase_ != StopPhase::none || ended()) return;
  stop_phase_ = StopPhase::hook;
  has_next_ = true;
  if (has_life_hooks()) run_life_hook(LifeHook::recycle, why);
  settle();
}

void ActorScript::tell_activity(bool active) {
  run_life_hook(active ? LifeHook::activate : LifeHook::deactivate);
  settle();
}

void ActorScript::run_hook(const char* name, std::string_view argument) {
  if (behaviour_ != Behaviour::table) return;
  Task* task = new_task(TaskKind::hook);
  if (task == nullptr) return;
  hook_name_ = name;
  hook_argument_ = argument;
  if (stop_phase_ == StopPhase::hook && stop_task_ == nullptr) stop_task_ = task;
  const std::uint32_t life = task->life;
  run(*task, entries::run_hook, nullptr);
  note_suspended(*task, life, name);
}

/// After every piece of work: does the script end now, and when does it want to be woken?
void ActorScript::settle() {
  if (encoder_.bytes().size() > kKeptBytesMax) encoder_.trim();
  if (ended()) return;
  if (factory_due_) go_on_with_factory();
  if (ended()) return;
  if (create_hook_due_ || hook_error_) run_due_life_hooks();
  if (limit_hit_) {
    end(std::string(to_string(limit_hit_->code)), std::move(*limit_hit_));
  } else if (chunk_error_) {
    end("error", std::move(*chunk_error_));
  } else if (exit_reason_) {
    end(std::move(*exit_reason_));
  } else if (stop_phase_ == StopPhase::hook && stop_task_ == nullptr) {
    cancel_waiting_tasks();
    end("stopped");
  } else if (chunk_done_ && behaviour_ == Behaviour::none && forks_in_flight_ == 0 &&
             preempted_ == nullptr && (options_.factory == nullptr || executing_)) {
    end("normal");
  } else if (cancelling_ && tasks_active_ == 0) {
    end("cancelled", {ErrorCode::cancelled, "cancelled", {}});
  } else {
    arm();
  }
}

void ActorScript::end(std::string reason, Error error) {
  // A last word, without any wait: whatever on_exit() leaves waiting is dropped.
  exit_reason_.reset();
  stop_phase_ = StopPhase::cancelling;
  if (reason == "normal") answer_started();
  if (reason != "error" && reason != "killed" && !limit_hit_) {
    begin_closing();
    run_hook("on_exit", reason);
    if (has_life_hooks()) run_life_hook(LifeHook::destroy, has_next_ ? "recycled" : reason);
  }
  ending_ = std::make_unique<Ending>(
      Ending{std::move(reason), std::move(error), std::move(exit_values_)});
}

/// Gives everything that still waits one chance to clean up: its await raises `cancelled`.
void ActorScript::cancel_waiting_tasks() {
  stop_phase_ = StopPhase::cancelling;
  begin_closing();
  const std::size_t count = tasks_.size();
  for (std::size_t i = 0; i < count; ++i) {
    Task& task = *tasks_[i];
    if (!task.active || !task.waiting) continue;
    task.cancelled = true;
    if (lua_status(task.thread) != LUA_YIELD) continue;  // a fork that has not begun
    end_wait(task);
    resume(task, {nullptr, true, ErrorCode::cancelled, "the actor is stopping", nullptr}, 0);
  }
  exit_reason_.reset();
}

bool ActorScript::cancel_request(const detail::RefTarget* sender, std::uint64_t correlation) {
  for (const auto& task : tasks_) {
    const ReplyTo& reply = task->deferred != nullptr ? *task->deferred : task->reply;
    if (!task->active || reply.correlation != correlation || reply.sender.target() != sender) {
      continue;
    }
    cancel(*task);
    settle();
    return true;
  }
  return false;
}

void ActorScript::cancel_all() {
  if (ended() || std::exchange(cancelling_, true)) return;
  for (const auto& task : tasks_) cancel(*task);
  settle();
}

/// From here on nothing waits or gives way any more, and what takes long is given up.
void ActorScript::begin_closing() {
  if (std::exchange(closing_, true)) return;
  closing_until_ = later(host_.now(), options_.limits.cancel_grace);
}

void ActorScript::refuse_all(const Error& error) {
  if (started_.owed()) host_.refuse(started_, error);
  for (const auto& task : tasks_) {
    if (!task->active) continue;
    if (task->reply.owed()) {
      host_.refuse(task->reply, error);
    } else if (task->note != nullptr && task->deferred == nullptr) {
      host_.bury(DeadLetterKind::crashed, std::move(*task->note), error);
      task->note = nullptr;
    }
  }
}

void ActorScript::arm() {
  const Instant earliest = std::min(queue_.earliest(), earliest_request_);
  if (earliest >= armed_) return;
  armed_ = earliest;
  host_.wake_at(earliest);
}

/// The slot that the next task gets; it is not taken yet.
Task& ActorScript::next_free_task() {
  if (free_tasks_.empty()) {
    tasks_.push_back(std::make_unique<Task>());
    tasks_.back()->number = static_cast<std::uint32_t>(tasks_.size() - 1);
    free_tasks_.reserve(tasks_.capacity());
    free_tasks_.push_back(tasks_.back()->number);
  }
  return *tasks_[free_tasks_.back()];
}

void ActorScript::take_task(Task& task, TaskKind kind) noexcept {
  free_tasks_.pop_back();
  set_awaiting(task.thread, true);  // nobody but us resumes or closes it
  task.kind = kind;
  task.active = true;
  task.cancelled = cancelling_;
  ++tasks_active_;
  if (kind == TaskKind::handler) ++handlers_in_flight_;
  if (cancelling_) task.budget.kill_at = later(host_.now(), options_.limits.cancel_grace);
  if (kind == TaskKind::fork) ++forks_in_flight_;
}

/// Null if the state has no memory for a coroutine.
Task* ActorScript::new_task(TaskKind kind) {
  Task& task = next_free_task();
  if (task.thread == nullptr) {
    NewThread made;
    if (!state_->protect(make_thread, &made)) return nullptr;
    task.thread = made.thread;
    task.anchor = made.anchor;
  }
  take_task(task, kind);
  return &task;
}

void ActorScript::run(Task& task, int (*entry)(lua_State*), const Message* message) {
  message_ = message;
  lua_pushcfunction(task.thread, entry);
  start_budget(task);
  run_on(task, {}, 0);
}

/// Goes on with a task that has waited, or begins a fork.
void ActorScript::resume(Task& task, const Delivery& delivery, int arguments) {
  if (task.kind == TaskKind::chunk || task.kind == TaskKind::fork) start_stretch(task);
  if (is_overdue(task)) {
    state_->meter().set_end(End::timeout);
    give_up(task);
    return;
  }
  run_on(task, delivery, arguments);
}

void ActorScript::run_on(Task& task, const Delivery& delivery, int arguments) {
  Task* const outer = std::exchange(current_, &task);
  delivery_ = delivery;
  scope_ = task.scope;
  passing_ = Passing::none;
  chain_can_yield_ = true;
  const int status = resume_metered(task, arguments);
  if (status != LUA_OK && status != LUA_YIELD) note_error(status);
  if (status == LUA_OK) {
    state_->meter().clear_end();
    finish(task);
  } else if (state_->meter().end() != End::none) {
    give_up(task);
  } else if (status == LUA_YIELD) {
    task.scope = scope_;
    if (passing_ == Passing::preempted) preempted_ = &task;
  } else {
    fail_task(task, status);
  }
  message_ = nullptr;
  current_ = outer;
  memory_watch_.look(state_->allocator().used());
}

void ActorScript::finish(Task& task) {
  lua_settop(task.thread, 0);
  release(task);
}

void ActorScript::fail_task(Task& task, int status) {
  Error error = collect_error(task, status);
  if (options_.factory != nullptr && task.kind == TaskKind::chunk &&
      phase_ != FactoryPhase::ready) {
    error.message = std::string(to_string(phase_)) + ": " + error.message;
  }
  // What is left open is closed before anybody hears of the error, as pcall() would do it.
  if (!close_failed(task, error)) {
    give_up(task);
    return;
  }
  const bool expected = task.cancelled && task.kind != TaskKind::handler;
  count_error(task, status, error);
  const bool is_crash = options_.crash_on_error && !task.life_hook && !task.decoding && !expected &&
                        !closing_ && task.kind != TaskKind::chunk &&
                        error.code != ErrorCode::invalid_argument;
  const bool one_way = task.kind == TaskKind::handler && !task.reply.owed() && !task.deferred;
  if (is_crash || one_way) {
    const DeadLetterKind undone =
        task.decoding && status == LUA_ERRMEM ? DeadLetterKind::overload : DeadLetterKind::failed;
    bury(task, is_crash ? DeadLetterKind::crashed : undone, error);
  }
  if (!expected && !closing_ && !task.life_hook && !task.decoding) {
    host_.failed(error, message_name_of(task));
    if (has_life_hooks() && !hook_error_) hook_error_ = std::make_unique<Error>(error);
  }
  if (is_crash && !chunk_error_) chunk_error_ = std::make_unique<Error>(error);
  take_back_answer(task);
  if (task.kind == TaskKind::chunk && !expected) {
    chunk_done_ = true;
    if (started_.owed()) host_.refuse(started_, error);
    chunk_error_ = std::make_unique<Error>(std::move(error));
  } else if (task.reply.owed()) {
    if (status == LUA_ERRMEM && task.decoding) error.code = ErrorCode::overload;
    const int top = lua_gettop(task.thread);
    const bool has_value = lua_type(task.thread, top) == LUA_TTABLE &&
                           encoder_.encode(task.thread, top, 1, options_.limits.message);
    if (has_value) {
      host_.refuse_with_value(task.reply, error, encoder_);
    } else {
      host_.refuse(task.reply, error);
    }
  } else if (!expected && !is_crash) {
    report(task, error);
  }
  if (task.life_hook) note_saver(task, &error);
  lua_settop(task.thread, 0);
  if (!reserve_task_stack(task.thread)) state_->allocator().forgive();
  release(task);
  // A stack that has to grow fails without a collection, so the garbage that this task has left
  // would keep every further one from beginning.
  if (status == LUA_ERRMEM) make_room();
}

/// What the sender did wrong is no fault of this actor's.
void ActorScript::count_error(const Task& task, int status, const Error& error) noexcept {
  if (task.decoding) return;
  if (status == LUA_ERRMEM) ++limit_hits_;
  const bool own = error.code != ErrorCode::invalid_argument && !task.cancelled;
  if (task.kind == TaskKind::handler && own) ++errors_;
}

/// Whoever fails before a promise has answered answers with that failure.
void ActorScript::take_back_answer(Task& task) noexcept {
  if (task.deferred == nullptr) return;
  task.reply = std::move(*task.deferred);
  if (task.reply.owed()) answer_given();
}

/// Of the message that `task` was started for, while that is known.
std::string_view ActorScript::message_name_of(const Task& task) const {
  if (task.kind != TaskKind::handler) return {};
  if (task.note != nullptr) return task.note->name;
  return message_ != nullptr ? peek_name(message_->bytes()) : std::string_view();
}

/// Has the host keep the message that `task` was started for.
void ActorScript::bury(Task& task, DeadLetterKind kind, const Error& error) {
  if (task.kind != TaskKind::handler) return;
  std::unique_ptr<MessageNote> note = std::move(task.note);
  if (note == nullptr && message_ != nullptr) {
    note = std::make_unique<MessageNote>(note_of(*message_));
  }
  if (note == nullptr) return;
  note->sender = task.sender;
  if (kind == DeadLetterKind::crashed) crashed_by_ = note->name;
  host_.bury(kind, std::move(*note), error);
}

void ActorScript::release(Task& task) {
  if (task.life_hook) note_saver(task, nullptr);
  --tasks_active_;
  if (task.kind == TaskKind::handler) --handlers_in_flight_;
  if (task.kind == TaskKind::fork) --forks_in_flight_;
  if (stop_task_ == &task) stop_task_ = nullptr;
  if (task.handle != nullptr) *std::exchange(task.handle, nullptr) = nullptr;
  task.reply = {};
  task.sender = {};
  task.deferred = nullptr;
  task.note = nullptr;
  task.active = task.cancelled = task.decoding = task.life_hook = false;
  task.scope = {};
  task.expired_scope = kNever;
  ++task.wait;
  ++task.life;
  free_tasks_.push_back(task.number);
  if (task.thread == nullptr) return;
  set_awaiting(task.thread, false);
  if (free_tasks_.size() > kIdleThreadsMax) {
    // Unlinking an anchor neither allocates nor raises.
    luaL_unref(state_->lua(), LUA_REGISTRYINDEX, task.anchor);
    task.thread = nullptr;
  }
}

void ActorScript::end_wait(Task& task) noexcept {
  task.waiting = false;
  ++task.wait;
  if (task.timer != TimerQueue::kNone) {
    queue_.remove(std::exchange(task.timer, TimerQueue::kNone));
  }
  if (task.request != 0) close_request(std::exchange(task.request, 0));
  task.scope_expired = false;
}

bool ActorScript::is_ready(WaitId wait) const noexcept {
  return std::any_of(ready_.begin() + static_cast<std::ptrdiff_t>(ready_begin_), ready_.end(),
                     [wait](const Ready& each) { return each.wait == wait; });
}

Task* ActorScript::waiting_task(WaitId wait) noexcept {
  if (wait.task >= tasks_.size()) return nullptr;
  Task* task = tasks_[wait.task].get();
  return task->active && task->waiting && task->wait == wait.wait ? task : nullptr;
}

}  // namespace moonwright::runtime
