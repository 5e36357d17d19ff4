// callback_thread.cpp: see callback_thread.hpp.
#include "actors/callback_thread.hpp"

#include <pthread.h>

#include <utility>

namespace moonwright::actors {

CallbackThread::CallbackThread()
    : thread_([this] {
        pthread_setname_np(pthread_self(), "moonwright.call");
        run();
      }),
      id_(thread_.get_id()) {}

CallbackThread::~CallbackThread() { stop(); }

void CallbackThread::post(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      queue_.push_back(std::move(callback));
      changed_.notify_one();
      return;
    }
  }
  callback();
}

bool CallbackThread::is_current() const noexcept { return std::this_thread::get_id() == id_; }

bool CallbackThread::drain(std::chrono::nanoseconds patience) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, patience, [this] { return queue_.empty() && !running_; });
}

void CallbackThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void CallbackThread::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::function<void()> callback = std::move(queue_.front());
    queue_.pop_front();
    running_ = true;
    lock.unlock();
    callback();
    callback = nullptr;  // what it holds may post, too, when it goes
    lock.lock();
    running_ = false;
    if (queue_.empty()) idle_.notify_all();
  }
}

}  // namespace moonwright::actors
