// sim_core.hpp: a runtime whose time and turns are a test's: the same run each time, no waiting.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"
#include "manual_clock.hpp"
#include "moonwright/checkpoint.hpp"
#include "moonwright/execution.hpp"
#include "moonwright/pool.hpp"
#include "moonwright/supervision.hpp"
#include "sim_scheduler.hpp"

namespace moonwright::actors {

/// What came back for requests, by their number. Stands where a caller would.
///
/// Thread: one, as everything in a simulation.
class Answers final : public Address {
 public:
  Answers() : Address(AddressKind::port, 0) {}

  [[nodiscard]] ActorRef ref() const { return ActorRef::of(this); }
  /// All that has come for request `number`, in order.
  [[nodiscard]] const std::vector<Result<Values>>& to(std::uint64_t number) {
    return answers_[number];
  }
  /// The reasons of the `down` notices that have come.
  [[nodiscard]] const std::vector<std::string>& downs() const { return downs_; }

  void add_ref() const noexcept override {}
  void release() const noexcept override {}
  [[nodiscard]] Posted post(Letter&&, caf::execution_unit*) noexcept override {
    return Posted::dead;
  }
  bool deliver(MessagePtr message, caf::execution_unit* from) noexcept override;

 private:
  std::map<std::uint64_t, std::vector<Result<Values>>> answers_;
  std::vector<std::string> downs_;
};

/// A runtime that logs nothing.
[[nodiscard]] RuntimeOptions quiet_options();
/// One that logs nothing, and whose scripts print to `lines`, which have to outlive it.
[[nodiscard]] RuntimeOptions printing_options(std::vector<std::string>& lines);
/// A child with this id, and the same name.
[[nodiscard]] ChildSpec child_spec(std::string id, std::string source);

/// Thread: one.
class SimCore {
 public:
  /// @param seed of everything that is random; other than 1 also of the order of turns.
  explicit SimCore(RuntimeOptions options = {}, std::uint32_t seed = 1);
  /// Stops what is left.
  ~SimCore();
  SimCore(const SimCore&) = delete;
  SimCore& operator=(const SimCore&) = delete;

  [[nodiscard]] Core& core() noexcept { return *core_; }
  [[nodiscard]] SimScheduler& scheduler() noexcept { return scheduler_; }
  [[nodiscard]] Instant now() const noexcept { return clock_.now(); }

  /// Starts an actor from source text; it has not run yet.
  [[nodiscard]] ActorRef spawn(std::string source, SpawnOptions options = {});
  /// Starts a supervisor; it has not run yet, nor have its children.
  [[nodiscard]] ActorRef supervise(const SupervisorSpec& spec);
  /// Starts a supervisor of this child alone, runs, and answers the child: the one of its name.
  [[nodiscard]] ActorRef supervise(ChildSpec child);
  /// Starts a pool; it has not run yet. `started` is answered, as request 1, when it is ready.
  [[nodiscard]] ActorRef make_pool(PoolOptions options, const Answers* started = nullptr);
  [[nodiscard]] ActorRef find(std::string_view name) { return core_->directory().find(name); }
  /// Runs everybody until nobody has anything to do.
  void run() { scheduler_.run_until_idle(); }
  /// Lets time pass: what is due happens, then everybody runs.
  void advance(std::chrono::nanoseconds time);
  /// Lets time pass in the middle of a turn, as work does: what is due comes later.
  void spend(std::chrono::nanoseconds time) { clock_.advance(time); }

  /// Posts a request of `answers`; with number 0 a one-way message.
  Posted request(Answers& answers, std::uint64_t number, const ActorRef& to, std::string_view name,
                 Values args = {}, Instant deadline = kNever);
  /// Asks and runs until there is an answer, or nobody has anything to do.
  [[nodiscard]] Result<Values> ask(const ActorRef& to, std::string_view name, Values args = {});
  Posted send(const ActorRef& to, std::string_view name, Values args = {});
  void stop(const ActorRef& actor, std::chrono::nanoseconds deadline);
  void kill(const ActorRef& actor);
  void monitor(const Answers& watcher, std::uint64_t number, const ActorRef& target);
  void demonitor(const Answers& watcher, std::uint64_t number, const ActorRef& target);

  /// Orders a checkpoint, of which `done` hears in a turn of the actor.
  void checkpoint(const ActorRef& actor, std::function<void(Result<Checkpoint>)> done);
  void restore(const ActorRef& actor, Checkpoint checkpoint);
  /// Has a pool execute a script, as Pool::execute() does; `done` hears of it in a turn of whoever
  /// ends it. Answers the number by which cancel_execution() finds it.
  std::uint64_t execute(const ActorRef& pool, std::string source, std::string owner,
                        std::function<void(ExecutionResult)> done);
  void cancel_execution(const ActorRef& pool, std::uint64_t number);

  /// Core::stop() while everybody runs, with the clock standing still.
  [[nodiscard]] StopReport stop_all(std::chrono::nanoseconds deadline = std::chrono::seconds(60));

  [[nodiscard]] bool ended(const ActorRef& actor) const;

 private:
  void tell(const ActorRef& actor, MessageKind kind, Instant deadline, const Answers* sender = {},
            std::uint64_t number = 0);

  ManualClock clock_;
  SimScheduler scheduler_;
  Answers own_answers_;
  std::unique_ptr<Core> core_;
  std::uint64_t asked_ = 0;
};

}  // namespace moonwright::actors
