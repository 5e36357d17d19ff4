// wakeup.hpp: what the main thread sleeps on, and what a signal handler may touch.
#pragma once

#include <semaphore.h>
#include <time.h>

#include <cerrno>
#include <chrono>

namespace moonwright::cli {

/// Wakes one waiting thread. A POSIX semaphore, not a condition variable: post() is among the few
/// calls that are allowed in a signal handler.
///
/// Thread: any. A resource: neither copied nor moved.
class Wakeup {
 public:
  Wakeup() noexcept { ::sem_init(&semaphore_, 0, 0); }
  ~Wakeup() { ::sem_destroy(&semaphore_); }
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  /// Async-signal-safe.
  void post() noexcept { ::sem_post(&semaphore_); }

  /// Returns after a post() that no other wait has consumed. Posts are counted, so a waiter looks
  /// at what it waits for after each return and expects to find nothing new at times.
  void wait() noexcept {
    while (::sem_wait(&semaphore_) != 0 && errno == EINTR) {
    }
  }

  /// The same, but not longer than `limit`.
  void wait_for(std::chrono::milliseconds limit) noexcept {
    timespec until{};
    ::clock_gettime(CLOCK_REALTIME, &until);
    const auto nanoseconds = until.tv_nsec + std::chrono::nanoseconds(limit).count();
    until.tv_sec += nanoseconds / 1'000'000'000;
    until.tv_nsec = nanoseconds % 1'000'000'000;
    while (::sem_timedwait(&semaphore_, &until) != 0 && errno == EINTR) {
    }
  }

 private:
  ::sem_t semaphore_;
};

}  // namespace moonwright::cli
