// supervisor.hpp: the actor that starts, watches, restarts and stops others.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/child_end.hpp"
#include "actors/child_plan.hpp"
#include "actors/native_actor.hpp"
#include "actors/quota_share.hpp"
#include "lifecycle/health.hpp"
#include "lifecycle/recycle_pace.hpp"
#include "lifecycle/supervision.hpp"
#include "moonwright/crash_report.hpp"

namespace moonwright::actors {

/// Executes what lifecycle::Supervision decides. Pure C++: it runs no script, so that nothing a
/// child does can end it, and what it keeps of each child is bounded.
///
/// It looks at the health of its children now and then, and recycles those that are not well.
///
/// It answers requests: `which`, `count`, `explain`, `tree` and `crashes` from anybody; `start`
/// (with a ChildPlan as cargo), `stop`, `restart` and `delete` (with the id of a child) from those
/// who control it.
///
/// Thread: as ActorBase.
class Supervisor final : public NativeActor {
 public:
  /// How a supervisor is made.
  struct Setup {
    SupervisorPlan plan;
    std::shared_ptr<QuotaShare> around{};    ///< of the supervisor above; null: the budget itself
    ActorBase* parent = nullptr;             ///< on whose thread this is; null: the root
    std::optional<Supervised> supervised{};  ///< if the parent is a supervisor
    runtime::ReplyTo started{};              ///< answered when all children have been started
    caf::execution_unit* from = nullptr;
  };
  /// Errors: already_exists (name), stopped.
  [[nodiscard]] static Result<ActorRef> launch(Core& core, Setup setup);

  /// Crash reports, and decisions, that are kept.
  static constexpr std::size_t kKept = 50;

  void discard() override;

 private:
  using ChildNumber = lifecycle::ChildNumber;

  /// What the number of an acknowledgement is made of: see Supervised.
  static constexpr std::uint64_t kChildMask = (std::uint64_t{1} << 40) - 1;

  /// What is told about a child that has had more than one life, or was to have.
  struct ChildPast {
    std::string last_end;  ///< why its last life ended; empty: none has
    std::string decision;  ///< what was done about it, in a sentence
  };

  /// What there is of a child besides its state.
  struct Child {
    ActorRef actor;  ///< the last one; empty before the first
    std::shared_ptr<const ChildTraits> traits;
    std::unique_ptr<ChildPlan> plan;  ///< kept as long as another actor may be made of it
    std::unique_ptr<ChildPast> past;  ///< null: nothing has happened to it
    Instant next_check{};
    Instant rests_until{};           ///< it is not recycled before that
    std::uint32_t checked_life = 0;  ///< that `meter` is about
    lifecycle::HealthMeter meter;
    bool drains = false;  ///< to be recycled

    [[nodiscard]] ChildPast& its_past() {
      if (past == nullptr) past = std::make_unique<ChildPast>();
      return *past;
    }
    [[nodiscard]] std::string_view last_end() const noexcept {
      return past != nullptr ? std::string_view(past->last_end) : std::string_view();
    }
    [[nodiscard]] std::string_view decision() const noexcept {
      return past != nullptr ? std::string_view(past->decision) : std::string_view();
    }
  };

  /// A question to all partitions that has not been answered.
  struct Gathering {
    std::uint64_t request = 0;
    std::string name{};
    std::size_t missing = 0;
    std::vector<Values> answers{};
  };
  /// Marks the numbers of those, beside those of acknowledgements.
  static constexpr std::uint64_t kGathering = std::uint64_t{1} << 63;

  Supervisor(Core& core, Setup setup);
  ~Supervisor() override = default;

  // NativeActor
  void control(MessagePtr message) override;
  void receive(MessagePtr message) override;
  [[nodiscard]] bool takes_messages() const noexcept override { return !in_limbo_; }
  [[nodiscard]] bool work_on() override;
  void rest() override { arm(); }

  void start();
  void acknowledge(const Message& message, bool failed);
  void child_ended(const Message& message);
  void begin_stop(const Message& message);
  void be_killed();
  void command(MessagePtr message);
  void command_about_child(std::string_view name, const Values& values, std::uint64_t request);
  void add_child(Message& message, std::uint64_t request);
  [[nodiscard]] std::uint64_t open(runtime::ReplyTo to);
  [[nodiscard]] runtime::ReplyTo close(std::uint64_t request);
  void answer(std::uint64_t request, const Values& values);
  void refuse_request(std::uint64_t request, const Error& error);

  void execute();
  void execute(lifecycle::Effect& effect);
  void spawn(ChildNumber number, std::uint32_t life);
  [[nodiscard]] Result<ActorRef> make_actor(ChildNumber number, std::uint32_t life, Child& child);
  [[nodiscard]] std::shared_ptr<QuotaShare> share_for(const Child& child) const;
  void tell(ChildNumber number, MessageKind kind);
  void tell_to_leave(ChildNumber number, MessageKind kind);
  void decide(ChildNumber number, std::string sentence);
  [[nodiscard]] std::shared_ptr<const ChildTraits> shared_traits(
      std::shared_ptr<const ChildTraits> traits);
  void give_up(const lifecycle::Effect& effect);
  void finish(lifecycle::EndKind end, const std::string& why);
  void terminate(Reason reason);
  void report_to_parent(bool final);
  void arm();

  // Health: see supervisor_health.cpp
  void plan_check(const ChildTraits& traits);
  void check_some();
  void check(ChildNumber number, Child& child, Instant now);
  void child_recycled(const Message& message);
  void end_drain(Child& child) noexcept;
  void add_health(Table& row, const Child& child) const;

  // For one with partitions
  [[nodiscard]] ActorRef partition(std::size_t index) const;
  [[nodiscard]] bool pass_on(Message& message, const std::string& name, const Values& values,
                             std::uint64_t request);
  void forward(Message& message, const std::string& child, std::uint64_t request);
  void ask_partitions(const Message& message, const std::string& name, std::uint64_t request);
  void take_gathered(const Message& message, bool failed);
  void answer_gathered(std::uint64_t number);
  void settle_total() noexcept;

  [[nodiscard]] Value describe(ChildNumber number) const;
  [[nodiscard]] Value describe_all() const;
  [[nodiscard]] Value describe_self() const;
  [[nodiscard]] Value describe_crashes() const;
  void answer_tree(std::uint64_t request, Instant deadline);
  [[nodiscard]] Value count() const;
  [[nodiscard]] Values explain(const Values& values) const;

  SupervisorPlan plan_;
  const std::optional<Supervised> supervised_;
  std::shared_ptr<QuotaShare> share_;  ///< what all children use of the budget is part of this
  bool weighted_ = false;              ///< children are worth more or less than one another
  runtime::ReplyTo started_;
  std::uint32_t life_ = 1;
  bool in_limbo_ = false;
  bool gave_up_ = false;   ///< that is why it ends
  bool told_ = false;      ///< whoever waits for its start knows that this has failed
  bool for_good_ = false;  ///< it has been asked to end, and does not come back
  std::minstd_rand random_;
  std::unique_ptr<lifecycle::Supervision> supervision_;
  lifecycle::Effects effects_;
  std::unordered_map<ChildNumber, Child> table_;
  std::shared_ptr<const ChildTraits> last_traits_;  ///< of the child that came last
  std::unordered_map<std::uint64_t, runtime::ReplyTo> requests_;
  std::uint64_t next_request_ = 1;
  std::unordered_map<std::uint64_t, Gathering> gatherings_;
  std::uint64_t next_gathering_ = 1;
  std::int64_t counted_ = 0;   ///< of `plan_.total`
  std::uint64_t next_id_ = 1;  ///< for children that come without one
  std::deque<CrashReport> crashes_;
  std::deque<std::string> decisions_;
  Instant stop_deadline_ = kNever;
  Instant armed_ = kNever;
  lifecycle::RecyclePace pace_;
  Instant check_due_ = kNever;   ///< when the next round begins
  Instant next_round_ = kNever;  ///< as far as this one has come
  bool checking_ = false;        ///< in the middle of a round
  std::size_t next_bucket_ = 0;  ///< of `table_`, in a round
};

/// Asks a supervisor to start one more child. Errors: those of a post.
[[nodiscard]] Result<void> post_child(const detail::RefTarget& supervisor, ActorRef from,
                                      std::uint64_t correlation, Instant deadline, ChildPlan plan,
                                      bool privileged, caf::execution_unit* unit);

}  // namespace moonwright::actors
