// actor_script_limits.cpp: what limits do to tasks: looking, giving way, giving up.
#include <algorithm>
#include <lua.hpp>
#include <string>
#include <utility>

#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/interruption.hpp"
#include "runtime/task_entries.hpp"

namespace moonwright::runtime {
namespace {

/// What one call of a warning function may take.
constexpr std::chrono::milliseconds kWarningTime{10};
/// How long a script may go on, beyond its slice, where it cannot give way.
constexpr std::chrono::seconds kUnyieldingMax{1};
/// What one hook of the module `lifecycle` may take, waits included.
constexpr std::chrono::milliseconds kLifeHookTime{10};
/// How often an actor may write that it has hit a limit.
constexpr std::chrono::seconds kLimitLogInterval{1};

struct Traceback {
  lua_State* thread;
  std::string* out;
};

int write_traceback(lua_State* L) {
  auto* job = static_cast<Traceback*>(lua_touserdata(L, 1));
  luaL_checkstack(L, 16, "a traceback");
  luaL_traceback(L, job->thread, nullptr, 0);
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  job->out->assign(text, size);
  return 0;
}

}  // namespace

void ActorScript::start_budget(Task& task) {
  const bool was_cancelled = task.cancelled;
  const Instant kill_at = task.budget.kill_at;
  task.budget = {};
  if (was_cancelled) task.budget.kill_at = kill_at;
  if (options_.limits.timeout == kNoTimeLimit) return;
  const bool covered = task.kind == TaskKind::handler || task.kind == TaskKind::timer ||
                       task.kind == TaskKind::hook || options_.limits_cover_chunk;
  if (!covered) return;
  task.budget.began = host_.now();
  task.budget.deadline = later(task.budget.began, options_.limits.timeout);
}

/// The chunk and forks have their instructions and processor time anew after each wait, and the
/// time on the wall only once. A fork begins here.
void ActorScript::start_stretch(Task& task) {
  if (task.kind == TaskKind::fork && task.budget.began == kNever) start_budget(task);
  const Budget before = task.budget;
  task.budget = {};
  task.budget.began = before.began;
  task.budget.deadline = before.deadline;
  task.budget.kill_at = before.kill_at;
  task.budget.warned = before.warned & kTimeout;
}

bool ActorScript::is_overdue(const Task& task) const noexcept {
  return task.budget.deadline != kNever && host_.now() >= task.budget.deadline;
}

int ActorScript::resume_metered(Task& task, int arguments) {
  Meter& meter = state_->meter();
  Runner& runner = Runner::current();
  lua_State* const outer = runner.running();
  unyielding_since_ = kNever;
  meter.start(task.budget, meter.measures() ? host_.now() : Instant{});
  if (closing_) task.budget.kill_at = std::min(task.budget.kill_at, closing_until_);
  const Resumption* const around = runner.resumption();
  runner.set_resumption(nullptr);
  runner.set_running(task.thread);
  meter.switch_to(task.thread, runner);
  int results = 0;
  const int status = lua_resume(task.thread, state_->lua(), arguments, &results);
  meter.switch_from(task.thread);
  runner.set_running(outer);
  runner.set_resumption(around);
  meter.stop(meter.measures() ? host_.now() : Instant{}, passing_ == Passing::preempted);
  return status;
}

void ActorScript::run_life_hook(LifeHook hook, std::string_view reason) {
  Task* task = new_task(TaskKind::hook);
  if (task == nullptr) return;
  task->life_hook = true;
  life_hook_ = hook;
  hook_argument_ = reason;
  if (stop_phase_ == StopPhase::hook && stop_task_ == nullptr) stop_task_ = task;
  message_ = nullptr;
  lua_pushcfunction(task->thread, entries::run_life_hook);
  start_budget(*task);
  task->budget.began = host_.now();
  task->budget.deadline = later(task->budget.began, kLifeHookTime);
  task->budget.warned = kTimeout;
  run_on(*task, {}, 0);
}

/// Between two pieces of work. Where the actor is about to end, nothing waits or gives way.
void ActorScript::run_due_life_hooks() {
  if (limit_hit_ || preempted_ != nullptr || current_ != nullptr) return;
  if (std::exchange(create_hook_due_, false)) run_life_hook(LifeHook::create);
  if (!hook_error_ || preempted_ != nullptr || limit_hit_) return;
  if (chunk_error_) begin_closing();
  run_life_hook(LifeHook::error);
  hook_error_.reset();
}

void ActorScript::go_on() {
  if (preempted_ == nullptr) return write_on();
  Task& task = *std::exchange(preempted_, nullptr);
  run_on(task, {}, 0);
  settle();
}

bool ActorScript::can_yield(lua_State* L) const noexcept {
  return chain_can_yield_ && lua_isyieldable(L) != 0;
}

void ActorScript::judge(bool urgent) {
  Meter& meter = state_->meter();
  const Instant now = host_.now();
  if (now >= warning_until_) meter.set_end(End::warning);
  if (urgent && host_.must_die()) meter.set_end(End::killed);
  meter.judge(now);
}

void ActorScript::preempt(lua_State* L) {
  passing_ = Passing::preempted;
  lua_yield(L, 0);
}

void ActorScript::note_error(int status) noexcept {
  // Trusted scripts see the errors of memory as Lua has them. A message that does not fit is its
  // sender's matter.
  if (options_.sandbox == Sandbox::none || current_ == nullptr || current_->decoding) return;
  if (status == LUA_ERRMEM || state_->allocator().refusal_pending()) {
    state_->meter().set_end(in_warning_ ? End::warning : memory_end());
  }
}

void ActorScript::set_memory_limit(std::uint64_t bytes) {
  options_.limits.memory_bytes_max = bytes;
  if (state_ == nullptr) return;
  state_->allocator().set_limit(bytes);
  memory_watch_.limit_changed();
}

/// What it is called that memory was refused.
End ActorScript::memory_end() const noexcept {
  const bool denied = state_->allocator().refused_by() == MemoryRefusal::quota;
  return denied ? End::quota_denied : End::memory_limit;
}

void ActorScript::memory_refused(MemoryRefusal reason) noexcept {
  const bool trusted = options_.sandbox == Sandbox::none && reason != MemoryRefusal::thrashing;
  if (trusted || current_ == nullptr || current_->decoding) return;
  Meter& meter = state_->meter();
  meter.set_end(in_warning_ ? End::warning : memory_end());
  // Whatever becomes of the error on its way, nothing else runs.
  meter.request_hook(Runner::current().running());
}

/// What a task left behind may be all that is in the way of the next one.
void ActorScript::make_room() noexcept {
  lua_gc(state_->lua(), LUA_GCCOLLECT);
  state_->allocator().forgive();
}

void ActorScript::run_warning(lua_State* L, lua_State* co, int arguments) {
  Meter& meter = state_->meter();
  Runner& runner = Runner::current();
  const bool chain = std::exchange(chain_can_yield_, true);
  const Scope scope = scope_;
  in_warning_ = true;
  ++warnings_given_;
  warning_until_ = host_.now() + kWarningTime;
  const Resumption link(runner, L);
  meter.switch_from(L);
  runner.set_running(co);
  meter.switch_to(co, runner);
  int results = 0;
  const int status = lua_resume(co, L, arguments, &results);
  meter.switch_from(co);
  runner.set_running(L);
  meter.switch_to(L, runner);
  warning_until_ = kNever;
  in_warning_ = false;
  scope_ = scope;
  chain_can_yield_ = chain;
  passing_ = Passing::none;
  if (meter.end() == End::warning) {
    meter.clear_end();
    host_.log(LogLevel::warn, "a warning function was stopped: it took too long or too much");
  } else if (status != LUA_OK && status != LUA_YIELD && lua_type(co, -1) == LUA_TSTRING) {
    host_.log(LogLevel::warn, "error in a warning function: " + std::string(error_text(co)));
  }
}

Error ActorScript::describe_end(End end, const Task& task) {
  Error error = state_->meter().describe(end, task.budget, host_.now());
  if (end == End::memory_limit || end == End::quota_denied) error.message = memory_refusal_text();
  Traceback job{task.thread, &error.traceback};
  static_cast<void>(state_->protect(write_traceback, &job));
  trim_traceback(error.traceback);
  return error;
}

/// Ends a coroutine that an error has stopped, so that it can be used again; the error stays at the
/// top of its stack. That runs its closing variables, which cannot give way here. Their errors take
/// the place of `error`, as in Lua. False if they had to be given up.
bool ActorScript::close_failed(Task& task, Error& error) {
  Meter& meter = state_->meter();
  Runner& runner = Runner::current();
  lua_State* const thread = task.thread;
  lua_State* const outer = runner.running();
  const void* const value = lua_topointer(thread, -1);
  chain_can_yield_ = false;
  unyielding_since_ = kNever;
  meter.start(task.budget, meter.measures() ? host_.now() : Instant{});
  runner.set_running(thread);
  meter.switch_to(thread, runner);
#if LUA_VERSION_RELEASE_NUM >= 50406
  const int status = lua_closethread(thread, state_->lua());
#else
  const int status = lua_resetthread(thread);
#endif
  meter.switch_from(thread);
  runner.set_running(outer);
  meter.stop(meter.measures() ? host_.now() : Instant{}, false);
  if (meter.end() != End::none) return false;
  if (lua_topointer(thread, -1) != value) error = collect_error(task, status);
  return true;
}

bool ActorScript::pays(std::size_t steps) {
  Meter& meter = state_->meter();
  meter.charge(steps);
  Runner& runner = Runner::current();
  if (meter.end() == End::none && runner.wanted()) {
    const std::uint8_t attention = runner.take_attention();
    judge(true);
    if ((attention & kSliceOver) != 0) note_unyielding();
    // The next hook or checkpoint is told again, where the script can give way.
    runner.interrupt(attention, 0);
  }
  return meter.end() == End::none;
}

void ActorScript::note_unyielding() {
  const Instant now = host_.now();
  if (unyielding_since_ == kNever) unyielding_since_ = now;
  if (options_.sandbox != Sandbox::none && now - unyielding_since_ >= kUnyieldingMax) {
    state_->meter().set_end(End::unyielding);
  }
}

/// Gives up a task that has to end. Its coroutine is never resumed and never closed, so that
/// nothing of the script runs any more because of it; what it owes and waits for is settled here.
void ActorScript::give_up(Task& task) {
  const End end = state_->meter().end();
  // A traceback takes memory, of which there may be none but what is kept for such cases.
  state_->allocator().open_headroom();
  Error error = describe_end(end, task);
  state_->allocator().close_headroom();
  state_->meter().clear_end();
  end_wait(task);
  take_back_answer(task);
  const bool is_life_hook = task.life_hook;
  if (end != End::killed && end != End::cancelled && !is_life_hook) {
    ++limit_hits_;
    if (task.kind == TaskKind::handler) ++errors_;
    host_.limited(error, message_name_of(task));
  }
  const bool limit_ends = options_.limits.on_limit == OnLimit::end_actor;
  const bool ends_script = limit_ends || end == End::killed;
  if (end != End::cancelled && (ends_script || !task.reply.owed())) {
    bury(task, ends_script ? DeadLetterKind::crashed : DeadLetterKind::failed, error);
  }
  if (task.reply.owed()) host_.refuse(task.reply, error);
  const bool is_chunk = task.kind == TaskKind::chunk;
  if (is_chunk && started_.owed()) host_.refuse(started_, error);
  luaL_unref(state_->lua(), LUA_REGISTRYINDEX, task.anchor);
  task.thread = nullptr;
  release(task);
  if (end == End::memory_limit || end == End::quota_denied) make_room();
  if (end == End::killed || closing_) return;
  if (is_life_hook) {
    host_.log(LogLevel::warn, "a hook of lifecycle was stopped: " +
                                  (end == End::timeout ? "it took too long" : error.message));
    return;
  }
  const bool ends_actor = is_chunk || (end != End::cancelled && limit_ends);
  if (end != End::cancelled) {
    const bool is_shown = ends_actor && options_.end_is_reported;
    log_limit(error, is_shown ? LogLevel::debug : LogLevel::warn);
  }
  if (ends_actor) {
    if (!limit_hit_) limit_hit_ = std::make_unique<Error>(std::move(error));
    drop_state();
  }
}

void ActorScript::log_limit(const Error& error, LogLevel level) {
  const Instant now = host_.now();
  if (now < next_limit_log_) {
    ++limits_unlogged_;
    return;
  }
  next_limit_log_ = now + kLimitLogInterval;
  std::string text = error.message;
  if (limits_unlogged_ > 0) text += " (and " + std::to_string(limits_unlogged_) + " more before)";
  limits_unlogged_ = 0;
  host_.log(level, text);
}

}  // namespace moonwright::runtime
