// output.hpp: standard output, shared by scripts on many threads and never failing in silence.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <thread>

#include "cli/wakeup.hpp"

namespace moonwright::cli {

/// Takes descriptors 0, 1 and 2 if the caller has closed them, in the direction they are not meant
/// for: so they stay as unusable as they were, but no file that is opened later gets their number
/// and with it what is printed. To be called first in main().
void hold_standard_descriptors() noexcept;

/// Writes `text` to standard output, to the last byte. For commands that start no script.
/// Returns the exit code: done, or failed with a message on standard error.
[[nodiscard]] int print_and_flush(std::string_view text);

/// Where a program's print() goes.
///
/// Everything goes through stdio's `stdout`, as a trusted script's io.write() does, so that both
/// stay in order. Terminals get each line at once; a pipe or a file gets full buffers, but nothing
/// waits in them for longer than kFlushDelay, so that whoever reads sees a server's lines.
///
/// With `json`, standard output belongs to the one object that result() writes: descriptor 1
/// becomes a copy of standard error, and whatever a script prints, io.write() and child processes
/// included, is talk. Talk that cannot be written is no failure.
///
/// Thread: print() any; all others main. Owns a thread that flushes.
class Output {
 public:
  static constexpr std::chrono::milliseconds kFlushDelay{20};

  /// Borrows `wakeup`, which is posted to when writing fails.
  Output(bool json, Wakeup& wakeup);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// One line with its newline, never torn by another thread's.
  void print(std::string_view text) noexcept;
  /// What the command itself has to say on standard output.
  void result(std::string_view text) noexcept;

  /// Finds out whether the pipe that broke was standard output.
  void check_reader() noexcept;
  /// `errno` of the first write that failed, or 0.
  [[nodiscard]] int error() const noexcept { return error_; }

  /// Writes what is buffered, waiting for a slow reader; returns error().
  [[nodiscard]] int finish() noexcept;
  /// The same where a thread may be stuck inside stdio: gives up what could only be waited for.
  [[nodiscard]] int finish_without_waiting() noexcept;

 private:
  void fail(int error) noexcept;
  void flush(std::FILE* file) noexcept;
  void flush_late();
  void stop_flusher() noexcept;

  const bool json_;
  Wakeup& wakeup_;
  std::FILE* result_ = stdout;  ///< the standard output that the caller gave us
  std::atomic<int> error_{0};

  std::atomic<bool> unflushed_{false};
  std::atomic<bool> finished_{false};
  Wakeup work_;  ///< something is unflushed, or all is finished
  std::thread flusher_;
};

}  // namespace moonwright::cli
