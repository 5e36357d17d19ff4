// stage.hpp: a runtime with two workers, and the few things that workloads do with it.
#pragma once

#include <future>
#include <string>
#include <string_view>

#include "moonwright/moonwright.hpp"

namespace moonwright::bench {

/// Whatever fails here ends the process with exit code 1 and a message: half a measurement is none.
///
/// Thread: confined to the one that made it. Its runtime is left to the end of the process.
class Stage {
 public:
  using Reply = std::future<Result<Values>>;

  Stage();

  /// An actor from a script beside this program's sources.
  ActorRef spawn(std::string_view script, SpawnOptions options = {});

  void call(const ActorRef& actor, std::string_view name, Values args);
  [[nodiscard]] Reply request(const ActorRef& actor, std::string_view name, Values args);
  void await(Reply& reply);

 private:
  Runtime& runtime_;
};

}  // namespace moonwright::bench
