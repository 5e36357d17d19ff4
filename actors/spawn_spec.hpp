// spawn_spec.hpp: everything that a new actor is made from.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "actors/cancelling.hpp"
#include "actors/capture.hpp"
#include "actors/quota_desk.hpp"
#include "actors/spawn_plan.hpp"
#include "actors/subtree.hpp"
#include "moonwright/cpu_profile.hpp"
#include "moonwright/memory_profile.hpp"
#include "moonwright/memory_tracker.hpp"
#include "moonwright/options.hpp"
#include "moonwright/supervision.hpp"
#include "runtime/host.hpp"
#include "runtime/usage.hpp"

namespace moonwright::actors {

/// Called once when an actor has ended, on the callback thread.
using OnEnd = std::function<void(ActorExit exit, const runtime::Usage& usage)>;

/// What becomes of an actor besides what it does, and what only an execution asks for.
struct SpawnExtras {
  std::shared_ptr<Capture> capture;  ///< takes what is printed and logged; children share it
  bool is_execution = false;         ///< whoever executes it is told how it ended
  bool profile_memory = false;       ///< see ExecuteOptions
  std::optional<MemoryTracker> process_memory{};  ///< started by the actor, if it is to be tracked
  std::optional<MemoryProfiler> memory_profiler{};
  std::optional<CpuProfiler> cpu_profiler{};
  OnEnd on_end{};     ///< instead of SpawnOptions::on_exit
  CancelWatch watch;  ///< of SpawnOptions::token
};

/// How a supervisor keeps an actor.
struct Supervised {
  std::uint64_t child = 0;  ///< its number at the supervisor, below 2^40
  Restart restart = Restart::permanent;
  std::uint32_t life = 1;                         ///< the number of its first incarnation
  std::shared_ptr<const HealthOptions> health{};  ///< what it is recycled by; never null

  /// Whom to tell, as an answer, that the chunk of an incarnation has returned.
  [[nodiscard]] runtime::ReplyTo acknowledgement(const ActorRef& supervisor,
                                                 std::uint32_t incarnation) const {
    return {supervisor, (std::uint64_t{incarnation} << 40) | child, runtime::kNever};
  }
};

/// What one actor is made from, and keeps.
struct ActorSpec {
  explicit ActorSpec(SpawnPlan made_from)
      : capabilities(std::move(made_from.grants.capabilities)),
        plan(share_plan(std::move(made_from))) {}

  /// What only few actors have. Made when it is asked for.
  [[nodiscard]] SpawnExtras& more() {
    if (extras == nullptr) extras = std::make_unique<SpawnExtras>();
    return *extras;
  }

  /// Of its grants, until it ends; the plan is without.
  std::shared_ptr<const GrantedCapabilities> capabilities;
  std::shared_ptr<const SpawnPlan> plan;
  ScriptSource::Version version{};  ///< that the present state is made from
  SubtreePlace place;               ///< in the subtree of its spawner
  std::unique_ptr<const Supervised> supervised;
  runtime::MessagePtr start;                ///< the encoded arguments; null: there are none
  std::shared_ptr<QuotaShare> quota_share;  ///< of its supervisor; null: none
  std::unique_ptr<SpawnExtras> extras;      ///< null: nothing of that
};

/// The same with what is only for its beginning.
struct SpawnSpec : ActorSpec {
  using ActorSpec::ActorSpec;

  FirstLease lease;          ///< of the memory budget, until the state is made
  runtime::ReplyTo started;  ///< answered when the chunk has returned, if somebody waits
};

}  // namespace moonwright::actors
