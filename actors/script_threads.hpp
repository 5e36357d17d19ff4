// script_threads.hpp: what each thread that runs scripts has: somebody who watches it, the memory
// that dropped states leave for the next ones, and a part of the budget at hand.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "actors/memory_float.hpp"
#include "actors/watchdog.hpp"
#include "runtime/chunk_pool.hpp"
#include "runtime/runner.hpp"

namespace moonwright::actors {

/// Thread: any.
class ScriptThreads {
 public:
  /// Borrows `watchdog` and `broker`.
  /// @param spare_bytes_max what each thread keeps at most.
  /// @param broker whom floats lend from; null: there are none.
  ScriptThreads(Watchdog& watchdog, runtime::BlockSource source, std::uint64_t spare_bytes_max,
                QuotaBroker* broker) noexcept
      : watchdog_(watchdog), source_(source), spare_bytes_max_(spare_bytes_max), broker_(broker) {}
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

  /// What the calling thread has at hand of the budget; null if it is not one of these threads, or
  /// there is no budget.
  [[nodiscard]] MemoryFloat* float_of(const runtime::Runner& runner) const noexcept {
    return watchdog_.watches(runner) ? static_cast<MemoryFloat*>(runner.memory_lender()) : nullptr;
  }
  /// Before the calling thread goes to sleep.
  void rest() noexcept {
    if (MemoryFloat* const own = float_of(runtime::Runner::current())) own->rest();
  }
  /// What all threads have at hand.
  [[nodiscard]] std::uint64_t at_hand() const;
  /// Has all threads give back what they have at hand. Requires: none of them runs a script.
  void empty_floats();

 private:
  struct Entry {
    runtime::Runner* runner;
    std::unique_ptr<runtime::ChunkPool> pool;
    std::unique_ptr<MemoryFloat> at_hand;  ///< goes before the pool, which it empties
  };

  void add(runtime::Runner& runner);

  Watchdog& watchdog_;
  const runtime::BlockSource source_;
  const std::uint64_t spare_bytes_max_;
  QuotaBroker* const broker_;
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;  ///< under mutex_
};

}  // namespace moonwright::actors
