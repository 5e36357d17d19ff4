// spawn_spec.hpp: everything that a new actor is made from, checked and resolved.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "moonwright/options.hpp"
#include "runtime/host.hpp"

namespace moonwright::actors {

struct SpawnSpec {
  std::shared_ptr<const runtime::Code> code;
  std::string name;  ///< registered, or the name of the script
  bool register_name = false;
  Limits limits;
  MailboxLimits mailbox;
  Sandbox sandbox = Sandbox::restricted;
  ChunkReturn chunk_return = ChunkReturn::behaviour;
  ThreadKind thread = ThreadKind::shared;
  bool limits_cover_chunk = false;
  runtime::ReplyTo started;   ///< answered when the chunk has returned, if somebody waits
  runtime::MessagePtr start;  ///< the encoded arguments
  std::function<void(const ActorExit&)> on_exit;
};

}  // namespace moonwright::actors
