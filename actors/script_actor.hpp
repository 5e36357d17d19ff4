// script_actor.hpp: an actor that runs a script.
//
// It is an actor of the framework (handles, monitors, links and exit messages work) with a mailbox
// of its own and a direct path from script to script, which costs a fraction of the framework's
// messages and behaviours.
#pragma once

#include <atomic>
#include <caf/actor_traits.hpp>
#include <caf/local_actor.hpp>
#include <caf/resumable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "actors/actor_figures.hpp"
#include "actors/actor_host.hpp"
#include "actors/address.hpp"
#include "actors/live_actors.hpp"
#include "actors/mailbox.hpp"
#include "actors/quota_wait.hpp"
#include "actors/scheduler.hpp"
#include "actors/spawn_spec.hpp"
#include "actors/subtree.hpp"
#include "actors/timer_service.hpp"
#include "lifecycle/token_bucket.hpp"
#include "runtime/actor_script.hpp"
#include "runtime/runner.hpp"

namespace moonwright::actors {

class Core;
class DedicatedThread;

/// Life: made idle; scheduled by its first message, `start`; runs on one thread at a time; ends
/// with terminate(), which answers everybody who waits for it. The object stays as long as
/// references do.
///
/// Thread: post(), deliver(), name() and stats() from any thread; everything else on the thread
/// that resumes it, which changes from turn to turn unless it is dedicated.
class ScriptActor final : public caf::local_actor,
                          public caf::resumable,
                          public caf::dynamically_typed_actor_base,
                          public caf::non_blocking_actor_base,
                          public Address,
                          public Job,
                          public LiveEntry,
                          private Alarm {
 public:
  using signatures = caf::none_t;
  using behavior_type = caf::behavior;

  ScriptActor(caf::actor_config& config, Core& core, std::unique_ptr<SpawnSpec> spec,
              ActorRef parent);
  ~ScriptActor() override;

  [[nodiscard]] static ScriptActor& of(const ActorRef& ref) noexcept {
    return static_cast<ScriptActor&>(Address::of(*ref.target()));
  }

  // Address
  void add_ref() const noexcept override;
  void release() const noexcept override;
  [[nodiscard]] Posted post(Letter&& letter, caf::execution_unit* from) noexcept override;
  bool deliver(MessagePtr message, caf::execution_unit* from) noexcept override;

  // The framework
  const char* name() const override { return "moonwright.script"; }
  void launch(caf::execution_unit*, bool, bool) override {}
  using caf::abstract_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* from) override;
  bool cleanup(caf::error&& reason, caf::execution_unit* from) override;
  subtype_t subtype() const override { return caf::resumable::unspecified; }
  void intrusive_ptr_add_ref_impl() override { add_ref(); }
  void intrusive_ptr_release_impl() override { release(); }
  resume_result resume(caf::execution_unit* unit, std::size_t max_messages) override;

  // Job
  [[nodiscard]] Turn run(caf::execution_unit* unit) override;
  void drop() noexcept override { release(); }

  // For the core
  /// Schedules the first turn. Everything else is in place by then.
  void begin(caf::execution_unit* from);
  /// Ends an actor that could not begin.
  void discard();
  /// Starts the thread of a dedicated actor. Before anybody else knows it. Throws
  /// std::system_error if there can be no more threads.
  void dedicate();
  [[nodiscard]] bool is_root() const noexcept { return is_root_; }

  // For ActorHost
  /// The name it was spawned with. Any thread.
  [[nodiscard]] std::string_view actor_name() const noexcept { return name_; }
  /// The name it registered last, if it has registered one.
  [[nodiscard]] std::string_view current_name() const noexcept {
    return names_.empty() ? std::string_view(name_) : std::string_view(names_.back());
  }
  [[nodiscard]] Core& core() noexcept { return core_; }
  [[nodiscard]] const SpawnSpec& spec() const noexcept { return *spec_; }
  [[nodiscard]] caf::execution_unit* unit() const noexcept { return context(); }
  [[nodiscard]] const Mailbox& mailbox() const noexcept { return mailbox_; }
  [[nodiscard]] std::size_t watcher_count() const noexcept;
  /// Takes a child into the family. On this actor's thread.
  void adopt(ActorRef child) { children_.insert(std::move(child)); }
  [[nodiscard]] std::size_t names_count() const noexcept { return names_.size(); }
  void add_name(std::string name) { names_.push_back(std::move(name)); }
  void wake_at(Instant when);
  /// Whether a kill has come, or the time to stop is over. Takes what is in the control lane; the
  /// rest of it waits until the script gives way.
  [[nodiscard]] bool must_die();
  /// What its children may use together. Made when it is first asked for; null for a trusted actor.
  [[nodiscard]] const std::shared_ptr<Subtree>& subtree();
  /// What it holds of the memory budget, mailbox included. Any thread.
  [[nodiscard]] std::uint64_t quota_bytes() const noexcept;
  [[nodiscard]] QuotaRow quota_row(Instant now) const noexcept;
  /// When its lease last changed.
  [[nodiscard]] Instant settled_at() const noexcept {
    return settled_at_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool may_shed() const noexcept;
  /// Asks it to collect all garbage and to give back what that leaves over. Any thread.
  void shed();
  /// What the thread that runs it has at hand of the budget; null without one.
  [[nodiscard]] MemoryFloat* memory_float() const noexcept { return float_; }
  /// Whether another line of so many bytes may be printed or logged. Tells the log of those that
  /// may not.
  [[nodiscard]] bool admits_output(std::size_t bytes);
  /// Charges the running script for compiling so many bytes of a source; false if it has to end.
  [[nodiscard]] bool may_compile(std::size_t bytes) { return script_->pays(bytes); }
  /// What it uses, as of the end of its last turn. Any thread.
  [[nodiscard]] ActorStats stats() const noexcept;
  /// The same for any address. Errors: dead, invalid_argument (nobody's). Any thread.
  [[nodiscard]] static Result<ActorStats> stats_of(const detail::RefTarget& target);
  /// Has the actor behind an address profiled from now on, until the profiler is stopped. A further
  /// profiler of memory takes the place of the one before. Errors: dead, invalid_argument. Any
  /// thread.
  [[nodiscard]] static Result<void> profile(const detail::RefTarget& target,
                                            const CpuProfiler& profiler);
  [[nodiscard]] static Result<void> profile(const detail::RefTarget& target,
                                            const MemoryProfiler& profiler);
  /// Takes the profiler of memory that somebody has for it, if there is one.
  void take_offered_profiler();
  /// Where samples of its memory go; null if nobody wants any.
  [[nodiscard]] runtime::MemorySampler* memory_sampler() noexcept;
  /// What requests are answered with once the actor has ended; null before.
  [[nodiscard]] const Error* last_error() const noexcept { return last_error_.get(); }

 private:
  /// What an actor has to end in order when its parent does.
  static constexpr std::chrono::seconds kFamilyDeadline{5};

  /// What senders find: read from any thread, moved on by the owner only.
  enum class Door : std::uint8_t { open, stopping, ended };
  struct Watcher {
    ActorRef ref;
    std::uint64_t number;
    friend bool operator==(const Watcher&, const Watcher&) = default;
  };
  struct WatcherHash {
    std::size_t operator()(const Watcher& watcher) const noexcept {
      return std::hash<ActorRef>{}(watcher.ref) * 31 + watcher.number;
    }
  };

  [[nodiscard]] Instant ring() noexcept override;
  void schedule(caf::execution_unit* from) noexcept;
  void arm();
  [[nodiscard]] bool ended() const noexcept {
    return door_.load(std::memory_order_relaxed) == Door::ended;
  }
  void take_control();
  void keep_control(Message* chain);
  [[nodiscard]] bool in_the_middle() const noexcept;
  void control(MessagePtr message);
  void start(MessagePtr message);
  void begin_stop(Instant deadline);
  void collect(MessagePtr message);
  void cancel(const Message& message);
  [[nodiscard]] bool is_given_up(const Message& message);
  void tick();
  [[nodiscard]] bool step();
  [[nodiscard]] Turn take_turn(caf::execution_unit* unit);
  [[nodiscard]] bool drained() noexcept;
  void handle(MessagePtr message);
  void be_killed(const char* why);
  void terminate(std::string reason, Error error, Values values);
  void refuse_rest(MessagePtr message, caf::execution_unit* from);
  void notify_family();
  void tell(const Watcher& watcher, caf::execution_unit* from) const;
  void report_end(Values values, const runtime::Usage& usage);
  [[nodiscard]] runtime::Usage final_usage();
  void settle_turn() noexcept;
  void lend(runtime::Runner& runner) noexcept;
  void settle_quota() noexcept;
  void publish_lease(std::uint64_t bytes) noexcept;
  /// Of most messages nothing: places in a mailbox come back in batches.
  void refund(std::uint64_t bytes) noexcept {
    if (bytes != 0) actors::refund(budget_.get(), float_, bytes);
  }
  void end_quota(const Message* rest) noexcept;
  [[nodiscard]] runtime::MemoryShare* memory_share() noexcept;
  [[nodiscard]] bool waits_for_quota(MessagePtr& start);
  void begin_with_quota();
  void give_up_quota(std::string reason, Error error);
  [[nodiscard]] bool may_go_on_waiting(Instant now);
  void set_memory_limit(std::uint64_t bytes);
  void publish_figures() noexcept;
  /// The innermost subtree that the actor is a part of, or the root of; null if it is in none.
  [[nodiscard]] Subtree* family() const noexcept {
    return subtree_ != nullptr ? subtree_.get() : spec_->place.subtree().get();
  }
  void charge_family(Subtree& family) noexcept;
  void report_dropped_output();
  [[nodiscard]] static Result<ScriptActor*> find_living(const detail::RefTarget& target);
  void start_profiles();
  /// Whoever exchanges the pointer owns what it was.
  [[nodiscard]] std::unique_ptr<MemoryProfiler> take_offer() noexcept;
  void profile_milestone(std::string_view label);
  [[nodiscard]] bool lets_others_go(std::size_t handled, Turn& turn);

  // What every turn needs comes first and together: with many actors, each further line of the
  // cache is a miss.
  Core& core_;
  ActorHost host_;
  std::unique_ptr<runtime::ActorScript> script_;
  std::atomic<Door> door_{Door::open};
  std::atomic<bool> tick_posted_{false};
  const bool is_root_;
  bool is_in_share_ = false;  ///< of a supervisor
  bool script_stopping_ = false;
  bool dying_ = false;         ///< found while the script ran
  bool wake_put_off_ = false;  ///< it is time to wake the script, which is in the middle of a task
  bool messages_turn_ = false;
  std::unique_ptr<DedicatedThread> thread_;
  std::vector<MessagePtr> control_;  ///< taken out of the mailbox, and not handled yet
  std::vector<Watcher> given_up_;    ///< requests that their senders cancelled, by their numbers
  Instant slice_began_{};            ///< the first look at the clock in this turn
  std::uint64_t turn_began_ticks_ = 0;
  const runtime::ChunkPool* lent_pool_ = nullptr;  ///< to the script, in its last turn
  const std::shared_ptr<QuotaBroker> budget_;      ///< null: there is none
  MemoryFloat* float_ = nullptr;                   ///< of the thread of its last turn
  std::atomic<std::uint64_t> lease_{0};            ///< as of the end of that turn
  /// Who samples the memory of this actor, as it knows and as others want it: theirs becomes its
  /// own by a message.
  std::unique_ptr<MemoryProfiler> memory_profiler_;
  std::atomic<MemoryProfiler*> offered_profiler_{nullptr};
  ActorFigures figures_;
  Mailbox mailbox_;

  std::unique_ptr<SpawnSpec> spec_;
  std::unique_ptr<QuotaWait> quota_wait_;  ///< null: it does not wait
  std::atomic<std::uint64_t> memory_limit_;
  std::shared_ptr<Subtree> subtree_;  ///< see subtree()
  Instant charged_until_{};           ///< to the family
  std::atomic<Instant> settled_at_;
  const Instant made_at_;
  std::atomic<bool> shed_asked_{false};  ///< and it has not collected since
  lifecycle::TokenBucket::Time output_full_at_ = 0;
  std::uint64_t dropped_lines_ = 0;
  std::uint64_t dropped_bytes_ = 0;
  ActorRef parent_;
  std::unordered_set<ActorRef> children_;
  std::unique_ptr<std::unordered_set<Watcher, WatcherHash>> watchers_;
  std::string name_;
  std::vector<std::string> names_;  ///< the registered ones
  Instant began_{};                 ///< when the chunk did
  Instant script_wake_ = kNever;
  Instant stop_deadline_ = kNever;
  // Written before the mailbox is closed, read by whoever finds it closed:
  std::string reason_;
  Error exit_error_;
  std::unique_ptr<Error> last_error_;
};

}  // namespace moonwright::actors
