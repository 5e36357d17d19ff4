// script_threads.hpp: what each thread that runs scripts has: somebody who watches it, and the
// memory that dropped states leave for the next ones.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "actors/watchdog.hpp"
#include "runtime/chunk_pool.hpp"
#include "runtime/runner.hpp"

namespace moonwright::actors {

/// Thread: any.
class ScriptThreads {
 public:
  /// Borrows `watchdog`.
  /// @param spare_bytes_max what each thread keeps at most.
  ScriptThreads(Watchdog& watchdog, runtime::BlockSource source,
                std::uint64_t spare_bytes_max) noexcept
      : watchdog_(watchdog), source_(source), spare_bytes_max_(spare_bytes_max) {}
  /// Requires: none of the threads runs a script any more, and all that were not dismissed live.
  ~ScriptThreads();
  ScriptThreads(const ScriptThreads&) = delete;
  ScriptThreads& operator=(const ScriptThreads&) = delete;

  /// Takes in the calling thread. Costs next to nothing if it is in already.
  void enlist(runtime::Runner& runner) {
    if (!watchdog_.watches(runner)) add(runner);
  }
  /// Before a thread that was enlisted ends, on the thread itself.
  void dismiss(runtime::Runner& runner);

 private:
  struct Entry {
    runtime::Runner* runner;
    std::unique_ptr<runtime::ChunkPool> pool;
  };

  void add(runtime::Runner& runner);

  Watchdog& watchdog_;
  const runtime::BlockSource source_;
  const std::uint64_t spare_bytes_max_;
  std::mutex mutex_;
  std::vector<Entry> entries_;  ///< under mutex_
};

}  // namespace moonwright::actors
