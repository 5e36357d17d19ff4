// execution.hpp: one script, run once by an actor of its own, and its figures afterwards.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "actors/capture.hpp"
#include "moonwright/execution.hpp"
#include "runtime/usage.hpp"

namespace moonwright::actors {

class Core;

/// What is told when an execution is over. Shared by whoever starts it and by the notice of its
/// end.
class Execution {
 public:
  Execution(std::string id, std::shared_ptr<Capture> capture,
            std::function<void(ExecutionResult)> done)
      : done_(std::move(done)), capture_(std::move(capture)) {
    result_.id = std::move(id);
  }

  [[nodiscard]] const std::shared_ptr<Capture>& capture() const noexcept { return capture_; }

  /// The one end of an execution that began.
  void finish(ActorExit exit, const runtime::Usage& usage);
  /// The one end of an execution that did not.
  void refuse(Error error);

 private:
  void fill_in(const runtime::Usage& usage);
  void deliver();

  ExecutionResult result_;
  std::function<void(ExecutionResult)> done_;
  std::shared_ptr<Capture> capture_;
};

/// Runs `script` and calls `done` exactly once, on the callback thread, however it goes.
/// Thread: any.
void execute(Core& core, Script script, ExecuteOptions options,
             std::function<void(ExecutionResult)> done);

}  // namespace moonwright::actors
