// callback_thread.hpp: where the host's callbacks run, so that none of them holds a worker up.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace moonwright::actors {

/// Runs functions one after the other, in the order in which they were posted.
///
/// Thread: any.
class CallbackThread {
 public:
  CallbackThread();
  ~CallbackThread();
  CallbackThread(const CallbackThread&) = delete;
  CallbackThread& operator=(const CallbackThread&) = delete;

  void post(std::function<void()> callback);
  [[nodiscard]] bool is_current() const noexcept;
  /// Waits until nothing is left to run; answers false if that takes longer. Not on its own thread.
  [[nodiscard]] bool drain(std::chrono::nanoseconds patience);
  /// Runs what has been posted, then ends the thread. What is posted later is run by the poster.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable idle_;
  std::deque<std::function<void()>> queue_;
  bool running_ = false;  ///< a callback, right now
  bool stopping_ = false;
  std::thread thread_;
  std::thread::id id_;
};

}  // namespace moonwright::actors
