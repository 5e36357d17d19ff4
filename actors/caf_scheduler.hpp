// caf_scheduler.hpp: the framework's workers under our policy.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include "actors/fair_policy.hpp"
#include "actors/scheduler.hpp"
#include "actors/timer_service.hpp"
#include "actors/watchdog.hpp"

namespace moonwright::actors {

/// Connects an actor system that was configured by configure() with the runtime.
///
/// Borrows its arguments for its life. `threads` are told before a worker goes to sleep; null:
/// nobody is. Thread: any.
class CafScheduler final : public Scheduler, private Ticker {
 public:
  /// Sets up `config` for `workers` threads under FairPolicy.
  static void configure(caf::actor_system_config& config, std::size_t workers);

  CafScheduler(caf::actor_system& system, TimerService& timers, Watchdog& watchdog,
               ScriptThreads* threads = nullptr);
  ~CafScheduler() override;

  void schedule(Job* job, caf::execution_unit* from) override;
  [[nodiscard]] std::uint64_t ticks() const noexcept override;
  void keep_ticking() noexcept override;
  [[nodiscard]] bool while_idle(const std::function<void()>& visit) override;
  [[nodiscard]] bool is_worker_thread() const noexcept override;

 private:
  using Coordinator = caf::scheduler::coordinator<FairPolicy>;
  using Worker = caf::scheduler::worker<FairPolicy>;
  bool tick() noexcept override;

  caf::actor_system& system_;
  TimerService& timers_;
  Watchdog& watchdog_;
  Coordinator* coordinator_;
};

}  // namespace moonwright::actors
