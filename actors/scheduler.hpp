// scheduler.hpp: who runs actors, as a seam: the framework's workers, or a test that runs them one
// by one.
#pragma once

#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>

namespace moonwright::actors {

/// Runs jobs, each on one thread at a time.
///
/// Thread: any.
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  /// Has `job` run soon. Takes over one reference of it.
  /// @param from the unit whose job is asking; null on any other thread.
  virtual void schedule(caf::resumable* job, caf::execution_unit* from) = 0;
  /// Whether the calling thread is one that runs jobs.
  [[nodiscard]] virtual bool is_worker_thread() const noexcept = 0;
};

/// A job that can tell how its last turn went.
class SlicedJob {
 public:
  /// Whether it used up its slice, and so goes behind those that did not.
  [[nodiscard]] virtual bool used_slice() const noexcept = 0;

 protected:
  ~SlicedJob() = default;
};

}  // namespace moonwright::actors
