// actor_script_api.cpp: what script functions ask of their script: waits, requests, forks, timers.
#include <algorithm>
#include <lua.hpp>
#include <string>
#include <utility>

#include "moonwright/bytes.hpp"
#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/free_slot.hpp"
#include "runtime/task_entries.hpp"

namespace moonwright::runtime {
namespace {

/// Requests without an answer that one actor may have.
constexpr std::size_t kOpenRequestsMax = 100'000;
/// How soon after a promise was made a collection looks for dropped ones, and how seldom at last.
constexpr std::chrono::seconds kFirstCollection{1};
constexpr std::chrono::seconds kLastCollection{60};

struct ErrorSource {
  lua_State* thread;
  Error* out;
};

/// The text of an error value, without running its metamethods. Leaves it on the stack of `L`.
void push_error_message(lua_State* L, lua_State* thread) {
  switch (lua_type(thread, -1)) {
    case LUA_TSTRING:
    case LUA_TNUMBER:
      lua_pushvalue(thread, -1);
      lua_xmove(thread, L, 1);
      lua_tolstring(L, -1, nullptr);
      return;
    case LUA_TTABLE:
      lua_pushvalue(thread, -1);
      lua_xmove(thread, L, 1);
      lua_pushliteral(L, "message");
      lua_rawget(L, -2);
      lua_remove(L, -2);
      if (lua_type(L, -1) == LUA_TSTRING) return;
      lua_pop(L, 1);
      [[fallthrough]];
    default: lua_pushfstring(L, "(error object is a %s value)", luaL_typename(thread, -1));
  }
}

/// An error that came from another actor has its traceback there; it goes below ours.
void append_callee_traceback(lua_State* L, lua_State* thread) {
  if (!is_error_value(thread, -1)) return;
  lua_pushvalue(thread, -1);
  lua_xmove(thread, L, 1);
  lua_pushliteral(L, "traceback");
  lua_rawget(L, -2);
  lua_remove(L, -2);
  if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) == 0) {
    lua_pop(L, 1);
    return;
  }
  lua_pushliteral(L, "\nin the callee, ");
  lua_insert(L, -2);
  lua_concat(L, 3);
}

/// What a script may say of an error of its own, a table with a `code`. The other codes are the
/// runtime's word.
bool is_for_scripts(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::denied:
    case ErrorCode::overload:
    case ErrorCode::invalid_argument:
    case ErrorCode::not_found:
    case ErrorCode::already_exists:
    case ErrorCode::io:
    case ErrorCode::unsupported: return true;
    default: return false;
  }
}

int describe_error(lua_State* L) {
  auto* source = static_cast<ErrorSource*>(lua_touserdata(L, 1));
  luaL_checkstack(L, 16, "cannot describe an error");
  luaL_checkstack(source->thread, 4, "cannot describe an error");
  push_error_message(L, source->thread);
  // An error of ours keeps its code on its way up: a caller branches on what really happened.
  if (is_error_value(source->thread, -1)) {
    source->out->code = error_code_at(source->thread, -1);
  } else if (lua_istable(source->thread, -1)) {
    const ErrorCode code = error_code_at(source->thread, -1);
    if (is_for_scripts(code)) source->out->code = code;
  }
  luaL_traceback(L, source->thread, nullptr, 0);
  append_callee_traceback(L, source->thread);
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -2, &size);
  source->out->message.assign(text, size);
  text = lua_tolstring(L, -1, &size);
  source->out->traceback.assign(text, size);
  return 0;
}

}  // namespace

std::string ActorScript::memory_refusal_text() const {
  const MemoryFigures memory = state_->memory();
  if (state_->allocator().refused_by() == MemoryRefusal::quota) {
    return host_.quota_shortage() + "; " + format_bytes(memory.used) + " in use here";
  }
  if (state_->allocator().refused_by_share()) {
    return "no memory is left of what the actor shares with those that spawned it and their other "
           "children, " +
           format_bytes(memory.used) + " in use";
  }
  return "memory limit of " + format_bytes(memory.limit) + " reached, " +
         format_bytes(memory.used) + " in use";
}

Error ActorScript::collect_error(Task& task, int status) {
  Error error{code_of_status(status), {}, {}};
  const bool denied = memory_end() == End::quota_denied;
  if (status == LUA_ERRMEM) {
    if (denied) error.code = ErrorCode::quota_denied;
    error.message = memory_refusal_text();
    return error;
  }
  ErrorSource source{task.thread, &error};
  if (!state_->protect(describe_error, &source)) {
    error.message = "an error that there was no memory to describe";
  }
  // The string library reports an allocation that was refused as an error like any other.
  if (state_->memory().violations > 0 && error.message.ends_with("not enough memory")) {
    error.code = denied ? ErrorCode::quota_denied : ErrorCode::memory_limit;
    error.message += " (" + memory_refusal_text() + ")";
  }
  trim_traceback(error.traceback);
  return error;
}

void ActorScript::report(const Task& task, const Error& error) {
  static constexpr const char* kWhere[] = {"the chunk", "a handler", "a fork", "a timer", "a hook"};
  if (!host_.logs(LogLevel::error)) return;
  std::string text = "error in ";
  text += kWhere[static_cast<std::size_t>(task.kind)];
  text += ": " + error.message;
  if (!error.traceback.empty()) text += "\n" + error.traceback;
  host_.log(LogLevel::error, text);
}

bool ActorScript::can_await(lua_State* L) const noexcept {
  return current_ != nullptr && !in_warning_ && can_yield(L);
}

void ActorScript::require_await(lua_State* L) {
  if (!can_await(L)) {
    raise(L, ErrorCode::unsupported,
          in_warning_ ? "cannot await in a warning function"
                      : "cannot await here: a C function is in between (a metamethod called by a "
                        "library, a function that load reads from, a closing variable)");
  }
  // An error may have left the request of a wait that never began.
  if (current_->request != 0) close_request(current_->request);
  if (current_->cancelled) raise(L, ErrorCode::cancelled, "the task has been cancelled");
  const Instant deadline = scope_.effective();
  if (deadline != kNever && host_.now() >= deadline) {
    current_->expired_scope = deadline;
    raise(L, ErrorCode::timeout, "the time of within() is over", "within");
  }
}

int ActorScript::await(lua_State* L, int (*continuation)(lua_State*, int, std::intptr_t),
                       std::intptr_t context) {
  Task& task = *current_;
  task.waiting = true;
  // Whoever has just asked for a deadline has looked at the clock.
  const Instant asked = std::exchange(asked_at_, Instant{});
  task.since = asked != Instant{} ? asked : host_.coarse_now();
  task.wait_scope = scope_.effective();
  // A request has the scope's deadline in its own; any other wait needs a timer for it.
  if (const Instant deadline = scope_.effective();
      deadline != kNever && task.request == 0 && task.timer == TimerQueue::kNone) {
    task.scope_expired = true;
    wait_until(deadline);
  }
  // A task whose own time runs out while it waits is woken to be given up.
  if (task.budget.deadline != kNever && task.timer == TimerQueue::kNone) {
    task.timer = queue_.add(task.budget.deadline, wait_owner(task));
  }
  passing_ = Passing::await;
  return lua_yieldk(L, 0, context, continuation);
}

int ActorScript::abandon(lua_State* L) {
  passing_ = Passing::await;
  return lua_yield(L, 0);
}

void ActorScript::wait_until(Instant when) {
  Task& task = *current_;
  if (const Instant deadline = scope_.effective(); deadline < when) {
    when = deadline;
    task.scope_expired = true;
  }
  when = std::min(when, task.budget.deadline);
  if (when == kNever) return;
  task.timer = queue_.add(when, wait_owner(task));
}

Instant ActorScript::request_deadline() noexcept {
  const Instant now = host_.coarse_now();
  asked_at_ = now;
  Instant deadline = std::min(now + options_.call_timeout, scope_.effective());
  if (current_ != nullptr && current_->reply.deadline != kNever) {
    const auto left = current_->reply.deadline - now;
    deadline = std::min(deadline, now + left - left / 10);
  }
  return deadline;
}

std::uint64_t ActorScript::open_request(Instant deadline, FutureNode* future) {
  if (free_requests_.empty() && requests_.size() >= kOpenRequestsMax) return 0;
  const std::uint32_t slot = take_free_slot(requests_, free_requests_);
  Request& request = requests_[slot];
  request.open = true;
  request.generation = std::max(request.generation, options_.first_generation);
  next_generation_ = std::max(next_generation_, request.generation + 1);
  request.future = future;
  request.deadline = deadline;
  earliest_request_ = std::min(earliest_request_, deadline);
  const std::uint64_t id = (static_cast<std::uint64_t>(request.generation) << 32) | slot;
  if (future != nullptr) {
    asked_at_ = Instant{};
  } else {
    // A request of this task that an error has left open belongs to a wait that is over.
    ++current_->wait;
    request.wait = current_->wait_id();
    current_->request = id;
  }
  return id;
}

void ActorScript::close_request(std::uint64_t id) noexcept {
  const auto slot = static_cast<std::uint32_t>(id);
  if (slot >= requests_.size()) return;
  Request& request = requests_[slot];
  if (!request.open || request.generation != static_cast<std::uint32_t>(id >> 32)) return;
  request.open = false;
  request.future = nullptr;
  ++request.generation;
  free_requests_.push_back(slot);
  if (current_ != nullptr && current_->request == id) current_->request = 0;
}

void ActorScript::make_ready(WaitId wait, const Delivery& delivery) {
  if (waiting_task(wait) != nullptr) ready_.push_back({wait, delivery, -1});
}

Task& ActorScript::fork(lua_State* L, int arguments, TaskKind kind) {
  // Nothing is taken before the last call that may raise.
  Task& task = next_free_task();
  if (task.thread == nullptr) {
    lua_State* thread = push_task_thread(L);
    task.anchor = luaL_ref(L, LUA_REGISTRYINDEX);
    task.thread = thread;
  }
  if (lua_checkstack(task.thread, arguments + 2) == 0) luaL_error(L, "too many arguments");
  lua_xmove(L, task.thread, arguments + 1);
  take_task(task, kind);
  task.waiting = true;
  ready_.push_back({task.wait_id(), {}, arguments});
  return task;
}

void ActorScript::cancel(Task& task) {
  if (!task.active || task.cancelled) return;
  task.cancelled = true;
  task.budget.kill_at = later(host_.now(), options_.limits.cancel_grace);
  if (task.waiting && lua_status(task.thread) == LUA_YIELD) {
    make_ready(task.wait_id(),
               {nullptr, true, ErrorCode::cancelled, "the task has been cancelled", nullptr});
  }
}

std::uint32_t ActorScript::add_timer(Instant due, std::chrono::nanoseconds interval, int anchor) {
  const std::uint32_t number = take_free_slot(timers_, free_timers_);
  Timer& timer = timers_[number];
  timer.active = true;
  timer.anchor = anchor;
  timer.interval = interval;
  timer.due = due;
  timer.task_life = 0;
  timer.queued = queue_.add(due, kTimerOwner | number);
  ++timers_active_;
  return number;
}

std::uint32_t ActorScript::timer_generation(std::uint32_t number) const noexcept {
  return timers_[number].generation;
}

void ActorScript::cancel_timer(std::uint32_t number, std::uint32_t generation) noexcept {
  if (!timers_[number].active || timers_[number].generation != generation) return;
  queue_.remove(timers_[number].queued);
  luaL_unref(state_->lua(), LUA_REGISTRYINDEX, timers_[number].anchor);
  drop_timer(number);
}

/// Frees the slot; whoever calls it takes care of the anchor.
void ActorScript::drop_timer(std::uint32_t number) noexcept {
  timers_[number].active = false;
  ++timers_[number].generation;
  --timers_active_;
  free_timers_.push_back(number);
}

void ActorScript::fire_timer(std::uint32_t number) {
  Timer& timer = timers_[number];
  timer_anchor_ = timer.anchor;
  timer_repeats_ = timer.interval.count() > 0;
  const Task* last = timer.task < tasks_.size() ? tasks_[timer.task].get() : nullptr;
  const bool busy = last != nullptr && last->active && last->life == timer.task_life;
  if (timer_repeats_) {
    // Ticks that were missed are not made up for.
    const Instant now = host_.now();
    timer.due += timer.interval;
    if (timer.due <= now) timer.due += ((now - timer.due) / timer.interval + 1) * timer.interval;
    timer.queued = queue_.add(timer.due, kTimerOwner | number);
    if (busy) return;
  } else {
    drop_timer(number);
  }
  Task* task = new_task(TaskKind::timer);
  if (task == nullptr) {
    if (!timer_repeats_) luaL_unref(state_->lua(), LUA_REGISTRYINDEX, timer_anchor_);
    host_.log(LogLevel::error, "a timer could not run: the actor has no memory for a coroutine");
    return;
  }
  timer.task = task->number;
  timer.task_life = task->life;
  run(*task, entries::run_timer, nullptr);
}

std::uint64_t ActorScript::add_monitor(const detail::RefTarget& target) {
  const std::uint64_t number = next_monitor_++;
  monitors_.emplace(number, ActorRef::of(&target));
  host_.monitor(target, number);
  return number;
}

void ActorScript::remove_monitor(std::uint64_t number) noexcept {
  const auto at = monitors_.find(number);
  if (at == monitors_.end()) return;
  host_.demonitor(*at->second.target(), number);
  monitors_.erase(at);
}

void ActorScript::drop_monitors() noexcept {
  for (const auto& [number, target] : monitors_) host_.demonitor(*target.target(), number);
  monitors_.clear();
}

void ActorScript::promise_made() {
  ++promises_;
  if (collect_after_.count() != 0) return;
  collect_after_ = kFirstCollection;
  queue_.add(host_.now() + collect_after_, kCollectOwner);
}

/// The longer promises stay open, the less likely it is that somebody has just dropped one.
void ActorScript::collect_for_promises() {
  if (promises_ > 0) lua_gc(state_->lua(), LUA_GCCOLLECT);
  if (promises_ == 0) {
    collect_after_ = {};
    return;
  }
  collect_after_ = std::min<std::chrono::nanoseconds>(collect_after_ * 2, kLastCollection);
  queue_.add(host_.now() + collect_after_, kCollectOwner);
}

void ActorScript::request_exit(std::string reason) {
  if (!exit_reason_) exit_reason_ = std::make_unique<std::string>(std::move(reason));
}

void ActorScript::adopt_behaviour(lua_State* L, int index) {
  behaviour_ = lua_isfunction(L, index) ? Behaviour::function : Behaviour::table;
  lua_pushvalue(L, index);
  behaviour_anchor_ = luaL_ref(L, LUA_REGISTRYINDEX);
}

void ActorScript::answer_current(lua_State* L, int first, int count) {
  Task& task = *current_;
  if (!task.reply.owed()) return;
  if (encoder_.encode(L, first, count, options_.limits.message)) {
    host_.reply(task.reply, encoder_);
  } else {
    host_.refuse(task.reply, encoder_.error());
  }
}

/// The chunk's results, for the host.
void ActorScript::keep_values(lua_State* L, int first, int count) {
  if (!encoder_.encode(L, first, count, options_.limits.message)) raise(L, encoder_.error());
  bool kept = false;
  {
    auto values = decode_values(encoder_.bytes(), encoder_.refs());
    kept = values.has_value();
    if (kept) {
      exit_values_ = std::move(*values);
    } else {
      scratch().error = std::move(values.error());
    }
  }
  if (!kept) raise(L, scratch().error);
}

void ActorScript::adopt_chunk(lua_State* L, int first, int count) {
  const int kind = count == 0 ? LUA_TNIL : lua_type(L, first);
  const bool is_exit_code = kind == LUA_TNUMBER &&
                            options_.chunk_return == ChunkReturn::exit_code &&
                            lua_isinteger(L, first) != 0 && lua_tointeger(L, first) >= 0 &&
                            lua_tointeger(L, first) <= 255;
  if (phase_ == FactoryPhase::preload || phase_ == FactoryPhase::warm_up) {
    // What it returns is of no interest.
  } else if (options_.chunk_return == ChunkReturn::values) {
    keep_values(L, first, count);
  } else if (kind == LUA_TTABLE || kind == LUA_TFUNCTION) {
    adopt_behaviour(L, first);
  } else if (is_exit_code) {
    exit_values_ = {Value(static_cast<std::int64_t>(lua_tointeger(L, first)))};
    request_exit("normal");
  } else if (kind != LUA_TNIL) {
    raise_format(
        L, ErrorCode::invalid_argument,
        "the chunk returned a %s; a behaviour is a table of handlers, a function, or nothing%s",
        lua_typename(L, kind),
        options_.chunk_return == ChunkReturn::exit_code
            ? " (an exit code is an integer from 0 to 255)"
            : "");
  }
  if (behaviour_ != Behaviour::none) note_code();
}

void ActorScript::finish_chunk() {
  if (has_another_chunk()) return;
  chunk_done_ = true;
  if (executing_) return;
  create_hook_due_ = has_life_hooks();
  host_.chunk_returned();
  answer_started();
}

/// Whether a factory goes on; if it has come to its end, the state is ready now.
bool ActorScript::has_another_chunk() {
  const Factory* const factory = options_.factory.get();
  if (factory == nullptr || phase_ == FactoryPhase::ready) return false;
  if (phase_ == FactoryPhase::preload) {
    phase_ = FactoryPhase::script;
    return factory_due_ = true;
  }
  if (factory->warm_up != nullptr && warm_ups_++ < factory->repeat) {
    phase_ = FactoryPhase::warm_up;
    return factory_due_ = true;
  }
  phase_ = FactoryPhase::ready;
  if (factory->collect) state_->collect();
  return false;
}

/// Tells a spawner that waits for it that the chunk has run.
void ActorScript::answer_started() {
  if (!started_.owed()) return;
  if (encoder_.encode(state_->lua(), 1, 0, options_.limits.message))
    host_.reply(started_, encoder_);
}

}  // namespace moonwright::runtime
