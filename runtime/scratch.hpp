// scratch.hpp: what a C function holds while Lua may leave it by longjmp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/host.hpp"

namespace moonwright::runtime {

/// Lua raises errors by longjmp, which skips destructors. So a C function that may raise keeps
/// whatever needs one here, in its script, where the next use replaces it.
struct Scratch {
  Error error;
  std::string text;
  ByteBuffer bytes;
  RefList refs;
  ActorRef ref;
  SpawnRequest spawn;
  std::vector<std::unique_ptr<ChildRequest>> children;  ///< being read, the outermost first
  std::unique_ptr<PoolRequest> pool;                    ///< being read
  std::shared_ptr<const Code> code;
  std::shared_ptr<const HostModule> module;
  QuotaStatus quota;
};

}  // namespace moonwright::runtime
