// fair_policy.hpp: how the framework's workers share jobs, as a policy of its coordinator.
//
// Why not one of the framework's own: `stealing` runs the newest local job first, so two actors
// that keep waking each other starve all others for ever, and its thieves walk whole queues under a
// lock; `sharing` has one lock for all workers. This one is first come first served on each worker,
// steals in constant time, wakes sleepers at once and never polls. The order is
// lifecycle::RunOrder.
#pragma once

#include <atomic>
#include <caf/policy/unprofiled.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/scheduler/coordinator.hpp>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include "actors/scheduler.hpp"
#include "actors/script_threads.hpp"
#include "actors/timer_service.hpp"
#include "lifecycle/run_order.hpp"

namespace moonwright::actors {

/// What waits for a worker: a job of ours, or one of the framework's own.
class Runnable {
 public:
  Runnable() noexcept = default;
  explicit Runnable(Job* job) noexcept : bits_(reinterpret_cast<std::uintptr_t>(job) | kOurs) {}
  explicit Runnable(caf::resumable* foreign) noexcept
      : bits_(reinterpret_cast<std::uintptr_t>(foreign)) {}

  [[nodiscard]] explicit operator bool() const noexcept { return bits_ != 0; }
  /// Null if it is not ours.
  [[nodiscard]] Job* job() const noexcept {
    return (bits_ & kOurs) != 0 ? reinterpret_cast<Job*>(bits_ & ~kOurs) : nullptr;
  }
  /// Null if it is ours.
  [[nodiscard]] caf::resumable* foreign() const noexcept {
    return (bits_ & kOurs) != 0 ? nullptr : reinterpret_cast<caf::resumable*>(bits_);
  }

 private:
  static constexpr std::uintptr_t kOurs = 1;
  std::uintptr_t bits_ = 0;
};

/// Our own jobs run inside dequeue(), which answers only with the framework's: its loop does a
/// dynamic_cast and looks up a logger for each job, a third of the cost of a short turn.
///
/// Thread: as the framework calls it; what is shared is atomic or locked.
class FairPolicy : public caf::policy::unprofiled {
 public:
  /// Shared by all workers.
  struct coordinator_data {
    explicit coordinator_data(caf::scheduler::abstract_coordinator*) {}

    std::atomic<std::size_t> next_worker{0};  ///< who gets the next job from outside
    std::atomic<std::uint64_t> tick{0};       ///< milliseconds, while somebody works
    std::atomic<int> idle{0};                 ///< sleepers that nobody has woken yet
    std::atomic<bool> ticking{false};         ///< whether `tick` advances
    std::mutex mutex;
    std::condition_variable work;
    int sleeping = 0;                              ///< under mutex
    int woken = 0;                                 ///< under mutex: of the sleeping
    std::atomic<TimerService*> timers{nullptr};    ///< whose ticks drive `tick`; null: none yet
    std::atomic<ScriptThreads*> threads{nullptr};  ///< told before a worker sleeps; null: nobody
    std::atomic<int> resting{0};                   ///< workers that are telling it
  };

  /// One worker's queues. Others push into them and steal from them.
  struct worker_data {
    explicit worker_data(caf::scheduler::abstract_coordinator*) {}
    worker_data(const worker_data&) {}  // the framework copies a fresh prototype

    std::mutex mutex;
    lifecycle::RunOrder<Runnable> order;  ///< under mutex
    std::atomic<std::size_t> queued{0};   ///< size of `order`
    alignas(64) std::atomic<Runnable> slot{Runnable{}};
    std::atomic<std::uint64_t> slot_uses{0};
    std::uint64_t slot_uses_seen = 0;  ///< at the last tick; the ticker's own
  };

  template <class Coordinator>
  void central_enqueue(Coordinator* self, caf::resumable* job) {
    from_outside(self, Runnable(job));
  }

  template <class Worker>
  void external_enqueue(Worker* self, caf::resumable* job) {
    push(self, Runnable(job), lifecycle::RunLevel::normal);
  }

  template <class Worker>
  void internal_enqueue(Worker* self, caf::resumable* job) {
    from_inside(self, Runnable(job));
  }

  template <class Worker>
  void resume_job_later(Worker* self, caf::resumable* job) {
    push(self, Runnable(job), lifecycle::RunLevel::normal);
  }

  /// Runs our jobs until one of the framework's own comes up.
  template <class Worker>
  caf::resumable* dequeue(Worker* self) {
    for (;;) {
      const Runnable next = wait_for_next(self);
      Job* const job = next.job();
      if (job == nullptr) return next.foreign();
      const Job::Turn turn = job->run(self);
      switch (turn) {
        case Job::Turn::again:
        case Job::Turn::again_late: push(self, next, job->level_after(turn)); break;
        case Job::Turn::waits:
        case Job::Turn::ended: job->drop(); break;
      }
    }
  }

  template <class Worker, class Visitor>
  void foreach_resumable(Worker* self, Visitor visit) {
    auto& mine = d(self);
    const auto dispose = [&visit](Runnable left) {
      if (Job* job = left.job()) {
        job->drop();
      } else if (left) {
        visit(left.foreign());
      }
    };
    dispose(mine.slot.exchange(Runnable{}));
    const std::lock_guard lock(mine.mutex);
    while (const auto left = mine.order.pop(0)) dispose(*left);
  }

  /// A job that somebody outside the workers has woken: to one worker after the other.
  template <class Coordinator>
  static void from_outside(Coordinator* self, Runnable job) {
    const std::size_t turn = self->data().next_worker.fetch_add(1, std::memory_order_relaxed);
    push(self->worker_by_id(turn % self->num_workers()), job, level_of(job));
  }

  /// A job that the running one has woken: into the run-next slot, whose previous job joins the
  /// queue. Not if it has to wait for everybody else.
  template <class Worker>
  static void from_inside(Worker* self, Runnable job) {
    if (level_of(job) == lifecycle::RunLevel::lowest) {
      push(self, job, lifecycle::RunLevel::lowest);
      return;
    }
    auto& mine = self->data();
    mine.slot_uses.store(mine.slot_uses.load(std::memory_order_relaxed) + 1,
                         std::memory_order_relaxed);
    if (const Runnable previous = mine.slot.exchange(job)) {
      push(self, previous, lifecycle::RunLevel::normal);
    }
  }

  template <class Coordinator, class Visitor>
  void foreach_central_resumable(Coordinator*, Visitor) {}

  /// Calls `visit` if all workers are asleep, who sleep on meanwhile; answers whether they are.
  template <class Coordinator, class Visitor>
  static bool while_asleep(Coordinator* self, Visitor visit) {
    auto& shared = self->data();
    const std::lock_guard lock(shared.mutex);
    const bool asleep =
        shared.sleeping == static_cast<int>(self->num_workers()) && shared.woken == 0;
    if (asleep) visit();
    return asleep;
  }

  /// Every millisecond while somebody works: a job that has sat in a slot for a whole tick, because
  /// the worker is busy with another one, is put where a sleeper can take it. Answers whether
  /// anybody works.
  template <class Coordinator>
  static bool tick(Coordinator* self) {
    auto& shared = self->data();
    shared.tick.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t i = 0; i < self->num_workers(); ++i) {
      auto& data = self->worker_by_id(i)->data();
      const std::uint64_t uses = data.slot_uses.load(std::memory_order_relaxed);
      if (std::exchange(data.slot_uses_seen, uses) != uses) continue;
      if (!data.slot.load(std::memory_order_relaxed)) continue;
      if (const Runnable job = data.slot.exchange(Runnable{})) {
        push(self->worker_by_id(i), job, lifecycle::RunLevel::normal);
      }
    }
    const std::lock_guard lock(shared.mutex);
    if (shared.sleeping < static_cast<int>(self->num_workers())) return true;
    shared.ticking.store(false);
    return false;
  }

 private:
  static lifecycle::RunLevel level_of(Runnable runnable) noexcept {
    const Job* const job = runnable.job();
    return job != nullptr ? job->level() : lifecycle::RunLevel::normal;
  }

  template <class Worker>
  static void push(Worker* worker, Runnable job, lifecycle::RunLevel level) {
    auto& data = worker->data();
    {
      const std::lock_guard lock(data.mutex);
      data.order.push(job, level);
      data.queued.store(data.order.size());
    }
    wake_one(worker->parent()->data());
  }

  static void wake_one(coordinator_data& shared) {
    // Pairs with wait_for_work(): both write first and then look, in one order that all threads
    // agree on, so either the sleeper sees the job or we see the sleeper.
    if (shared.idle.load() == 0) return;
    const std::lock_guard lock(shared.mutex);
    if (shared.woken == shared.sleeping) return;
    ++shared.woken;
    shared.idle.store(shared.sleeping - shared.woken);
    shared.work.notify_one();
  }

  template <class Worker>
  Runnable wait_for_next(Worker* self) {
    auto& shared = d(self->parent());
    auto& mine = d(self);
    for (;;) {
      const std::uint64_t tick = shared.tick.load(std::memory_order_relaxed);
      if (const Runnable job = take_own(mine, tick)) return job;
      if (const Runnable job = steal(self, tick)) return job;
      sleep(self->parent(), shared);
    }
  }

  static Runnable take_own(worker_data& mine, std::uint64_t tick) {
    const bool queued = mine.queued.load(std::memory_order_relaxed) != 0;
    const bool occupied = static_cast<bool>(mine.slot.load(std::memory_order_relaxed));
    if (!queued) return occupied ? mine.slot.exchange(Runnable{}) : Runnable{};
    const std::lock_guard lock(mine.mutex);
    if (occupied && mine.order.slot_goes_first(tick)) {
      if (const Runnable job = mine.slot.exchange(Runnable{})) return job;
    }
    return pop(mine, tick);
  }

  template <class Worker>
  Runnable steal(Worker* self, std::uint64_t tick) {
    auto* parent = self->parent();
    const std::size_t count = parent->num_workers();
    for (std::size_t i = 1; i < count; ++i) {
      auto& victim = d(parent->worker_by_id((self->id() + i) % count));
      if (victim.queued.load(std::memory_order_relaxed) == 0) continue;
      const std::lock_guard lock(victim.mutex);
      if (const Runnable job = pop(victim, tick)) return job;
    }
    return {};
  }

  /// Requires: the owner's mutex.
  static Runnable pop(worker_data& data, std::uint64_t tick) {
    const auto job = data.order.pop(tick);
    data.queued.store(data.order.size(), std::memory_order_relaxed);
    return job.value_or(Runnable{});
  }

  template <class Coordinator>
  static bool any_work(Coordinator* parent) {
    for (std::size_t i = 0; i < parent->num_workers(); ++i) {
      if (parent->worker_by_id(i)->data().queued.load() != 0) return true;
    }
    return false;
  }

  template <class Coordinator>
  static void sleep(Coordinator* parent, coordinator_data& shared) {
    rest(shared);
    wait_for_work(parent, shared);
    // Not under the lock: the timer service takes it while it holds its own.
    TimerService* const timers = shared.timers.load();
    if (timers != nullptr && !shared.ticking.exchange(true)) timers->start_ticking();
  }

  /// Not under the lock: what the thread gives back may be what a job was waiting for.
  static void rest(coordinator_data& shared) {
    shared.resting.fetch_add(1);
    if (ScriptThreads* const threads = shared.threads.load()) threads->rest();
    shared.resting.fetch_sub(1);
  }

  template <class Coordinator>
  static void wait_for_work(Coordinator* parent, coordinator_data& shared) {
    std::unique_lock lock(shared.mutex);
    ++shared.sleeping;
    shared.idle.store(shared.sleeping - shared.woken);
    if (!any_work(parent)) {
      shared.work.wait(lock, [&shared] { return shared.woken > 0; });
      --shared.woken;
    }
    --shared.sleeping;
    shared.idle.store(shared.sleeping - shared.woken);
  }
};

}  // namespace moonwright::actors
