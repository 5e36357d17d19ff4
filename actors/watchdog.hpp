// watchdog.hpp: who notices that a script runs for too long.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

#include "actors/cpu_profilers.hpp"
#include "runtime/runner.hpp"

namespace moonwright::actors {

/// Looks at every thread that runs scripts once a tick, and interrupts those that have been in the
/// same turn since the last look. A script whose turns are short is never touched, unless somebody
/// wants to know what it does.
///
/// Thread: look() on the thread of the ticks; the rest on any.
class Watchdog {
 public:
  /// @param signal what interrupts a thread inside Lua; without one, scripts look by themselves.
  /// @param slice_ticks whole ticks in one turn after which others want the thread.
  Watchdog(runtime::SignalLease signal, std::uint32_t slice_ticks) noexcept;
  /// Requires: no turn of a thread that it watches goes on.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  [[nodiscard]] bool watches(const runtime::Runner& runner) const noexcept {
    return runner.watcher() == this;
  }
  /// Watches the calling thread from now on. Requires: it does not yet.
  void add(runtime::Runner& runner);
  /// Before a thread that it watches ends.
  void dismiss(runtime::Runner& runner);

  /// Whose samples are taken at each tick.
  [[nodiscard]] CpuProfilers& profilers() noexcept { return profilers_; }

  /// One tick. Answers whether anybody is in the middle of a turn.
  [[nodiscard]] bool look() noexcept;

 private:
  struct Watched {
    runtime::Runner* runner;
    std::uint64_t turn;  ///< at the last look
    std::uint32_t age;   ///< looks that have found the same turn
  };

  /// What a thread that was found in turn number `turn` is to be told.
  [[nodiscard]] std::uint8_t attention_for(Watched& watched, std::uint64_t turn) const noexcept;

  runtime::SignalLease signal_;
  const std::uint32_t slice_ticks_;
  CpuProfilers profilers_;
  std::mutex mutex_;
  std::vector<Watched> watched_;  ///< under mutex_
};

}  // namespace moonwright::actors
