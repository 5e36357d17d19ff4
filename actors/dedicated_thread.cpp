// dedicated_thread.cpp: see dedicated_thread.hpp.
#include "actors/dedicated_thread.hpp"

#include <pthread.h>

namespace moonwright::actors {

DedicatedThread::DedicatedThread(Job& job, ScriptThreads& threads)
    : job_(job), threads_(threads), thread_([this] {
        run();
        threads_.dismiss(runtime::Runner::current());
      }) {
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

void DedicatedThread::dismiss() {
  {
    const std::lock_guard lock(mutex_);
    dismissed_ = true;
    changed_.notify_one();
  }
  join();
}

void DedicatedThread::join() {
  if (thread_.joinable()) thread_.join();
}

void DedicatedThread::run() {
  pthread_setname_np(pthread_self(), "moonwright.own");
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return scheduled_ || dismissed_; });
      if (!scheduled_) return;
      scheduled_ = false;
    }
    Job::Turn turn = Job::Turn::again;
    while (turn == Job::Turn::again || turn == Job::Turn::again_late) turn = job_.run(nullptr);
    // It may be gone with this reference.
    job_.drop();
    if (turn == Job::Turn::ended) return;
  }
}

}  // namespace moonwright::actors
