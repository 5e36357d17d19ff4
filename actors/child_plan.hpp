// child_plan.hpp: supervisors and their children, checked and resolved before they are started.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/spawn_spec.hpp"
#include "lifecycle/supervision.hpp"
#include "moonwright/supervision.hpp"
#include "runtime/host.hpp"

namespace moonwright::actors {

class Core;
class ScriptActor;
struct SupervisorPlan;

/// How a child is kept. Children that are kept alike share it.
struct ChildTraits {
  Restart restart = Restart::permanent;
  StopTimes stop{};
  std::chrono::milliseconds start_deadline{};
  double weight = 1;
  bool significant = false;
  HealthOptions health{};

  friend bool operator==(const ChildTraits&, const ChildTraits&) = default;
};

/// One child: what it is made from, as often as it has to be. Travels to a supervisor that runs
/// already as the cargo of a `start` command.
struct ChildPlan final : runtime::Cargo {
  std::string id;
  std::shared_ptr<const ChildTraits> traits;
  SpawnPlan spawn;            ///< of a script
  runtime::MessagePtr start;  ///< its arguments; cloned for each actor that is made
  std::unique_ptr<SupervisorPlan> supervisor;  ///< instead of a script
  std::shared_ptr<Capture> capture;            ///< takes what is printed; null: nobody

  ChildPlan() = default;
  ChildPlan(ChildPlan&&) noexcept = default;
  ChildPlan& operator=(ChildPlan&&) noexcept = default;

  [[nodiscard]] ChildPlan clone() const;
  /// What decides by it what becomes of the child.
  [[nodiscard]] lifecycle::ChildTerms terms() const;
  /// What the next actor of this plan is made from, but for its place and its number.
  [[nodiscard]] std::unique_ptr<SpawnSpec> make_spec() const;
};

class ChildTotal;  // partitions.hpp

struct SupervisorPlan {
  SupervisorSpec options;  ///< without children
  std::vector<ChildPlan> children;
  std::shared_ptr<Subtree> family;    ///< in which all of them have their places; null: in none
  std::uint32_t partitions = 0;       ///< not 0: so many children are that
  std::shared_ptr<ChildTotal> total;  ///< of a partition: what it shares with the others

  [[nodiscard]] SupervisorPlan clone() const;
};

/// Errors: see Runtime::spawn(); invalid_argument of check(SupervisorSpec).
[[nodiscard]] Result<SupervisorPlan> plan_supervisor(Core& core, const SupervisorSpec& spec);
[[nodiscard]] Result<ChildPlan> plan_child(Core& core, const ChildSpec& spec);
/// The same for a script: checked against what the creator has. On the creator's thread.
[[nodiscard]] Result<SupervisorPlan> plan_supervisor(Core& core, runtime::ChildRequest& request,
                                                     ScriptActor& creator);
[[nodiscard]] Result<ChildPlan> plan_child(Core& core, runtime::ChildRequest& request,
                                           ScriptActor& creator);

}  // namespace moonwright::actors
