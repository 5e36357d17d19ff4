// signals.cpp: the handlers, and the few words of memory they share with the main thread.
#include "cli/signals.hpp"

#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "cli/exit_codes.hpp"

namespace moonwright::cli {
namespace {

/// One press of Ctrl-C can arrive twice: from the terminal, and again from a parent that passes on
/// what it got (`timeout`, for one, signals its child and then its whole process group).
constexpr std::int64_t kSamePressNs = 200'000'000;

// A handler gets nothing but a number, so what it touches is global, and lock-free.
std::atomic<Wakeup*> g_wakeup{nullptr};
std::atomic<int> g_stop_signal{0};
std::atomic<std::int64_t> g_stop_time_ns{0};
std::atomic<bool> g_pipe_broke{false};
std::atomic<bool> g_question{false};
static_assert(std::atomic<Wakeup*>::is_always_lock_free);
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t now_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Only async-signal-safe calls in here and in what it calls.
extern "C" void handle_signal(int number) {
  const int errno_before = errno;
  if (number == SIGPIPE) {
    g_pipe_broke = true;
  } else if (number == SIGQUIT) {
    g_question = true;
  } else {
    int none = 0;
    std::int64_t never = 0;
    const std::int64_t now = now_ns();
    g_stop_time_ns.compare_exchange_strong(never, now);
    const bool first = g_stop_signal.compare_exchange_strong(none, number);
    if (!first && now - g_stop_time_ns > kSamePressNs) ::_exit(exit_code_of_signal(number));
  }
  if (Wakeup* wakeup = g_wakeup; wakeup != nullptr) wakeup->post();
  errno = errno_before;
}

}  // namespace

Signals::Signals(Wakeup& wakeup) noexcept {
  g_wakeup = &wakeup;
  struct sigaction action {};
  action.sa_handler = handle_signal;
  action.sa_flags = SA_RESTART;
  ::sigfillset(&action.sa_mask);
  for (std::size_t i = 0; i < kNumbers.size(); ++i) {
    ::sigaction(kNumbers[i], nullptr, &before_[i]);
    // nohup means it.
    if (kNumbers[i] == SIGHUP && before_[i].sa_handler == SIG_IGN) continue;
    ::sigaction(kNumbers[i], &action, nullptr);
  }
}

Signals::~Signals() {
  for (std::size_t i = 0; i < kNumbers.size(); ++i) ::sigaction(kNumbers[i], &before_[i], nullptr);
  g_wakeup = nullptr;
}

int Signals::stop_signal() const noexcept { return g_stop_signal; }

bool Signals::take_question() noexcept { return g_question.exchange(false); }

bool Signals::pipe_broke() const noexcept { return g_pipe_broke; }

const char* signal_name(int number) noexcept {
  switch (number) {
    case SIGINT: return "SIGINT";
    case SIGTERM: return "SIGTERM";
    case SIGHUP: return "SIGHUP";
    case SIGPIPE: return "SIGPIPE";
    default: return "a signal";
  }
}

}  // namespace moonwright::cli
