// sim_scheduler.hpp: runs jobs one by one, where and when a test says so.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "actors/scheduler.hpp"
#include "lifecycle/run_order.hpp"

namespace moonwright::actors {

/// One worker in the order of lifecycle::RunOrder, run-next slot included, on the thread that calls
/// run_one(). The same program takes the same turns each time. After shuffle() the order is one of
/// those that several workers could make of it, as the seed has it.
///
/// Thread: schedule() from any; the rest on one.
class SimScheduler final : public Scheduler {
 public:
  SimScheduler() = default;
  /// Requires: no job is waiting.
  ~SimScheduler() override;

  void schedule(Job* job, caf::execution_unit* from) override;
  [[nodiscard]] std::uint64_t ticks() const noexcept override { return tick_; }
  [[nodiscard]] bool while_idle(const std::function<void()>& visit) override;
  /// Nobody's: whoever drives the simulation may wait for what it does.
  [[nodiscard]] bool is_worker_thread() const noexcept override { return false; }

  /// From now on whoever runs next is drawn by lot. Before anything is scheduled.
  void shuffle(std::uint32_t seed) { lots_.emplace(seed); }
  /// Runs one turn; answers false if no job is waiting.
  bool run_one();
  /// Runs until no job is waiting; answers how many turns that took.
  std::size_t run_until_idle();
  /// How the turn went that run_one() ran last.
  [[nodiscard]] Job::Turn last_turn() const noexcept { return last_turn_; }
  /// Lets one tick pass.
  void tick() noexcept { ++tick_; }
  [[nodiscard]] std::size_t waiting() const;
  /// How often a job was scheduled that was waiting or running already: its state would have been
  /// run by two.
  [[nodiscard]] std::size_t doubled() const;

 private:
  void put(Job* job, lifecycle::RunLevel level);
  [[nodiscard]] Job* draw();
  [[nodiscard]] Job* take();

  mutable std::mutex mutex_;
  lifecycle::RunOrder<Job*> order_;
  Job* slot_ = nullptr;
  std::optional<std::minstd_rand> lots_;
  std::vector<Job*> drawn_from_;  ///< instead of `order_` and the slot
  Job::Turn last_turn_ = Job::Turn::waits;
  std::uint64_t tick_ = 0;
  std::set<const Job*> known_;              ///< under mutex_: those that wait or run
  std::size_t doubled_ = 0;                 ///< under mutex_
  bool busy_ = false;                       ///< under mutex_: a job runs
  std::atomic<std::thread::id> running_{};  ///< on which thread a job runs; none if no job does
};

}  // namespace moonwright::actors
