// checkpointing.hpp: somebody wants what an actor's script has in its state, or to put it back.
#pragma once

#include <functional>
#include <utility>

#include "moonwright/checkpoint.hpp"
#include "runtime/message.hpp"

namespace moonwright::actors {

/// Cargo of a `checkpoint` message: answered once, on the actor's thread; with an error if the
/// message ends without having been taken.
class CheckpointOrder final : public runtime::Cargo {
 public:
  using Done = std::function<void(Result<Checkpoint>)>;

  explicit CheckpointOrder(Done done) : done_(std::move(done)) {}
  ~CheckpointOrder() override { answer(fail(ErrorCode::dead, "the actor has ended")); }
  CheckpointOrder(const CheckpointOrder&) = delete;
  CheckpointOrder& operator=(const CheckpointOrder&) = delete;

  void answer(Result<Checkpoint> result) {
    if (const Done done = std::exchange(done_, nullptr)) done(std::move(result));
  }

 private:
  Done done_;
};

/// Cargo of a `restore` message.
struct RestoreOrder final : runtime::Cargo {
  explicit RestoreOrder(Checkpoint what) : checkpoint(std::move(what)) {}
  Checkpoint checkpoint;
};

}  // namespace moonwright::actors
