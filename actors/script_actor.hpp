// script_actor.hpp: an actor that runs a script.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/actor_base.hpp"
#include "actors/actor_figures.hpp"
#include "actors/actor_host.hpp"
#include "actors/child_end.hpp"
#include "actors/core.hpp"
#include "actors/pool_duty.hpp"
#include "actors/quota_wait.hpp"
#include "actors/spawn_spec.hpp"
#include "actors/spin_shared_lock.hpp"
#include "actors/subtree.hpp"
#include "actors/work_meter.hpp"
#include "lifecycle/token_bucket.hpp"
#include "runtime/actor_script.hpp"
#include "runtime/runner.hpp"

namespace moonwright::actors {

class DedicatedThread;

/// Life: made idle; scheduled by its first message, `start`; runs on one thread at a time; ends
/// with terminate(), which answers everybody who waits for it. The object stays as long as
/// references do.
///
/// A supervised actor lives through several incarnations, each with a state of its own. When one
/// ends, the actor waits in limbo, with its mailbox, for its supervisor to restart or release it.
///
/// Thread: as ActorBase; stats() too from any thread. A dedicated actor has one of its own.
class ScriptActor final : public ActorBase {
 public:
  /// The caller has a first reference, which it gives back as every other.
  [[nodiscard]] static ActorRef make(Core& core, std::unique_ptr<SpawnSpec> spec, std::string name,
                                     ActorBase* parent) {
    return ActorRef::of(new ScriptActor(core, std::move(spec),  // NOLINT: counted
                                        std::move(name), parent));
  }

  /// Requires: it is one.
  [[nodiscard]] static ScriptActor& of(const ActorRef& ref) noexcept {
    return static_cast<ScriptActor&>(Address::of(*ref.target()));
  }

  // Address
  void add_ref() const noexcept override { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept override;

  // Job
  [[nodiscard]] Turn run(caf::execution_unit* unit) override;

  // For the core
  /// Puts it where its family's share of the workers allows. Before it begins.
  void take_level();
  void discard() override;
  /// Starts the thread of a dedicated actor. Before anybody else knows it. Throws
  /// std::system_error if there can be no more threads.
  void dedicate();

  // For ActorHost
  /// What it is made from. Any thread.
  [[nodiscard]] const SpawnPlan& plan() const noexcept { return *spec_.plan; }
  /// Takes what it prints and logs; null: nobody does.
  [[nodiscard]] std::shared_ptr<Capture> capture() const noexcept {
    return spec_.extras == nullptr ? nullptr : spec_.extras->capture;
  }
  /// What it may reach. On its thread.
  [[nodiscard]] Grants grants() const;
  /// What it may use.
  [[nodiscard]] Limits limits() const noexcept;
  /// Which of its lives this is, from 1. Any thread.
  [[nodiscard]] std::uint32_t incarnation() const noexcept {
    return incarnation_.load(std::memory_order_relaxed);
  }
  /// Links it with another actor, which is told; or ends that.
  void change_link(const ActorRef& other, bool linked);
  void set_trapping(bool traps) noexcept { traps_ = traps; }
  void wake_at(Instant when);
  /// Whether a kill has come, or the time to stop is over. Takes what is in the control lane; the
  /// rest of it waits until the script gives way.
  [[nodiscard]] bool must_die();
  /// What its children may use together. Made when it is first asked for; null for a trusted actor.
  [[nodiscard]] const std::shared_ptr<Subtree>& subtree();
  [[nodiscard]] std::uint64_t quota_bytes() const noexcept override;
  [[nodiscard]] QuotaRow quota_row(Instant now) const noexcept override;
  /// When its lease last changed.
  [[nodiscard]] Instant settled_at() const noexcept {
    return settled_at_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool may_shed() const noexcept override;
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
  /// How well an actor is. Errors: dead, invalid_argument (nobody's). Any thread.
  [[nodiscard]] static Result<Health> health_of(const detail::RefTarget& target);
  /// The same as a number; nothing if nobody would give it a fresh state. Any thread.
  [[nodiscard]] std::optional<double> score_if_recyclable() const noexcept;
  /// Which generation of its script it runs. Any thread.
  [[nodiscard]] std::uint32_t generation() const noexcept {
    return generation_.load(std::memory_order_relaxed);
  }
  /// Its chunk has returned, and it is about to take messages.
  void begun();
  /// What its supervisor has found. On any thread.
  void set_healthy(bool healthy) noexcept { healthy_.store(healthy, std::memory_order_relaxed); }
  /// Whether it has something to do. Any thread.
  [[nodiscard]] bool in_use() const noexcept { return active_.load(std::memory_order_relaxed); }
  /// Whether it has given its state back until its next message. Any thread.
  [[nodiscard]] bool is_passive() const noexcept {
    return is_passive_.load(std::memory_order_relaxed);
  }
  /// Its state can be used by the pool that it works for, if there is one.
  void note_ready() noexcept;
  /// Asks for a fresh state of a supervised actor. Errors: dead, invalid_argument. Any thread.
  [[nodiscard]] static Result<void> recycle(const detail::RefTarget& target, bool forced,
                                            std::string_view why, caf::execution_unit* from);
  [[nodiscard]] Event make_event(EventType type, std::string_view reason) const;
  /// Publishes an event, if anybody wants it.
  /// @param describe fills in what only then is worth the effort.
  template <class Describe>
  void tell(EventType type, std::string_view reason, Describe describe) {
    if (!core_.events().wants(type)) return;
    Event event = make_event(type, reason);
    describe(event);
    core_.events().publish(std::move(event), unit_);
  }
  void tell(EventType type, std::string_view reason) {
    tell(type, reason, [](Event&) {});
  }
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

 private:
  /// What an actor has to end in order when its parent does.
  static constexpr std::chrono::seconds kFamilyDeadline{5};

  /// Why an incarnation is being ended in order, and what comes after it.
  enum class Leaving : std::uint8_t {
    no,
    for_good,  ///< nothing: the door is closed
    suspend,   ///< limbo
    recycle,   ///< the next incarnation, at once
  };

  /// Of an actor that has given its state back until its next message.
  struct Passive {
    Checkpoint data;              ///< what it wakes with; paid for
    PastWork work{};              ///< of its lives so far
    bool has_last_words = false;  ///< it does not end without having been woken
  };

  /// What is taken out of states and put into them, where that happens at all.
  struct Carry {
    std::vector<MessagePtr> asked{};        ///< who waits for a checkpoint
    Instant until = kNever;                 ///< those who wait do so
    Instant due = kNever;                   ///< the next one that is taken now and then
    bool is_due = false;                    ///< it is time for that
    bool saved = false;                     ///< the life that is being left has been taken care of
    std::uint64_t uses = 0;                 ///< of this life, when `kept` was taken
    Checkpoint next{};                      ///< with which the next life begins
    Checkpoint kept{};                      ///< the last one, for a life after a crash
    std::vector<MessagePtr> passivators{};  ///< who wants the actor to be passive
    Instant look = kNever;                  ///< the next one at whether it is idle
    std::uint64_t uses_seen = 0;            ///< in the last look
    bool is_unused = false;                 ///< it has been idle for long enough
    bool is_to_be_passive = false;          ///< it wants that itself
    bool is_waking = false;                 ///< it was passive, and its chunk has not returned

    [[nodiscard]] bool goes_passive() const noexcept {
      return is_unused || is_to_be_passive || !passivators.empty();
    }
  };

  /// The way from one generation of the script to the next.
  struct Reload {
    ScriptSource::Version before;  ///< to go back to
    runtime::ReplyTo done;         ///< whoever wants to know how it went
    bool switched = false;         ///< the next life has begun
    bool fell_back = false;        ///< and failed, and another one of the old source has begun
    Error error{};                 ///< if it fell back
  };

  /// What it has while it has a state, or a turn.
  struct Life {
    Life(ScriptActor& actor, Instant now, const PastWork& past) : host(actor), work(now, past) {}

    ActorHost host;
    ActorFigures figures{};
    WorkMeter work;
    FirstLease lease{};                 ///< until there is a state
    runtime::ReplyTo started{};         ///< see SpawnSpec
    std::vector<MessagePtr> control{};  ///< taken out of the mailbox, and not handled yet
    Instant slice_began{};              ///< the first look at the clock in this turn
    std::uint64_t turn_began_ticks = 0;
    const runtime::ChunkPool* lent_pool = nullptr;      ///< to the script, in its last turn
    std::unique_ptr<PoolDuty> duty{};                   ///< null: it works for no pool
    std::unique_ptr<Reload> reload{};                   ///< null: none is under way
    std::unique_ptr<QuotaWait> quota_wait{};            ///< null: it does not wait
    std::unique_ptr<MemoryProfiler> memory_profiler{};  ///< who samples its memory
    std::vector<Watcher> given_up{};  ///< requests that their senders cancelled, by their numbers
    ActorRef exit_cause{};            ///< the linked actor whose end is the reason of this one's
    std::string recycle_why{};
    Instant script_wake = kNever;
    Instant drain_until = kNever;
    Instant stop_deadline = kNever;
    Instant began{};          ///< when the chunk did
    Instant charged_until{};  ///< to the family
    lifecycle::TokenBucket::Time output_full_at = 0;
    std::uint64_t dropped_lines = 0;
    std::uint64_t dropped_bytes = 0;
  };

  void make_life();
  void drop_life() noexcept;
  void have_run(caf::execution_unit* from) noexcept override;
  void arm();
  bool take_control();
  void keep_control(Message* chain);
  [[nodiscard]] bool in_the_middle() const noexcept;
  void control(MessagePtr message);
  void start(MessagePtr message);
  void start_script(const Message& arguments);
  void start_again();
  void begin_stop(const Message& message);
  void begin_leaving(Leaving how, const Message& message);
  [[nodiscard]] bool may_be_recycled() const noexcept;
  [[nodiscard]] std::chrono::nanoseconds drain_timeout() const noexcept;
  void begin_reload(MessagePtr message);
  [[nodiscard]] Carry& carry();
  void ask_checkpoint(MessagePtr message);
  void begin_restore(MessagePtr message);
  [[nodiscard]] bool wants_checkpoint() const noexcept;
  [[nodiscard]] bool is_quiet() const noexcept;
  [[nodiscard]] bool is_to_carry() const noexcept;
  [[nodiscard]] bool save_some();
  void finish_saving();
  void plan_next_checkpoint();
  void put_off_checkpoint(const Error& why);
  void keep(Checkpoint checkpoint);
  void answer_checkpoints(const Result<Checkpoint>& saved);
  void answer_checkpoint(Message& message, const Result<Checkpoint>& saved);
  void look_at_checkpoints(Instant now);
  void read_checkpoint_file();
  void begin_with_kept();
  void drop_kept();
  void ask_passivation(MessagePtr message);
  [[nodiscard]] const char* what_keeps_it();
  [[nodiscard]] bool may_go_passive();
  void refuse_passivation(const Error& error);
  void look_at_idleness(Instant now);
  void become_passive(Result<Checkpoint> saved);
  [[nodiscard]] bool wakes_for_message();
  [[nodiscard]] Result<void> wake();
  std::unique_ptr<Passive> take_passive() noexcept;
  void replace_passive_data(Checkpoint data);
  [[nodiscard]] bool ends_passive(Leaving how);
  [[nodiscard]] bool pay_for_data(std::uint64_t bytes) noexcept;
  void refund_data(std::uint64_t bytes) noexcept;
  void refuse_reload(Error error);
  [[nodiscard]] bool may_fall_back(const Reason& reason) const noexcept;
  void fall_back(const Reason& reason);
  void switch_generation();
  void begin_recycling(const Message& message);
  [[nodiscard]] bool changes_activity();
  void tell_destroyed(bool restarting);
  void tell_supervisor_recycled(bool recycled);
  void restart(const Message& message);
  void begin_incarnation();
  void receive_exit_signal(MessagePtr message);
  void collect(MessagePtr message);
  void answer_tasks(MessagePtr message);
  void cancel(const Message& message);
  void receive_order(MessagePtr message);
  [[nodiscard]] bool begins_orders() const noexcept;
  [[nodiscard]] bool begin_order();
  void cancel_order(std::uint64_t number);
  [[nodiscard]] bool ends_order() const noexcept;
  void complete_order(Values values);
  void end_order(Reason reason, Values values);
  void replace_state();
  [[nodiscard]] bool makes_state();
  void tell_pool();
  void leave_pool(bool for_good);
  [[nodiscard]] bool is_given_up(const Message& message);
  void tick();
  [[nodiscard]] bool step();
  [[nodiscard]] Turn take_turn(caf::execution_unit* unit);
  [[nodiscard]] bool takes_messages() const noexcept;
  [[nodiscard]] bool drained() noexcept;
  void give_up_recycling(const Error& why);
  void handle(MessagePtr message);
  void be_killed(const char* why);
  void end_by_force();
  void finish(Reason reason, Values values);
  [[nodiscard]] bool outlives(const Reason& reason) const noexcept;
  void end_incarnation(Reason reason);
  void drop_script() noexcept;
  void terminate(Reason reason, Values values);
  [[nodiscard]] ChildEnd describe_end(bool final) const;
  void notify_parent(std::optional<ChildEnd> end);
  void report_to_supervisor(ChildEnd end);
  void log_end();
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
  void end_quota() noexcept;
  [[nodiscard]] runtime::MemoryShare* memory_share() noexcept;
  [[nodiscard]] bool waits_for_quota(MessagePtr& start);
  void begin_with_quota();
  [[nodiscard]] bool may_go_on_waiting(Instant now);
  void set_memory_limit(std::uint64_t bytes);
  void publish_figures() noexcept;
  /// The innermost subtree that the actor is a part of, or the root of; null if it is in none.
  [[nodiscard]] Subtree* family() const noexcept {
    return subtree_ != nullptr ? subtree_.get() : spec_.place.subtree().get();
  }
  void charge_family(Subtree& family) noexcept;
  void report_dropped_output();
  [[nodiscard]] static Result<ScriptActor*> find_living(const detail::RefTarget& target);
  void start_profiles();
  /// Whoever exchanges the pointer owns what it was.
  [[nodiscard]] std::unique_ptr<MemoryProfiler> take_offer() noexcept;
  void profile_milestone(std::string_view label);
  [[nodiscard]] bool lets_others_go(std::size_t handled, std::uint64_t ticks, Turn& turn);

  ScriptActor(Core& core, std::unique_ptr<SpawnSpec> spec, std::string name, ActorBase* parent);
  ~ScriptActor();

  mutable std::atomic<std::size_t> references_{0};
  std::unique_ptr<Life> life_;      ///< null: it is passive, and not in a turn
  mutable SpinSharedLock looking_;  ///< for others who look at life_, or at passive_
  std::unique_ptr<runtime::ActorScript> script_;
  std::atomic<std::uint32_t> incarnation_;
  Leaving leaving_ = Leaving::no;
  bool in_limbo_ = false;
  std::atomic<bool> active_{false};  ///< it has a message, or a handler under way
  std::atomic<bool> healthy_{true};
  std::atomic<std::uint32_t> generation_{1};
  bool chunk_returned_ = false;       ///< of this incarnation
  bool has_begun_ = false;            ///< some incarnation has, with spec_.version
  std::unique_ptr<Carry> carry_;      ///< null: nothing is, or was
  std::unique_ptr<Passive> passive_;  ///< null: it is not
  std::atomic<bool> is_passive_{false};
  bool traps_ = false;        ///< exit signals come as notices
  bool is_in_share_ = false;  ///< of a supervisor
  bool script_stopping_ = false;
  bool drain_over_ = false;    ///< it has had its time to finish what it has
  bool forced_ = false;        ///< it leaves even if it cannot finish
  bool dying_ = false;         ///< found while the script ran
  bool kill_came_ = false;     ///< that is why it is dying
  bool wake_put_off_ = false;  ///< it is time to wake the script, which is in the middle of a task
  bool messages_turn_ = false;
  std::unique_ptr<DedicatedThread> thread_;
  MemoryFloat* float_ = nullptr;         ///< of the thread of its last turn
  std::atomic<std::uint64_t> lease_{0};  ///< as of the end of that turn
  /// Who is to sample its memory, as others want it: it becomes its own by a message.
  std::atomic<MemoryProfiler*> offered_profiler_{nullptr};
  ActorSpec spec_;
  std::atomic<std::uint64_t> memory_limit_;
  std::shared_ptr<Subtree> subtree_;  ///< see subtree()
  std::atomic<Instant> settled_at_;
  std::atomic<bool> shed_asked_{false};  ///< and it has not collected since
  std::uint32_t first_generation_ = 1;   ///< see ScriptOptions
  std::uint64_t first_monitor_ = 1;      ///< the same
};

}  // namespace moonwright::actors
