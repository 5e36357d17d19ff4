// carrying.hpp: the data of a script on its way out of one state, or into the next.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/checkpoint_reader.hpp"
#include "runtime/checkpoint_writer.hpp"

namespace moonwright::runtime {

struct Task;

/// A checkpoint that is being taken: first on_checkpoint() runs, as a task, and then the writer,
/// while nothing else of the state does.
struct Saving {
  CheckpointWriterOptions options{};
  std::optional<CheckpointWriter> writer{};  ///< once on_checkpoint() has ended
  Task* task = nullptr;                      ///< that runs on_checkpoint(); null: it has ended
  int results = 0;         ///< the anchor of a table of what it returned; 0: nothing
  int count = 0;           ///< of those
  bool asked = false;      ///< on_checkpoint() has returned, or there is none
  bool only_hook = false;  ///< what it returned is all that is wanted
  bool done = false;
  std::optional<Error> error{};  ///< set: nothing has come of it

  [[nodiscard]] bool finished() const noexcept { return done || error.has_value(); }
  /// The writer's turn: the state must not be touched.
  [[nodiscard]] bool writes() const noexcept { return task == nullptr && !finished(); }
};

/// A checkpoint that is being put into a state whose chunk has returned.
struct Restoring {
  Restoring(State& state, Checkpoint checkpoint, int behaviour_anchor)
      : reader(state, std::move(checkpoint), behaviour_anchor) {}

  CheckpointReader reader;
  std::vector<std::string> modules{};  ///< to be required before anything else
};

}  // namespace moonwright::runtime
