// sim_scheduler.cpp: see sim_scheduler.hpp.
#include "sim_scheduler.hpp"

#include <cstdlib>
#include <utility>

namespace moonwright::actors {

using lifecycle::RunLevel;

SimScheduler::~SimScheduler() {
  if (waiting() != 0) std::abort();
}

void SimScheduler::schedule(Job* job, caf::execution_unit*) {
  const bool inside = running_.load() == std::this_thread::get_id();
  const std::lock_guard lock(mutex_);
  if (!known_.insert(job).second) ++doubled_;
  // As on a worker: what the running job wakes takes the slot, and whoever sat there the queue.
  if (!lots_ && inside && job->level() != RunLevel::lowest) job = std::exchange(slot_, job);
  if (job != nullptr) put(job, job->level());
}

void SimScheduler::put(Job* job, RunLevel level) {
  if (lots_) {
    drawn_from_.push_back(job);
  } else {
    order_.push(job, level);
  }
}

Job* SimScheduler::draw() {
  if (lots_) {
    if (drawn_from_.empty()) return nullptr;
    const std::size_t lot = (*lots_)() % drawn_from_.size();
    Job* const job = std::exchange(drawn_from_[lot], drawn_from_.back());
    drawn_from_.pop_back();
    return job;
  }
  if (slot_ != nullptr && order_.slot_goes_first(tick_)) return std::exchange(slot_, nullptr);
  return order_.pop(tick_).value_or(nullptr);
}

Job* SimScheduler::take() {
  const std::lock_guard lock(mutex_);
  Job* const job = draw();
  busy_ = job != nullptr;
  return job;
}

bool SimScheduler::run_one() {
  Job* const job = take();
  if (job == nullptr) return false;
  running_ = std::this_thread::get_id();
  last_turn_ = job->run(nullptr);
  running_ = std::thread::id();
  if (last_turn_ == Job::Turn::again || last_turn_ == Job::Turn::again_late) {
    const std::lock_guard lock(mutex_);
    put(job, job->level_after(last_turn_));
  } else {
    {
      const std::lock_guard lock(mutex_);
      known_.erase(job);
    }
    job->drop();
  }
  const std::lock_guard lock(mutex_);
  busy_ = false;
  return true;
}

bool SimScheduler::while_idle(const std::function<void()>& visit) {
  const std::lock_guard lock(mutex_);
  if (!busy_) visit();
  return !busy_;
}

std::size_t SimScheduler::run_until_idle() {
  std::size_t turns = 0;
  while (run_one()) ++turns;
  return turns;
}

std::size_t SimScheduler::doubled() const {
  const std::lock_guard lock(mutex_);
  return doubled_;
}

std::size_t SimScheduler::waiting() const {
  const std::lock_guard lock(mutex_);
  return drawn_from_.size() + order_.size() + (slot_ != nullptr ? 1 : 0);
}

}  // namespace moonwright::actors
