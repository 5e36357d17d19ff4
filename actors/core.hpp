// core.hpp: what all actors of one runtime share.
#pragma once

#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "actors/callback_thread.hpp"
#include "actors/clock.hpp"
#include "actors/control_socket.hpp"
#include "actors/dead_letters.hpp"
#include "actors/dedicated_thread.hpp"
#include "actors/directory.hpp"
#include "actors/events.hpp"
#include "actors/host_modules.hpp"
#include "actors/host_port.hpp"
#include "actors/live_actors.hpp"
#include "actors/log.hpp"
#include "actors/quota_desk.hpp"
#include "actors/scheduler.hpp"
#include "actors/script_store.hpp"
#include "actors/script_threads.hpp"
#include "actors/spawn_spec.hpp"
#include "actors/timer_service.hpp"
#include "actors/watchdog.hpp"
#include "moonwright/runtime.hpp"
#include "moonwright/stats.hpp"

namespace moonwright::actors {

class ActorBase;
class ScriptActor;

/// The seams that a test replaces. Borrowed; they outlive the core.
struct CoreSeams {
  const Clock* clock = nullptr;  ///< null: the system's; otherwise timers run when the test says so
  Scheduler* scheduler = nullptr;  ///< null: the framework's workers
  std::uint32_t seed = 0;          ///< of the states; 0: from the operating system
};

/// The inside of a Runtime.
///
/// Thread: any. Owns everything that its actors use; they are gone before it is.
class Core {
 public:
  /// Errors: invalid_argument (which option), io.
  [[nodiscard]] static Result<std::unique_ptr<Core>> start(RuntimeOptions options,
                                                           const CoreSeams& seams = {});
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  /// From C++: under the root. Errors: see Runtime::spawn().
  [[nodiscard]] Result<ActorRef> spawn(SpawnOptions options,
                                       std::optional<SpawnExtras> extras = {});
  /// From a script: checked against what the spawner has. On the spawner's thread.
  [[nodiscard]] Result<ActorRef> spawn(runtime::SpawnRequest request, ScriptActor& spawner);

  /// What an actor is to be made from, and its first message. Errors: see Runtime::spawn().
  [[nodiscard]] Result<SpawnPlan> plan(SpawnOptions& options, runtime::MessagePtr& start);
  /// The same for a script: checked against what the spawner has. On the spawner's thread.
  [[nodiscard]] Result<SpawnPlan> plan(runtime::SpawnRequest& request, ScriptActor& spawner);
  /// A place in a subtree; none is needed if it is null. Errors: overload.
  [[nodiscard]] Result<SubtreePlace> find_place(const std::shared_ptr<Subtree>& subtree) const;
  /// Starts what has been planned, under `parent` or, if that is null, under the root. On the
  /// parent's thread. Errors: see Runtime::spawn().
  [[nodiscard]] Result<ActorRef> launch(std::unique_ptr<SpawnSpec> spec, ActorName name,
                                        ActorBase* parent, caf::execution_unit* from);

  /// Puts an actor that is about to begin on the list, with a reference, and registers its name
  /// unless that is empty. If that fails, discards it. Errors: stopped, already_exists.
  [[nodiscard]] Result<void> admit(ActorBase& actor, const std::string& name);
  [[nodiscard]] std::uint64_t next_actor_id() { return system_->next_actor_id(); }
  /// A live actor by its number; empty if there is none.
  [[nodiscard]] ActorRef find_actor(std::uint64_t id);
  /// A supervisor under the root has given up. To the log, and to the host if it wants to know.
  void report_give_up(const ActorRef& supervisor, const std::string& why);

  /// See Runtime::stop(). Requires: not one of the runtime's own threads.
  [[nodiscard]] StopReport stop(std::chrono::nanoseconds deadline);
  /// Begins to stop, and does not wait.
  void request_stop(std::chrono::nanoseconds deadline);
  /// Whether the calling thread is one of this runtime's.
  [[nodiscard]] bool is_own_thread();
  [[nodiscard]] bool stopping() const noexcept { return stopping_.load(); }
  /// When the runtime was started.
  [[nodiscard]] runtime::Instant began() const noexcept { return began_; }

  [[nodiscard]] const RuntimeOptions& options() const noexcept { return options_; }
  [[nodiscard]] const Clock& clock() const noexcept { return *clock_; }
  [[nodiscard]] TimerService& timers() noexcept { return *timers_; }
  [[nodiscard]] Scheduler& scheduler() noexcept { return *scheduler_; }
  [[nodiscard]] Watchdog& watchdog() noexcept { return *watchdog_; }
  [[nodiscard]] ScriptThreads& script_threads() noexcept { return *script_threads_; }
  [[nodiscard]] QuotaDesk& quota() noexcept { return *quota_; }
  /// What the calling thread has at hand of the memory budget; null if it is none of this
  /// runtime's.
  [[nodiscard]] MemoryFloat* own_float() const noexcept {
    return script_threads_->float_of(runtime::Runner::current());
  }
  [[nodiscard]] caf::actor_system& system() noexcept { return *system_; }
  [[nodiscard]] Directory& directory() noexcept { return directory_; }
  [[nodiscard]] LiveActors& live() noexcept { return live_; }
  [[nodiscard]] ScriptStore& scripts() noexcept { return *scripts_; }
  [[nodiscard]] HostModules& host_modules() noexcept { return host_modules_; }
  /// The module `fs` of trusted actors, who may use all files.
  [[nodiscard]] const std::shared_ptr<const runtime::HostModule>& all_files() const noexcept {
    return all_files_;
  }
  [[nodiscard]] Log& log() noexcept { return *log_; }
  [[nodiscard]] DeadLetters& dead_letters() noexcept { return dead_letters_; }
  [[nodiscard]] EventHub& events() noexcept { return *events_; }
  [[nodiscard]] CallbackThread& callbacks() noexcept { return *callbacks_; }
  [[nodiscard]] const ActorRef& port() const noexcept { return port_; }
  /// The seed of the next state.
  [[nodiscard]] std::uint32_t next_seed() noexcept;
  /// Whether all randomness comes from a seed that a test has given.
  [[nodiscard]] bool has_fixed_seed() const noexcept { return fixed_seed_ != 0; }
  /// Tell the host, if it wants to know, on its callback thread.
  void report_soft_limit(const ActorRef& actor, std::uint64_t used, std::uint64_t limit);
  void report_collection(const ActorRef& actor, const CollectionResult& collection);
  /// Counts an actor's end for the report of stop().
  /// @param was_stopping it had been asked to stop: then a kill is that of its deadline.
  void count_end(bool killed, bool was_stopping) noexcept;

  /// Remembers a dedicated thread as one of the runtime's own, until it retires.
  void enlist(std::thread::id thread);
  /// Has `thread` joined once it has ended.
  void retire(std::unique_ptr<DedicatedThread> thread);

 private:
  Core(RuntimeOptions options, const CoreSeams& seams);
  void start_threads(const CoreSeams& seams);
  /// The limits of a profile; the default ones if it has no name. Errors: invalid_argument.
  [[nodiscard]] Result<Limits> limits_of(const std::string& profile) const;
  [[nodiscard]] Result<SpawnPlan> check_plan(SpawnPlan plan) const;
  [[nodiscard]] GrantSources grant_sources() const noexcept;
  /// Waits until nobody holds anything of the memory budget any more, for a moment at most.
  void settle_quotas();
  void post_to_all(runtime::MessageKind kind, runtime::Instant deadline, bool roots_only);

  RuntimeOptions options_;
  SystemClock system_clock_;
  const Clock* clock_;
  const runtime::Instant began_;
  std::uint32_t fixed_seed_;
  std::atomic<std::uint32_t> seeds_used_{0};
  std::optional<std::string> lua_problem_;  ///< why only trusted actors are started
  std::unique_ptr<Log> log_;
  std::unique_ptr<ScriptStore> scripts_;
  Directory directory_;
  LiveActors live_;
  std::unique_ptr<QuotaDesk> quota_;
  HostModules host_modules_;
  std::shared_ptr<const runtime::HostModule> all_files_;
  DeadLetters dead_letters_;
  std::unique_ptr<CallbackThread> callbacks_;
  std::shared_ptr<EventHub> events_;
  std::unique_ptr<TimerService> timers_;
  std::unique_ptr<Watchdog> watchdog_;
  std::unique_ptr<ScriptThreads> script_threads_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<Scheduler> owned_scheduler_;
  Scheduler* scheduler_ = nullptr;
  ActorRef port_;
  std::mutex threads_mutex_;
  std::vector<std::unique_ptr<DedicatedThread>> retired_;  ///< under threads_mutex_
  std::set<std::thread::id> dedicated_;                    ///< under threads_mutex_
  std::atomic<bool> stopping_{false};
  std::atomic<bool> killing_{false};  ///< the deadline of stop() has passed
  std::atomic<std::size_t> ended_{0};
  std::atomic<std::size_t> killed_{0};
  std::unique_ptr<ControlSocket> control_socket_;
  std::mutex stop_mutex_;
  std::optional<StopReport> report_;  ///< under stop_mutex_
};

}  // namespace moonwright::actors
