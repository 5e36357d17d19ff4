// reload.hpp: new source for actors that run, as options and results.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "moonwright/actor_ref.hpp"
#include "moonwright/error.hpp"

namespace moonwright {

struct ReloadOptions {
  /// What an actor cannot finish within HealthOptions::drain_timeout (5 s without a supervisor) is
  /// answered `cancelled`. Otherwise such an actor goes on as it is.
  bool forced = false;
};

/// What became of those who ran the script.
struct ReloadReport {
  struct Kept {
    ActorRef actor;
    Error error;  ///< timeout: it could not finish in time; else what its new source failed with
  };
  std::uint32_t generation = 0;
  std::size_t reloaded = 0;  ///< that run the new generation
  std::size_t ended = 0;     ///< meanwhile, for reasons of their own
  std::vector<Kept> kept{};  ///< that go on with the generation they had
};

/// A script whose file, or whose modules, have changed on disk.
struct ChangedScript {
  std::string script;            ///< as in error messages
  std::uint32_t generation = 0;  ///< that those who run it go on with; 0: see `error`
  Error error{};                 ///< what it, or the module, cannot be compiled for
};

}  // namespace moonwright
