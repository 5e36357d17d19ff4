// actor_script.hpp: the life of one script in one state: chunk, behaviour, and the tasks in
// between.
//
// Every message handler runs as a task on a coroutine of its own. A task that awaits yields out to
// here and is resumed when what it waits for has come; others run meanwhile. All of it happens on
// the thread that runs the actor, so nothing here is locked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/carrying.hpp"
#include "runtime/factory.hpp"
#include "runtime/host.hpp"
#include "runtime/memory_watch.hpp"
#include "runtime/pristine.hpp"
#include "runtime/scratch.hpp"
#include "runtime/state.hpp"
#include "runtime/task.hpp"
#include "runtime/timer_queue.hpp"

namespace moonwright::runtime {

struct ScriptOptions {
  std::shared_ptr<const Code> code;
  Limits limits;
  Sandbox sandbox = Sandbox::restricted;
  LibrarySet libraries = LibrarySet::of(Sandbox::none);  ///< see StateOptions
  ChunkReturn chunk_return = ChunkReturn::behaviour;
  std::chrono::nanoseconds call_timeout{std::chrono::seconds(5)};
  std::uint32_t seed = 0;
  bool secret_random = false;             ///< see StateOptions
  MemorySource* memory_source = nullptr;  ///< borrowed; null: malloc
  MemoryShare* memory_share = nullptr;    ///< see Allocator::set_share()
  MemoryShare* memory_lender = nullptr;   ///< see Allocator::begin_lease()
  std::uint64_t memory_lease = 0;         ///< the same
  bool enable_debug = false;              ///< see StateOptions
  bool allow_bytecode = false;            ///< the same
  bool limits_cover_chunk = false;        ///< the timeout also holds for the chunk and for forks
  bool count_hook = false;                ///< see MeterOptions
  bool preempt_always = false;            ///< see MeterOptions
  bool measure = false;                   ///< see MeterOptions
  bool crash_on_error = false;            ///< see OnError
  std::uint32_t incarnation = 1;          ///< for the hooks of `lifecycle`
  std::uint32_t generation = 1;           ///< of the code; for the same
  Checkpoint restore{};                   ///< put in place when the chunk has returned
  /// Where requests and monitors are counted on from: late answers to those of an incarnation
  /// before this one match nothing.
  std::uint32_t first_generation = 1;
  std::uint64_t first_monitor = 1;
  std::shared_ptr<const Factory> factory;  ///< of a state that belongs to a pool; null: none
  bool end_is_reported = false;            ///< the error of its end is shown; the log need not
  std::uint64_t refuse_after = ~std::uint64_t{0};  ///< see Allocator::refuse_after(); for tests
  std::uint64_t refusals = ~std::uint64_t{0};      ///< the same
};

/// Why the yield that came out of a coroutine is none of the script's business.
enum class Passing : std::uint8_t {
  none,       ///< it is: an ordinary coroutine.yield
  await,      ///< the task waits
  preempted,  ///< it gives way, in the middle of whatever it does
  ended,      ///< it is never resumed
};

/// The functions of the module `lifecycle` that a script may set.
enum class LifeHook : std::uint8_t { create, activate, deactivate, recycle, destroy, error };

/// How a script ended by itself.
struct Ending {
  std::string reason;  ///< "normal", "stopped", "error", a limit, or what actor.exit() was given
  Error error;         ///< with "error": what went wrong
  Values values;       ///< see ActorExit::values
};

struct FutureNode;

/// Thread: confined to the actor's. The first half is for the actor around the script, the second
/// for the functions that the script calls.
/// Requires: nothing is called after ended() has become true, except the destructor.
class ActorScript {
 public:
  /// Borrows `host` for its life.
  ActorScript(Host& host, ScriptOptions options);
  ~ActorScript();
  ActorScript(const ActorScript&) = delete;
  ActorScript& operator=(const ActorScript&) = delete;

  // For the actor ---------------------------------------------------------------------------------

  /// Makes the state and runs the chunk up to its first await; `arguments` are the chunk's `...`.
  /// `started` is answered when the chunk has returned.
  void start(const Message& arguments, ReplyTo started);
  /// Runs another chunk in a state that is ready for it; when that and its forks have ended, so has
  /// the script, and what the chunk returned is its result. Requires: can_execute().
  /// @param remembers what the state was like before, for clean().
  void execute(std::shared_ptr<const Code> code, const Message& arguments, bool remembers);
  /// Has the state as it was before what was executed has ended normally, so that the same can be
  /// executed once more. Answers false if that is not possible; then it is only good for dropping.
  /// Requires: ended() normally, after execute().
  [[nodiscard]] bool clean(const PoolReuse& options);
  /// Whether everything that a factory has to run has run, and nothing has been executed since.
  [[nodiscard]] bool can_execute() const noexcept {
    return options_.factory != nullptr && chunk_done_ && !executing_ && !ended() && !cancelling_ &&
           stop_phase_ == StopPhase::none && preempted_ == nullptr;
  }
  /// Starts a handler for a user message, or a hook for a `down` or an `exit_signal`. Requires:
  /// takes_messages().
  void handle(MessagePtr message);
  /// A reply or failure for one of this script's requests has come.
  void receive(MessagePtr reply);
  /// Time has passed: ends waits and fires timers that are due.
  void wake();
  /// Goes on with what gave way. Requires: preempted().
  void go_on();
  /// Whether a task stopped in the middle. Until go_on() has finished it, nothing else may run:
  /// handlers of one actor interleave only where they await.
  [[nodiscard]] bool preempted() const noexcept { return preempted_ != nullptr || writes(); }
  /// Runs what has become ready meanwhile, at most `count` pieces of it.
  void run_ready(std::size_t count);
  /// Cancels the handler of a request, if it has begun and not ended; answers whether it has.
  bool cancel_request(const detail::RefTarget* sender, std::uint64_t correlation);
  /// Cancels all tasks and ends as "cancelled" when they are done. Takes nothing new meanwhile.
  void cancel_all();
  /// Runs on_stop(), cancels what still waits, and ends as "stopped".
  void stop();
  /// The same for another state to follow: runs lifecycle.onRecycle() instead, with `why`.
  void leave_for_next(const std::string& why);
  /// Whether the script has looked at the module `lifecycle`, and so may have set hooks.
  [[nodiscard]] bool has_life_hooks() const noexcept { return lifecycle_anchor_ != 0; }
  /// Runs onActivate() or onDeactivate(), if the script has set it. Requires: has_life_hooks(),
  /// nothing is preempted.
  void tell_activity(bool active);

  [[nodiscard]] bool takes_messages() const noexcept;

  /// Begins to take a checkpoint: runs on_checkpoint(), and then writes, which is like a task that
  /// has given way: see preempted(). Requires: the chunk has returned, and no handler is under way.
  /// @param only_hook without on_checkpoint() there is none: not_found.
  void save(const CheckpointWriterOptions& options, bool only_hook);
  [[nodiscard]] bool saves() const noexcept { return saving_ != nullptr; }
  /// Why the state has to stay, in words: what it would lose besides its data. Null: nothing.
  [[nodiscard]] const char* what_keeps_it() const noexcept;
  /// Whether its end runs code of the script, or may.
  [[nodiscard]] bool has_last_words();
  /// Whether it is there, or an error.
  [[nodiscard]] bool has_saved() const noexcept;
  /// Requires: has_saved(). Errors: see CheckpointWriter; what on_checkpoint() raised.
  [[nodiscard]] Result<Checkpoint> take_saved(CheckpointInfo info);
  [[nodiscard]] bool has_ready() const noexcept { return ready_begin_ != ready_.size(); }
  /// Handlers that have begun and not ended.
  [[nodiscard]] std::size_t handlers_in_flight() const noexcept { return handlers_in_flight_; }
  /// Answers that handlers have put off and not given yet.
  [[nodiscard]] std::size_t answers_put_off() const noexcept { return answers_put_off_; }
  /// The name of the message whose handler made the script end; empty if none did.
  [[nodiscard]] const std::string& crashed_by() const noexcept { return crashed_by_; }
  /// For the next incarnation: see ScriptOptions.
  [[nodiscard]] std::uint32_t next_generation() const noexcept { return next_generation_; }
  [[nodiscard]] std::uint64_t next_monitor() const noexcept { return next_monitor_; }
  [[nodiscard]] bool ended() const noexcept { return ending_ != nullptr; }
  [[nodiscard]] Ending& ending() noexcept { return *ending_; }
  /// Ends all monitors. For the end, so that nobody keeps a list of the dead.
  void drop_monitors() noexcept;
  /// Answers all requests that are still owed an answer. For the end, whatever its reason.
  void refuse_all(const Error& error);
  /// Has the state go without running any more code, whatever it holds. For one that is killed.
  void drop_state() noexcept {
    if (state_) state_->drop_without_closing();
  }
  /// Lends what the thread that runs the actor now has for it, until the next call. A null lender
  /// leaves the one before.
  void use_pool(ChunkPool* pool, MemoryShare* lender) noexcept {
    if (!state_) return;
    state_->allocator().set_pool(pool);
    state_->allocator().use_lender(lender);
  }
  /// Changes what the state may use, between two turns. What is in use stays so.
  void set_memory_limit(std::uint64_t bytes);
  [[nodiscard]] std::uint32_t warnings_given() const noexcept { return warnings_given_; }
  /// Handlers that failed, and work that a limit ended: see LifeStats.
  [[nodiscard]] std::uint64_t errors() const noexcept { return errors_; }
  [[nodiscard]] std::uint64_t limit_hits() const noexcept { return limit_hits_; }
  [[nodiscard]] std::uint64_t late_replies() const noexcept { return late_replies_; }

  // For the script --------------------------------------------------------------------------------

  [[nodiscard]] static ActorScript& of(lua_State* L) noexcept { return *State::of(L).script(); }
  [[nodiscard]] Host& host() noexcept { return host_; }
  [[nodiscard]] State& state() noexcept { return *state_; }
  /// Null before start(), and after one that found no memory for a state.
  [[nodiscard]] State* try_state() const noexcept { return state_.get(); }
  [[nodiscard]] Encoder& encoder() noexcept { return encoder_; }
  [[nodiscard]] const Limits& limits() const noexcept { return options_.limits; }
  [[nodiscard]] Sandbox sandbox() const noexcept { return options_.sandbox; }

  /// The task that runs; null while only a finalizer or a closing variable does.
  [[nodiscard]] Task* current() noexcept { return current_; }
  // For those who look at what tasks wait for
  [[nodiscard]] const std::vector<std::unique_ptr<Task>>& tasks() const noexcept { return tasks_; }
  [[nodiscard]] bool is_preempted(const Task& task) const noexcept { return &task == preempted_; }
  /// Whether what the wait was for has come.
  [[nodiscard]] bool is_ready(WaitId wait) const noexcept;
  /// Requires: the request is open.
  [[nodiscard]] Instant deadline_of(std::uint64_t request) const noexcept {
    return requests_[static_cast<std::uint32_t>(request)].deadline;
  }
  [[nodiscard]] Scope& scope() noexcept { return scope_; }
  [[nodiscard]] const Delivery& delivery() const noexcept { return delivery_; }

  /// See Scratch. Made at its first use.
  [[nodiscard]] Scratch& scratch() {
    if (!scratch_) scratch_ = std::make_unique<Scratch>();
    return *scratch_;
  }

  /// Whether `L` may await here: not inside a metamethod that a library calls, or the like.
  [[nodiscard]] bool can_await(lua_State* L) const noexcept;
  /// Raises where the running task cannot or must not wait: no coroutine to suspend, cancelled, or
  /// the time of `within` is over. To be called before anything is set up for the wait.
  void require_await(lua_State* L);
  /// Suspends the running task; `continuation` runs when it is resumed, and looks at delivery().
  /// The caller has set up what will end the wait. Use: `return script.await(L, k, context);`.
  [[nodiscard]] int await(lua_State* L, int (*continuation)(lua_State*, int, std::intptr_t),
                          std::intptr_t context);
  /// Suspends the running task for good. Use: `return script.abandon(L);`. Requires: can_await(L).
  [[nodiscard]] int abandon(lua_State* L);
  /// For the coroutine library: what the yield that just came out of a coroutine is about, and
  /// whether all coroutines that resumed the running one can pass it on.
  [[nodiscard]] Passing passing() const noexcept { return passing_; }
  void set_passing(Passing passing) noexcept { passing_ = passing; }
  [[nodiscard]] bool chain_can_yield() const noexcept { return chain_can_yield_; }
  void set_chain_can_yield(bool can) noexcept { chain_can_yield_ = can; }
  /// Whether a yield of `L` gets out to the runtime.
  [[nodiscard]] bool can_yield(lua_State* L) const noexcept;

  /// For the hook: looks at the clock and the limits.
  void judge(bool urgent);
  [[nodiscard]] bool may_preempt() const noexcept { return !in_warning_ && !closing_; }
  /// Charges the running task for `steps` of work on its behalf where nothing may be raised; false
  /// if it has to end, which the next checkpoint does.
  [[nodiscard]] bool pays(std::size_t steps);
  /// The slice is over, and the script cannot give way.
  void note_unyielding();
  [[nodiscard]] bool can_preempt(lua_State* L) const noexcept {
    return may_preempt() && can_yield(L);
  }
  /// Gives way. In a hook, which returns at once.
  void preempt(lua_State* L);
  /// Tells the meter of an error that was caught: memory that was refused is no error to catch.
  void note_error(int status) noexcept;
  /// An allocation has failed for good. Within it.
  void memory_refused(MemoryRefusal reason) noexcept;
  [[nodiscard]] MemoryWatch& memory_watch() noexcept { return memory_watch_; }

  /// Runs `function` of the script, at the top of the stack of `co` with `arguments` values, inside
  /// the running task, on a small budget of its own.
  void run_warning(lua_State* L, lua_State* co, int arguments);
  [[nodiscard]] bool in_warning() const noexcept { return in_warning_; }

  /// The deadline of a request made now: the default timeout, `within`, and most of what the
  /// running handler has left itself.
  [[nodiscard]] Instant request_deadline() noexcept;
  /// Registers a request of the running task (`future` null) or of a future. 0: too many are open.
  [[nodiscard]] std::uint64_t open_request(Instant deadline, FutureNode* future);
  /// Forgets a request; its answer will be dropped. Harmless for one that is closed already.
  void close_request(std::uint64_t request) noexcept;

  /// Ends the running task's wait at `when`, as if it had come; scope deadlines need no timer.
  void wait_until(Instant when);
  /// Makes the task of `wait` go on with `delivery` soon; ignored if that wait has ended.
  void make_ready(WaitId wait, const Delivery& delivery);
  /// For a future that has settled: counts it for a task that waits for several.
  [[nodiscard]] Task* waiting_task(WaitId wait) noexcept;

  /// Starts a task soon. The function and `arguments` values are the top of the stack of `L`, and
  /// are taken from it. Raises: memory errors.
  Task& fork(lua_State* L, int arguments, TaskKind kind);
  void cancel(Task& task);
  [[nodiscard]] std::size_t fork_count() const noexcept { return forks_in_flight_; }

  /// Timers: the function and its arguments are a sequence in the registry under `anchor`.
  std::uint32_t add_timer(Instant due, std::chrono::nanoseconds interval, int anchor);
  void cancel_timer(std::uint32_t number, std::uint32_t generation) noexcept;
  [[nodiscard]] std::uint32_t timer_generation(std::uint32_t number) const noexcept;
  [[nodiscard]] std::size_t timer_count() const noexcept { return timers_active_; }

  [[nodiscard]] std::size_t monitor_count() const noexcept { return monitors_.size(); }
  [[nodiscard]] std::uint64_t add_monitor(const detail::RefTarget& target);
  void remove_monitor(std::uint64_t number) noexcept;

  /// Ends the actor when the running task gives way.
  void request_exit(std::string reason);
  [[nodiscard]] bool exit_requested() const noexcept { return exit_reason_ != nullptr; }

  /// The module `lifecycle`, once it is open.
  void set_lifecycle_anchor(int anchor) noexcept { lifecycle_anchor_ = anchor; }
  [[nodiscard]] int lifecycle_anchor() const noexcept { return lifecycle_anchor_; }
  /// Counts one more subscription to events; false if there are so many already.
  [[nodiscard]] bool count_event_subscription(std::int64_t most) noexcept {
    return event_subscriptions_ < most && ++event_subscriptions_ > 0;
  }
  [[nodiscard]] bool subscribes_to_events() const noexcept { return event_subscriptions_ > 0; }
  /// What the hook that runs is about.
  [[nodiscard]] LifeHook life_hook() const noexcept { return life_hook_; }
  [[nodiscard]] const Error* hook_error() const noexcept { return hook_error_.get(); }
  [[nodiscard]] std::uint32_t incarnation() const noexcept { return options_.incarnation; }
  [[nodiscard]] std::uint32_t generation() const noexcept { return options_.generation; }

  /// Counts promises. A promise that was dropped answers when it is collected, and an actor that
  /// has nothing to do collects nothing: so while there are promises, collections are seen to.
  void promise_made();
  void promise_gone() noexcept { --promises_; }
  void answer_put_off() noexcept { ++answers_put_off_; }
  void answer_given() noexcept { --answers_put_off_; }

  /// Called by the entries of tasks, inside the task.
  void adopt_behaviour(lua_State* L, int index);
  [[nodiscard]] int behaviour_anchor() const noexcept { return behaviour_anchor_; }
  [[nodiscard]] bool has_behaviour() const noexcept { return behaviour_ != Behaviour::none; }
  [[nodiscard]] bool behaviour_is_function() const noexcept {
    return behaviour_ == Behaviour::function;
  }
  void answer_current(lua_State* L, int first, int count);
  /// The chunk has returned `count` values from `first`.
  void adopt_chunk(lua_State* L, int first, int count);
  /// The script takes messages from now on.
  void finish_chunk();

  // For the tasks that take checkpoints and put them in place. Errors are in the scratch.
  void keep_results(lua_State* L, int first);
  void save_without_hook();
  [[nodiscard]] bool has_to_restore() const noexcept {
    return bool(options_.restore) && phase_ == FactoryPhase::script;
  }
  [[nodiscard]] bool begin_restoring();
  /// The module `index` that has to be required first; null: there are no more.
  [[nodiscard]] const char* module_to_restore(std::size_t index) const noexcept;
  [[nodiscard]] CheckpointProgress step_restoring();
  [[nodiscard]] int push_restored(lua_State* L) const;
  void end_restoring() noexcept;
  /// What is running is about to yield, and goes on as soon as it can.
  void give_way() noexcept { passing_ = Passing::preempted; }
  [[nodiscard]] const Message* current_message() const noexcept { return message_; }
  [[nodiscard]] const Code& code() const noexcept {
    switch (phase_) {
      case FactoryPhase::preload: return *options_.factory->preload;
      case FactoryPhase::warm_up: return *options_.factory->warm_up;
      default: return *options_.code;
    }
  }
  /// What a firing timer runs, and whether its anchor is still needed afterwards.
  [[nodiscard]] int timer_anchor() const noexcept { return timer_anchor_; }
  [[nodiscard]] bool timer_repeats() const noexcept { return timer_repeats_; }
  [[nodiscard]] const char* hook_name() const noexcept { return hook_name_; }
  [[nodiscard]] std::string_view hook_argument() const noexcept { return hook_argument_; }
  [[nodiscard]] bool is_monitoring(std::uint64_t number) const noexcept {
    return monitors_.contains(number);
  }

 private:
  /// Marks the owner of an entry of `queue_` as a timer; the others are waits of tasks.
  static constexpr std::uint64_t kTimerOwner = std::uint64_t{1} << 63;
  /// Marks the entry that sees to collections.
  static constexpr std::uint64_t kCollectOwner = ~std::uint64_t{0};

  /// The owner of an entry of `queue_` that ends the current wait of `task`.
  [[nodiscard]] static std::uint64_t wait_owner(const Task& task) noexcept {
    return (static_cast<std::uint64_t>(task.number) << 32) | task.wait;
  }

  enum class Behaviour : std::uint8_t { none, table, function };
  enum class StopPhase : std::uint8_t { none, hook, cancelling };
  struct Request {
    std::uint32_t generation = 1;
    bool open = false;
    WaitId wait;
    FutureNode* future = nullptr;
    Instant deadline = kNever;
  };
  struct Timer {
    std::uint32_t generation = 1;
    int anchor = 0;
    Instant due = kNever;
    std::chrono::nanoseconds interval{0};  ///< 0: once
    TimerQueue::Id queued = TimerQueue::kNone;
    std::uint32_t task = 0;       ///< of the last tick, which may still be at it
    std::uint32_t task_life = 0;  ///< 0: there is none
    bool active = false;
  };
  struct Ready {
    WaitId wait;
    Delivery delivery;
    int arguments;  ///< >= 0: a task that has not begun, with so many arguments
  };

  [[nodiscard]] Task& next_free_task();
  void take_task(Task& task, TaskKind kind) noexcept;
  [[nodiscard]] Task* new_task(TaskKind kind);
  void note_saver(const Task& task, const Error* error);
  void write_on();
  void note_code() noexcept;
  [[nodiscard]] bool writes() const noexcept;
  void note_suspended(Task& task, std::uint32_t life, std::string_view message);
  void resume(Task& task, const Delivery& delivery, int arguments);
  void run(Task& task, int (*entry)(lua_State*), const Message* message);
  void finish(Task& task);
  void fail_task(Task& task, int status);
  void give_up(Task& task);
  [[nodiscard]] bool close_failed(Task& task, Error& error);
  void start_budget(Task& task);
  void start_stretch(Task& task);
  [[nodiscard]] int resume_metered(Task& task, int arguments);
  void run_on(Task& task, const Delivery& delivery, int arguments);
  [[nodiscard]] Error describe_end(End end, const Task& task);
  void log_limit(const Error& error, LogLevel level);
  void make_room() noexcept;
  [[nodiscard]] bool is_overdue(const Task& task) const noexcept;
  void release(Task& task);
  void end_wait(Task& task) noexcept;
  [[nodiscard]] std::string memory_refusal_text() const;
  [[nodiscard]] End memory_end() const noexcept;
  [[nodiscard]] Error collect_error(Task& task, int status);
  void take_back_answer(Task& task) noexcept;
  void count_error(const Task& task, int status, const Error& error) noexcept;
  void bury(Task& task, DeadLetterKind kind, const Error& error);
  void report(const Task& task, const Error& error);
  void complete_request(Request& request, MessagePtr reply, const Delivery& delivery);
  void expire_requests(Instant now);
  void fire_timer(std::uint32_t number);
  void drop_timer(std::uint32_t number) noexcept;
  void run_hook(const char* name, std::string_view argument);
  void run_life_hook(LifeHook hook, std::string_view reason = {});
  void run_due_life_hooks();
  [[nodiscard]] std::string_view message_name_of(const Task& task) const;
  void answer_started();
  void begin_chunk(const Message& arguments);
  [[nodiscard]] bool has_another_chunk();
  void go_on_with_factory();
  void keep_values(lua_State* L, int first, int count);
  [[nodiscard]] Ready take_ready() noexcept;
  void collect_for_promises();
  void settle();
  void end(std::string reason, Error error = {});
  void cancel_waiting_tasks();
  void begin_closing();
  /// Whether nothing more is begun in this turn.
  [[nodiscard]] bool leaves_off() const noexcept {
    return exit_reason_ || chunk_error_ || limit_hit_ || preempted_ != nullptr;
  }
  void arm();

  // What every message needs comes first and together: with many actors, each further line of the
  // cache is a miss.
  Host& host_;
  std::unique_ptr<State> state_;
  std::unique_ptr<Saving> saving_;        ///< null: no checkpoint is being taken
  std::unique_ptr<Restoring> restoring_;  ///< null: none is being put in place
  CodeSnapshot code_as_begun_;            ///< what is code, for checkpoints
  Task* current_ = nullptr;
  Task* preempted_ = nullptr;
  const Message* message_ = nullptr;  ///< the one that the running task was started for
  std::unique_ptr<std::string> exit_reason_;
  std::unique_ptr<Error> chunk_error_;
  std::unique_ptr<Error> limit_hit_;  ///< ends the actor, with its code as the reason
  std::unique_ptr<Ending> ending_;
  Behaviour behaviour_ = Behaviour::none;
  StopPhase stop_phase_ = StopPhase::none;
  Passing passing_ = Passing::none;
  bool chunk_done_ = false;
  bool executing_ = false;
  bool factory_due_ = false;                   ///< the next chunk of a factory is to begin
  FactoryPhase phase_ = FactoryPhase::script;  ///< of what runs; `ready` once a factory is done
  bool chain_can_yield_ = true;
  bool in_warning_ = false;
  bool cancelling_ = false;
  bool closing_ = false;  ///< last words: no more waiting and no giving way
  int behaviour_anchor_ = 0;
  std::size_t tasks_active_ = 0;
  std::size_t handlers_in_flight_ = 0;
  std::size_t forks_in_flight_ = 0;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<std::uint32_t> free_tasks_;
  std::vector<Ready> ready_;  ///< a queue: what is before `ready_begin_` has been taken
  std::size_t ready_begin_ = 0;
  Instant armed_ = kNever;
  Instant earliest_request_ = kNever;  ///< no open request has an earlier deadline
  TimerQueue queue_;
  Delivery delivery_;
  Scope scope_;
  Instant asked_at_{};  ///< when a deadline was asked for, of a request that is about to be made
  Instant unyielding_since_ = kNever;  ///< when a slice was first found over that could not end
  MemoryWatch memory_watch_{*this};
  ScriptOptions options_;
  Encoder encoder_;
  std::vector<Request> requests_;
  std::vector<std::uint32_t> free_requests_;

  std::unique_ptr<Scratch> scratch_;
  Instant warning_until_ = kNever;
  Instant closing_until_ = kNever;
  Instant next_limit_log_{};
  std::size_t limits_unlogged_ = 0;
  std::uint32_t warnings_given_ = 0;
  std::vector<Timer> timers_;
  std::vector<std::uint32_t> free_timers_;
  std::size_t timers_active_ = 0;
  std::unordered_map<std::uint64_t, ActorRef> monitors_;
  std::uint64_t next_monitor_;
  std::uint32_t next_generation_;  ///< above those of all requests that have been closed
  std::string crashed_by_;
  int lifecycle_anchor_ = 0;
  std::int64_t event_subscriptions_ = 0;
  bool create_hook_due_ = false;
  bool has_next_ = false;  ///< another state follows
  LifeHook life_hook_ = LifeHook::create;
  std::unique_ptr<Error> hook_error_;  ///< what onError() is called for next
  const char* hook_name_ = nullptr;
  std::string_view hook_argument_;
  int timer_anchor_ = 0;
  bool timer_repeats_ = false;
  Task* stop_task_ = nullptr;
  ReplyTo started_;
  std::unique_ptr<Pristine> pristine_;  ///< null: nobody has wanted it to be remembered
  MessagePtr arguments_;                ///< of the script, while modules are preloaded before it
  std::uint32_t warm_ups_ = 0;          ///< that have run
  std::uint64_t late_replies_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t limit_hits_ = 0;
  std::size_t promises_ = 0;
  std::size_t answers_put_off_ = 0;
  std::chrono::nanoseconds collect_after_{0};  ///< 0: no collection is planned
  Values exit_values_;
};

}  // namespace moonwright::runtime
