// spawn_spec.hpp: everything that a new actor is made from, checked and resolved.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "actors/cancelling.hpp"
#include "actors/capture.hpp"
#include "actors/grants.hpp"
#include "actors/quota_desk.hpp"
#include "actors/script_source.hpp"
#include "actors/subtree.hpp"
#include "moonwright/cpu_profile.hpp"
#include "moonwright/memory_profile.hpp"
#include "moonwright/memory_tracker.hpp"
#include "moonwright/options.hpp"
#include "moonwright/supervision.hpp"
#include "runtime/factory.hpp"
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
  std::shared_ptr<QuotaShare> quota_share{};  ///< of its supervisor; null: none
  OnEnd on_end{};                             ///< instead of SpawnOptions::on_exit
  CancelWatch watch;                          ///< of SpawnOptions::token
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

/// What an actor is made from, as far as it can be made more than once.
struct SpawnPlan {
  std::shared_ptr<ScriptSource> source;
  std::string name;  ///< registered, or the name of the script
  bool register_name = false;
  Limits limits;
  MailboxLimits mailbox;
  Grants grants;
  ChunkReturn chunk_return = ChunkReturn::behaviour;
  ThreadKind thread = ThreadKind::shared;
  bool limits_cover_chunk = false;
  OnError on_error = OnError::report;
  std::chrono::nanoseconds quota_wait{0};  ///< see SpawnOptions, as the next two
  std::chrono::milliseconds checkpoint_every{0};
  std::string checkpoint_file{};
  std::chrono::milliseconds passivate_after{0};
  // Of a worker of a pool
  ActorRef pool;
  std::uint32_t pool_place = 0;                     ///< its number there
  std::shared_ptr<const runtime::Factory> factory;  ///< what its states run before they are ready
};

struct SpawnSpec : SpawnPlan {
  SpawnSpec() = default;
  explicit SpawnSpec(SpawnPlan plan) : SpawnPlan(std::move(plan)) {}

  ScriptSource::Version version{};  ///< of `source`, that the present incarnation is made from
  SubtreePlace place;               ///< in the subtree of its spawner
  FirstLease lease;                 ///< of the memory budget, until the state is made
  std::optional<Supervised> supervised;
  runtime::ReplyTo started;   ///< answered when the chunk has returned, if somebody waits
  runtime::MessagePtr start;  ///< the encoded arguments
  SpawnExtras extras;
};

}  // namespace moonwright::actors
