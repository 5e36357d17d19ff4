// signals.hpp: Ctrl-C and its relatives, turned into something the main thread can wait for.
#pragma once

#include <array>
#include <csignal>

#include "cli/wakeup.hpp"

namespace moonwright::cli {

/// Catches SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGPIPE from its construction to its destruction.
///
/// The first of the three that ask for an end is remembered and wakes the main thread, which stops
/// the program in order. A second one leaves the process at once, from inside the handler: whatever
/// the orderly way hangs on, the user gets the prompt back.
///
/// Handlers rather than blocked signals and sigwait(): a signal mask is inherited by what a script
/// starts with os.execute() or io.popen(), which could then not be interrupted; a handler is not.
/// For the same reason SIGPIPE is caught and not ignored.
///
/// Thread: main. At most one at a time, as signals belong to the process.
class Signals {
 public:
  /// Borrows `wakeup`, which is posted to at each signal.
  explicit Signals(Wakeup& wakeup) noexcept;
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// The signal that asked for an end; 0 if none has.
  [[nodiscard]] int stop_signal() const noexcept;
  /// Whether SIGQUIT has come since the last call: somebody wants to know what the program is at.
  [[nodiscard]] bool take_question() noexcept;
  /// Whether some pipe, not necessarily standard output, has lost its reader.
  [[nodiscard]] bool pipe_broke() const noexcept;

 private:
  static constexpr std::array<int, 5> kNumbers{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
  std::array<struct sigaction, kNumbers.size()> before_{};
};

/// "SIGINT" and so on, for the signals caught here.
[[nodiscard]] const char* signal_name(int number) noexcept;

}  // namespace moonwright::cli
