// caf_scheduler.cpp: see caf_scheduler.hpp.
#include "actors/caf_scheduler.hpp"

#include <thread>

namespace moonwright::actors {

void CafScheduler::configure(caf::actor_system_config& config, std::size_t workers) {
  config.load<Coordinator>();
  config.set("scheduler.max-threads", workers);
  // Actors look at their own budget; the framework's default has no bound at all.
  config.set("scheduler.max-throughput", std::size_t{256});
}

CafScheduler::CafScheduler(caf::actor_system& system, TimerService& timers, Watchdog& watchdog,
                           ScriptThreads* threads)
    : system_(system),
      timers_(timers),
      watchdog_(watchdog),
      coordinator_(dynamic_cast<Coordinator*>(&system.scheduler())) {
  timers_.set_ticker(this);
  coordinator_->data().timers.store(&timers_);
  coordinator_->data().threads.store(threads);
  // Workers start the ticks when they wake up; one that finds a job before it has ever slept would
  // work without.
  coordinator_->data().ticking.store(true);
  timers_.start_ticking();
}

CafScheduler::~CafScheduler() {
  coordinator_->data().timers.store(nullptr);
  // Pairs with rest(): whoever comes now finds nobody, and whoever was there is waited for.
  coordinator_->data().threads.store(nullptr);
  while (coordinator_->data().resting.load() != 0) std::this_thread::yield();
  timers_.set_ticker(nullptr);
}

void CafScheduler::schedule(Job* job, caf::execution_unit* from) {
  // Jobs are run by workers only, but perhaps by those of another runtime in the same process.
  if (from != nullptr && &from->system() == &system_) {
    FairPolicy::from_inside(static_cast<Worker*>(from), Runnable(job));
  } else {
    FairPolicy::from_outside(coordinator_, Runnable(job));
  }
}

std::uint64_t CafScheduler::ticks() const noexcept {
  return coordinator_->data().tick.load(std::memory_order_relaxed);
}

bool CafScheduler::while_idle(const std::function<void()>& visit) {
  return FairPolicy::while_asleep(coordinator_, visit);
}

bool CafScheduler::is_worker_thread() const noexcept {
  for (std::size_t i = 0; i < coordinator_->num_workers(); ++i) {
    if (coordinator_->worker_by_id(i)->get_thread().get_id() == std::this_thread::get_id()) {
      return true;
    }
  }
  return false;
}

void CafScheduler::keep_ticking() noexcept {
  if (!coordinator_->data().ticking.exchange(true)) timers_.start_ticking();
}

bool CafScheduler::tick() noexcept {
  const bool working = FairPolicy::tick(coordinator_);
  return watchdog_.look() || working;
}

}  // namespace moonwright::actors
