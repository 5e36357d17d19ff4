// spawn_plan.hpp: what actors are made from, as far as it can be made more than once.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "actors/grants.hpp"
#include "actors/script_source.hpp"
#include "moonwright/options.hpp"
#include "runtime/factory.hpp"

namespace moonwright::actors {

/// What an actor is called.
struct ActorName {
  std::string text;         ///< or the name of its script
  bool registered = false;  ///< others find it by that

  friend bool operator==(const ActorName&, const ActorName&) = default;
};

/// Checked and resolved.
struct SpawnPlan {
  std::shared_ptr<ScriptSource> source;
  ActorName name;
  Limits limits;
  MailboxLimits mailbox;
  Grants grants;
  ChunkReturn chunk_return = ChunkReturn::behaviour;
  ThreadKind thread = ThreadKind::shared;
  bool limits_cover_chunk = false;
  OnError on_error = OnError::report;
  std::chrono::nanoseconds quota_wait{0};  ///< see SpawnOptions, as the next three
  std::chrono::milliseconds checkpoint_every{0};
  std::string checkpoint_file{};
  std::chrono::milliseconds passivate_after{0};
  // Of a worker of a pool
  ActorRef pool;
  std::uint32_t pool_place = 0;                     ///< its number there
  std::shared_ptr<const runtime::Factory> factory;  ///< what its states run before they are ready

  friend bool operator==(const SpawnPlan&, const SpawnPlan&) = default;
};

/// The same plan without its name, kept once for all actors in a row that are made in the same way:
/// most of a script are. Thread: any.
[[nodiscard]] std::shared_ptr<const SpawnPlan> share_plan(SpawnPlan plan);

}  // namespace moonwright::actors
