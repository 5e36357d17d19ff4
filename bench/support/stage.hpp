// stage.hpp: a runtime, and the few things that workloads do with it.
#pragma once

#include <chrono>
#include <future>
#include <string_view>

#include "moonwright/moonwright.hpp"

namespace moonwright::bench {

/// Whatever fails here ends the process with exit code 1 and a message: half a measurement is none.
///
/// Thread: confined to the one that made it. Its runtime is left to the end of the process.
class Stage {
 public:
  using Reply = std::future<Result<Values>>;

  /// How long a call may wait for its answer.
  static constexpr std::chrono::seconds kTimeout{120};

  /// @param scripts the folder of the scripts, below bench/.
  /// Workers are two unless `options` say otherwise.
  explicit Stage(std::string_view scripts, RuntimeOptions options = {});

  [[nodiscard]] Runtime& runtime() noexcept { return runtime_; }

  /// An actor from one of the scripts.
  [[nodiscard]] ActorRef spawn(std::string_view script, SpawnOptions options = {});

  Values call(const ActorRef& actor, std::string_view name, Values args = {});
  [[nodiscard]] Reply request(const ActorRef& actor, std::string_view name, Values args = {});
  static Values await(Reply& reply);

 private:
  Runtime& runtime_;
};

}  // namespace moonwright::bench
