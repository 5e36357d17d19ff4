// child_process.hpp: another program, started and watched by a test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace moonwright::tests {

/// How a program ended.
struct Finished {
  int exit_code = -1;      ///< as a shell has it: 128 + n if signal n killed it
  bool by_signal = false;  ///< a signal killed it: it did not leave by itself
  bool too_late = false;   ///< it had to be killed by us
  std::string out;
  std::string err;
};

/// A child process whose output is read through pipes.
///
/// Whatever the program does, no test hangs: kPatience after its start the child is killed, and
/// every wait in here ends.
///
/// Thread: one.
class ChildProcess {
 public:
  static constexpr std::chrono::seconds kPatience{60};

  /// Where the child's standard output or error goes.
  enum class Stream { pipe, closed, full_device };
  struct Options {
    Stream out = Stream::pipe;
    Stream err = Stream::pipe;
    std::string folder{};  ///< to run in; ours if empty
  };

  /// Starts `words[0]` (a path) with the rest as arguments. Standard input is empty; signals have
  /// their default actions.
  explicit ChildProcess(const std::vector<std::string>& words) : ChildProcess(words, Options{}) {}
  ChildProcess(const std::vector<std::string>& words, const Options& options);
  /// Kills the child if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Reads until `text` has appeared on standard output or error; false if the child ends first.
  [[nodiscard]] bool wait_for_output(std::string_view text) { return wait_for(out_, text); }
  [[nodiscard]] bool wait_for_error(std::string_view text) { return wait_for(err_, text); }

  void signal(int number) const;
  /// Leaves the child alone with its output: the next write gets EPIPE.
  void close_output() { close_pipe(out_); }
  /// Whether it has ended; does not wait.
  [[nodiscard]] bool ended();

  /// Reads everything, waits for the end, and tells. To be called once.
  [[nodiscard]] Finished finish();

 private:
  struct Pipe {
    int descriptor = -1;
    std::string text;
  };

  [[nodiscard]] bool wait_for(Pipe& pipe, std::string_view text);
  /// Takes what either pipe has, waiting for it or for the child's end. False after kPatience.
  bool read_some();
  static void read_from(Pipe& pipe);
  static void close_pipe(Pipe& pipe);

  pid_t pid_ = -1;
  int end_ = -1;  ///< a pidfd: readable when the child has ended
  Pipe out_;
  Pipe err_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace moonwright::tests
