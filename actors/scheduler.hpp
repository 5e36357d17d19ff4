// scheduler.hpp: who runs actors, as a seam: the framework's workers, or a test that runs them one
// by one.
#pragma once

#include <algorithm>
#include <atomic>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>
#include <cstdint>
#include <functional>

#include "lifecycle/run_order.hpp"

namespace moonwright::actors {

/// A script actor as the scheduler sees it.
class Job {
 public:
  /// How a turn went.
  enum class Turn : std::uint8_t {
    again,       ///< it has more to do and lets others go first
    again_late,  ///< the same, and it used up its slice: it goes behind those that did not
    waits,       ///< it has nothing to do until somebody schedules it again
    ended,       ///< it will never have anything to do again
  };
  /// Runs one turn on the calling thread. `unit` is a worker of the framework, or null elsewhere.
  /// After `waits` and `ended` the caller drops the reference that schedule() took over.
  [[nodiscard]] virtual Turn run(caf::execution_unit* unit) = 0;
  virtual void drop() noexcept = 0;

  /// The highest level at which it waits, wherever it comes from. Any thread.
  [[nodiscard]] lifecycle::RunLevel level() const noexcept {
    return level_.load(std::memory_order_relaxed);
  }
  /// Where it waits after a turn that went as `turn`.
  [[nodiscard]] lifecycle::RunLevel level_after(Turn turn) const noexcept {
    return std::max(
        level(), turn == Turn::again_late ? lifecycle::RunLevel::low : lifecycle::RunLevel::normal);
  }

 protected:
  ~Job() = default;
  void set_level(lifecycle::RunLevel level) noexcept {
    level_.store(level, std::memory_order_relaxed);
  }

 private:
  std::atomic<lifecycle::RunLevel> level_{lifecycle::RunLevel::normal};
};

/// Runs jobs, each on one thread at a time.
///
/// Thread: any.
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  /// Has `job` run soon. Takes over one reference of it.
  /// @param from what run() was called with, if a job is asking; null on any other thread.
  virtual void schedule(Job* job, caf::execution_unit* from) = 0;
  /// Milliseconds that have passed while somebody worked; a clock that costs next to nothing. May
  /// stand still where nothing else needs the time.
  [[nodiscard]] virtual std::uint64_t ticks() const noexcept { return 0; }
  /// Makes sure that ticks go on while a thread that is no worker runs a script.
  virtual void keep_ticking() noexcept {}
  /// Calls `visit` if no job runs, and lets none begin meanwhile; answers whether it did. `visit`
  /// must not schedule anything.
  [[nodiscard]] virtual bool while_idle(const std::function<void()>& visit) = 0;
  /// Whether the calling thread is one that runs jobs.
  [[nodiscard]] virtual bool is_worker_thread() const noexcept = 0;
};

}  // namespace moonwright::actors
