// runtime.hpp: the runtime as a C++ program sees it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "moonwright/actor_ref.hpp"
#include "moonwright/checkpoint.hpp"
#include "moonwright/cpu_profile.hpp"
#include "moonwright/dead_letter.hpp"
#include "moonwright/events.hpp"
#include "moonwright/execution.hpp"
#include "moonwright/export.hpp"
#include "moonwright/health.hpp"
#include "moonwright/memory_profile.hpp"
#include "moonwright/options.hpp"
#include "moonwright/pool.hpp"
#include "moonwright/quota.hpp"
#include "moonwright/reload.hpp"
#include "moonwright/result.hpp"
#include "moonwright/stats.hpp"
#include "moonwright/supervision.hpp"
#include "moonwright/task_info.hpp"
#include "moonwright/tree.hpp"
#include "moonwright/value.hpp"

namespace moonwright {

/// What an exposed host function is called with. Valid for the duration of the call.
struct Call {
  const Values& args;
  ActorRef caller;
};

/// A C++ function that scripts may call. See Runtime::expose().
using HostFunction = std::function<Result<Values>(Call&)>;

/// An actor that had not ended when Runtime::stop() gave up waiting for it.
struct StillRunning {
  ActorRef actor;
  std::string name;
};

/// What stop() found.
struct StopReport {
  std::size_t stopped = 0;  ///< actors that ended in order
  std::size_t killed = 0;   ///< actors that had to be killed at the deadline
  /// Actors that even a kill did not end: their thread is inside a call that never returns. They
  /// are left behind on purpose, with the memory they use.
  std::vector<StillRunning> still_running;

  [[nodiscard]] bool complete() const noexcept { return still_running.empty(); }
};

/// Many script actors in one process. No globals: several runtimes can live side by side.
///
/// Thread: every member function may be called from any thread. Those marked *blocking* answer
/// `invalid_argument` on one of the runtime's own threads, where they would wait for themselves.
/// Owns: its threads and all its actors. References may outlive it.
class MOONWRIGHT_API Runtime {
 public:
  /// Errors: invalid_argument with the name of the option, io (log file, threads).
  [[nodiscard]] static Result<Runtime> start(RuntimeOptions options = {});

  Runtime(Runtime&&) noexcept;
  Runtime& operator=(Runtime&&) noexcept;
  /// Stops with a deadline of 5 s unless stop() has been called. What does not end then, or is
  /// inside a callback for longer than another 5 s, is left behind on purpose; so is everything if
  /// this runs on one of the runtime's own threads. It never waits for good.
  ~Runtime();

  /// Starts an actor under the root and returns its address at once; the chunk runs on a worker.
  /// Messages sent before it is ready wait in its mailbox.
  /// Errors: invalid_argument, not_found, io, syntax_error, too_large (script or arguments),
  /// already_exists (name), cancelled (the token was tripped before), stopped.
  [[nodiscard]] Result<ActorRef> spawn(SpawnOptions options);

  /// Starts a supervisor under the root and, in order, the children that it is declared with.
  /// Returns its address at once; RuntimeOptions::on_give_up hears of it if that fails. It answers
  /// requests (see docs/supervision.md): `which`, `count`, `explain`, `stop`, `restart`, `delete`.
  /// Errors: see spawn() and check(SupervisorSpec).
  [[nodiscard]] Result<ActorRef> supervise(SupervisorSpec spec);

  /// Starts one more child of a supervisor; the future gets its address when its chunk has
  /// returned. Errors in the future: already_exists (the id), overload (max_children), dead (the
  /// child could not be started), stopped; those of spawn(); invalid_argument if it is no
  /// supervisor.
  [[nodiscard]] std::future<Result<ActorRef>> start_child(const ActorRef& supervisor,
                                                          ChildSpec child);

  /// Posts a one-way message. Never waits.
  /// Errors: overload (the mailbox is full), dead, stopped, too_large, invalid_argument.
  Result<void> send(const ActorRef& to, std::string_view name, Values args = {});

  /// Sends a request; the future gets the handler's return values or an error, exactly once.
  /// Errors in the future: what the handler raised, no_handler, dead, killed, stopped, overload,
  /// timeout, too_large, unsupported (the answer has a cycle).
  /// Waiting for the future on one of the runtime's own threads may wait for ever: do not.
  [[nodiscard]] std::future<Result<Values>> call(const ActorRef& to, std::string_view name,
                                                 Values args, std::chrono::nanoseconds timeout);

  /// The same with more options. Errors in the future besides: cancelled.
  [[nodiscard]] std::future<Result<Values>> call(const ActorRef& to, std::string_view name,
                                                 Values args, const CallOptions& options);

  /// The same with a callback, called exactly once, on the runtime's callback thread. It should be
  /// short: callbacks run one after the other.
  void call(const ActorRef& to, std::string_view name, Values args,
            std::chrono::nanoseconds timeout, std::function<void(Result<Values>)> done);
  void call(const ActorRef& to, std::string_view name, Values args, const CallOptions& options,
            std::function<void(Result<Values>)> done);

  /// Runs a script once, as an actor of its own under the root, and tells everything about it.
  /// Every failure is in the result: a script that does not compile, a runtime that is stopping.
  /// Waiting for the future on one of the runtime's own threads may wait for ever: do not.
  [[nodiscard]] std::future<ExecutionResult> execute(Script script, ExecuteOptions options = {});

  /// The same with a callback, called exactly once, on the runtime's callback thread.
  void execute(Script script, ExecuteOptions options, std::function<void(ExecutionResult)> done);

  /// Starts a pool under the root and waits until the least number of its states are ready.
  /// *Blocking.* RuntimeOptions::on_give_up hears of it if it cannot keep its states later.
  /// Errors: see spawn() and check(PoolOptions); what its modules, its script or its warm-up raise.
  /// The message begins with the phase that failed: "options", "libraries", "preload", "script" or
  /// "warm_up".
  [[nodiscard]] Result<Pool> make_pool(PoolOptions options = {});

  /// The same as Pool::execute().
  [[nodiscard]] std::future<ExecutionResult> execute(const Pool& pool, Script script,
                                                     PoolExecuteOptions options = {});

  /// What an actor uses. Does not ask the actor: the figures are those of the end of its last turn.
  /// Errors: dead, invalid_argument.
  [[nodiscard]] Result<ActorStats> stats(const ActorRef& actor) const;

  /// How well an actor is, by the same figures and, where a supervisor looks after it, by the
  /// options and the verdict of that; by the default options elsewhere.
  /// Errors: dead, invalid_argument.
  [[nodiscard]] Result<Health> health(const ActorRef& actor) const;

  /// Calls `handler` for each event of one type, or of all, until the subscription goes. See
  /// docs/lifecycle.md. Thread: the runtime's callback thread; must not throw. Where handlers do
  /// not keep up, events are dropped (RuntimeOptions::event_queue_max), and counted here.
  [[nodiscard]] EventSubscription on_event(EventType type, EventHandler handler);
  [[nodiscard]] EventSubscription on_event(EventHandler handler);
  [[nodiscard]] std::uint64_t dropped_events() const;

  /// Collects all garbage of an actor, after the message that it is handling, and answers how much
  /// memory it used before and after. Errors in the future: dead, killed, stopped, and whatever
  /// else the actor ends with; invalid_argument.
  [[nodiscard]] std::future<Result<CollectionResult>> collect(const ActorRef& actor);

  /// Who has how much of the memory budget. Walks all actors; asks none of them.
  [[nodiscard]] QuotaStatus quota_status() const;
  /// Changes the budget at once, also to less than what has been granted: then nothing is granted
  /// until enough has come back, idle actors are asked to collect, and the answer is by how much it
  /// is overdrawn, 0 otherwise. Errors: invalid_argument (0), unsupported (RuntimeOptions::quotas
  /// is off).
  Result<std::uint64_t> set_memory_budget(std::uint64_t bytes);

  /// Changes what one actor may use, from its next turn on, and what it and its descendants may use
  /// together, if it is below sandbox level `none`. What is in use stays so; more is refused until
  /// there is room. Errors: dead, invalid_argument.
  Result<void> set_memory_limit(const ActorRef& actor, std::uint64_t bytes);

  /// What an actor is in the middle of: each suspended task, where it is and what it waits for. An
  /// actor answers while it waits, too; one that computes answers when it gives way. Of a
  /// supervisor the list is empty. Errors in the future: dead, killed, stopped, and whatever else
  /// the actor ends with; timeout; invalid_argument.
  [[nodiscard]] std::future<Result<TaskList>> tasks(
      const ActorRef& actor, std::chrono::nanoseconds timeout = std::chrono::seconds(5));

  /// All actors, under those that they belong to. Supervisors are asked what they keep, and one
  /// that does not answer in time is shown as "silent"; everything else is looked up. Errors in the
  /// future: dead, invalid_argument (`top`).
  [[nodiscard]] std::future<Result<TreeNode>> tree(const TreeOptions& options = {});

  /// The last failures of a supervisor's children, at most 50, the newest last. Errors in the
  /// future: dead, stopped, timeout; invalid_argument (it is no supervisor).
  [[nodiscard]] std::future<Result<std::vector<CrashReport>>> crashes(
      const ActorRef& supervisor, std::chrono::nanoseconds timeout = std::chrono::seconds(5));

  /// Samples what all actors run, from now until the profiler is stopped.
  void profile_cpu(const CpuProfiler& profiler);
  /// The same for one actor. Errors: dead, invalid_argument.
  Result<void> profile_cpu(const CpuProfiler& profiler, const ActorRef& actor);
  /// Samples the memory of an actor from its next turn on, until the profiler is stopped or another
  /// one takes its place. Errors: dead, invalid_argument.
  Result<void> profile_memory(const MemoryProfiler& profiler, const ActorRef& actor);

  /// The last messages that were not handled to their end, the oldest first, and how many there
  /// have been of each kind.
  [[nodiscard]] std::vector<DeadLetter> dead_letters() const;
  [[nodiscard]] DeadLetterCounts dead_letter_counts() const;

  /// Makes a C++ function callable from scripts: "host.lookup" is `require("host").lookup(...)`.
  /// It runs on the worker of the calling actor, several at once for several actors: it must be
  /// thread-safe and short. An exception that leaves it becomes an `error` in the script.
  /// Actors below sandbox level `none` see the module if it was granted to them when they were
  /// spawned, see Capabilities, as it was then; trusted ones if it was exposed before they first
  /// required it.
  /// Errors: invalid_argument (the name is not of the form module.function, or the module is one of
  /// the runtime's own), already_exists.
  Result<void> expose(std::string_view name, HostFunction function);

  /// Asks an actor to end in order: it takes no new messages, finishes what it has, runs on_stop(),
  /// and is killed if that takes longer than `deadline`. Does not wait.
  Result<void> stop_actor(const ActorRef& actor, std::chrono::nanoseconds deadline);
  /// Ends an actor politely: what it does is cancelled and its closing variables run; what goes on
  /// for longer than Limits::cancel_grace is given up. Its reason is "cancelled". Does not wait.
  Result<void> cancel_actor(const ActorRef& actor);
  /// Ends an actor at once; what it was doing is given up. Does not wait.
  Result<void> kill_actor(const ActorRef& actor);

  /// Gives a supervised actor a fresh state in place, when it has finished what it has begun; what
  /// waits in its mailbox is the next state's. No restart, and nothing is lost. If it has not
  /// finished within HealthOptions::drain_timeout that is given up, unless it is `forced`: then the
  /// rest is answered `cancelled`. Does not wait. Errors: dead, invalid_argument (nobody
  /// supervises it).
  Result<void> recycle(const ActorRef& actor, bool forced = false);

  /// What the actor's script has in its state: docs/checkpoints.md. Taken when no handler is under
  /// way; until then no further one begins. Errors in the future: unsupported (something cannot be
  /// carried; the message has the path to it), too_large, what on_checkpoint() raised; timeout (it
  /// was in the middle of something for 5 s); dead, invalid_argument.
  [[nodiscard]] std::future<Result<Checkpoint>> checkpoint(const ActorRef& actor);
  /// Gives the actor a fresh state, as recycle() does, that begins with `checkpoint`. Does not
  /// wait: what cannot be restored ends the new life, and is in the log. Errors: dead,
  /// invalid_argument.
  Result<void> restore(const ActorRef& actor, Checkpoint checkpoint);
  /// Has an idle actor keep its data and give its state back, until its next message:
  /// docs/passivation.md. In the future: the bytes that are kept. Errors in it: overload (it has
  /// something to do; the message says what), those of checkpoint(), quota_denied.
  [[nodiscard]] std::future<Result<std::uint64_t>> passivate(const ActorRef& actor);

  /// Makes the next generation of a script: a file is read again, and a text takes the place of all
  /// of its name. Whoever begins from now on, begins with it; those who run it are recycled,
  /// between two messages, and lose none. One whose new source fails before it takes messages goes
  /// on with what it had, and the generation is withdrawn. Errors in the future: syntax_error, io
  /// and not_found, after which nothing has changed; not_found (nobody runs it).
  [[nodiscard]] std::future<Result<ReloadReport>> reload(const Script& script,
                                                         const ReloadOptions& options = {});
  /// The same for one actor alone. Errors in the future besides: dead, invalid_argument.
  [[nodiscard]] std::future<Result<ReloadReport>> reload(const ActorRef& actor,
                                                         const ReloadOptions& options = {});
  /// Looks which files of scripts and modules have changed since they were compiled, and reloads
  /// whoever runs one. Does not wait for the actors. Each change is told once, errors too.
  std::vector<ChangedScript> reload_changed(const ReloadOptions& options = {});

  /// The actor registered under `name`. Errors: not_found.
  [[nodiscard]] Result<ActorRef> whereis(std::string_view name) const;

  /// Actors alive now.
  [[nodiscard]] std::size_t actor_count() const;

  /// Stops all actors as stop_actor() does, kills those that are not done at the deadline, and
  /// reports. Nothing can be spawned afterwards. A second call reports the same. *Blocking.*
  Result<StopReport> stop(std::chrono::nanoseconds deadline);

 private:
  class Impl;
  explicit Runtime(std::shared_ptr<Impl> impl) noexcept;
  std::shared_ptr<Impl> impl_;
};

}  // namespace moonwright
