// dedicated_thread.cpp: see dedicated_thread.hpp.
#include "actors/dedicated_thread.hpp"

#include <pthread.h>

#include <utility>

namespace moonwright::actors {
namespace {

/// What the actor sees as its execution unit: jobs that it wakes go to the workers.
class Unit final : public caf::execution_unit {
 public:
  Unit(caf::actor_system& system, Scheduler& scheduler)
      : caf::execution_unit(&system), scheduler_(scheduler) {}
  void exec_later(caf::resumable* job) override { scheduler_.schedule(job, nullptr); }

 private:
  Scheduler& scheduler_;
};

}  // namespace

DedicatedThread::DedicatedThread(caf::actor_system& system, Scheduler& scheduler,
                                 caf::resumable* job)
    : system_(system), scheduler_(scheduler), job_(job), thread_([this] { run(); }) {
  id_ = thread_.get_id();
}

DedicatedThread::~DedicatedThread() {
  if (thread_.joinable()) thread_.join();
}

void DedicatedThread::schedule() {
  const std::lock_guard lock(mutex_);
  scheduled_ = true;
  changed_.notify_one();
}

void DedicatedThread::join() {
  if (thread_.joinable()) thread_.join();
}

void DedicatedThread::run() {
  pthread_setname_np(pthread_self(), "moonwright.own");
  Unit unit(system_, scheduler_);
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return scheduled_; });
      scheduled_ = false;
    }
    auto result = caf::resumable::resume_later;
    while (result == caf::resumable::resume_later) result = job_->resume(&unit, 256);
    // The job may be gone with its last reference; only what was read before may be used after.
    job_->intrusive_ptr_release_impl();
    if (result == caf::resumable::done) return;
  }
}

}  // namespace moonwright::actors
