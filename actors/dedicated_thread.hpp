// dedicated_thread.hpp: one thread that runs one actor, for scripts that block.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "actors/scheduler.hpp"
#include "actors/script_threads.hpp"

namespace moonwright::actors {

/// Why not the framework's `detached`: its threads live until the last handle of their actor is
/// dropped, and a handle that survives keeps the process from ending. This one ends with its actor.
///
/// Thread: schedule() from any; join() from any but its own.
class DedicatedThread {
 public:
  /// Runs `job` whenever it is scheduled, until it is done. Borrows both.
  DedicatedThread(Job& job, ScriptThreads& threads);
  /// Requires: joined, or detach() has been called.
  ~DedicatedThread();
  DedicatedThread(const DedicatedThread&) = delete;
  DedicatedThread& operator=(const DedicatedThread&) = delete;

  /// Takes over one reference of the job.
  void schedule();
  [[nodiscard]] std::thread::id id() const noexcept { return id_; }
  /// Ends a thread whose job will never end by itself. From any thread but its own.
  void dismiss();
  void join();

 private:
  void run();

  Job& job_;
  ScriptThreads& threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool scheduled_ = false;
  bool dismissed_ = false;
  std::thread thread_;
  std::thread::id id_;
};

}  // namespace moonwright::actors
