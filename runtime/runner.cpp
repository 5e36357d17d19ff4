// runner.cpp: the record of each thread, and the handler of the signal that interrupts it.
#include "runtime/runner.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <lua.hpp>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "runtime/interruption.hpp"
#include "runtime/stack_walk.hpp"

namespace moonwright::runtime {
namespace {

/// In the thread's first block of storage, so that a signal handler reaches it without a call.
[[gnu::tls_model("initial-exec")]] constinit thread_local Runner this_runner;

struct Installed {
  std::size_t leases = 0;
  struct sigaction before = {};
};

/// The handler of a signal belongs to the process; so does this record of it.
struct Registry {
  std::mutex mutex;
  std::array<Installed, 65> signals;
};

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace

/// What runs on the interrupted thread, between any two of its machine instructions: it reads and
/// writes fields, and calls nothing of Lua but lua_sethook(), which is allowed here.
struct SignalHandler {
  static void handle(int signal, siginfo_t* info, void* context) {
    Runner& runner = this_runner;
    if (!runner.signalled_.exchange(false, std::memory_order_relaxed)) {
      pass_on(signal, info, context);
      return;
    }
    lua_State* const L = runner.running_.load(std::memory_order_relaxed);
    if (L == nullptr) {
      runner.put_samples_outside();
      return;
    }
    runner.c_call_.store(c_call_of(L), std::memory_order_relaxed);
    // An armed hook is left alone: setting it again walks the stack each time, and with a deep one
    // the thread would do nothing else.
    if (!is_armed(L)) arm_hook(L);
  }

 private:
  static void pass_on(int signal, siginfo_t* info, void* context) {
    const struct sigaction& before = registry().signals[static_cast<std::size_t>(signal)].before;
    if ((before.sa_flags & SA_SIGINFO) != 0) {
      if (before.sa_sigaction != nullptr) before.sa_sigaction(signal, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
      before.sa_handler(signal);
    }
    // The default of a real-time signal would end the process; nobody who sends us one means that.
  }
};

Runner& Runner::current() noexcept { return this_runner; }

void Runner::adopt_thread() noexcept {
  thread_.store(static_cast<int>(::syscall(SYS_gettid)), std::memory_order_relaxed);
}

void Runner::interrupt(std::uint8_t attention, int signal) noexcept {
  attention_.fetch_or(attention, std::memory_order_relaxed);
  const int thread = thread_.load(std::memory_order_relaxed);
  if (signal == 0 || thread == 0) return;
  // One on its way is enough.
  if (signalled_.exchange(true, std::memory_order_relaxed)) return;
  if (::syscall(SYS_tgkill, ::getpid(), thread, signal) != 0) signalled_ = false;
}

/// What the thread does between two scripts is not the next one's doing.
void Runner::put_samples_outside() noexcept {
  samples_outside_.fetch_add(take_samples(), std::memory_order_relaxed);
  attention_.fetch_and(static_cast<std::uint8_t>(~kSample), std::memory_order_relaxed);
}

void Runner::settle_signals() noexcept {
  constexpr int kTriesMax = 1'000;
  for (int i = 0; i < kTriesMax && signalled_.load(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

Result<SignalLease> SignalLease::take(int signal) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  if (signal < 1 || static_cast<std::size_t>(signal) >= all.signals.size()) {
    return fail(ErrorCode::invalid_argument,
                "there is no signal of the number " + std::to_string(signal));
  }
  Installed& installed = all.signals[static_cast<std::size_t>(signal)];
  if (installed.leases == 0) {
    struct sigaction action = {};
    action.sa_sigaction = &SignalHandler::handle;
    // Calls of the system that it interrupts go on; a thread with a small stack may have another.
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    // The handler may run as soon as it is installed, and reads what was there before.
    if (::sigaction(signal, nullptr, &installed.before) != 0 ||
        ::sigaction(signal, &action, nullptr) != 0) {
      return fail(ErrorCode::io, "cannot install a handler for signal " + std::to_string(signal) +
                                     ": " + std::generic_category().message(errno));
    }
  }
  ++installed.leases;
  return SignalLease(signal);
}

SignalLease::SignalLease(SignalLease&& other) noexcept : signal_(std::exchange(other.signal_, 0)) {}

SignalLease& SignalLease::operator=(SignalLease&& other) noexcept {
  std::swap(signal_, other.signal_);
  return *this;
}

SignalLease::~SignalLease() {
  if (signal_ == 0) return;
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  Installed& installed = all.signals[static_cast<std::size_t>(signal_)];
  if (--installed.leases > 0) return;
  // Somebody who put a handler over ours keeps it.
  struct sigaction now = {};
  if (::sigaction(signal_, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 &&
      now.sa_sigaction == &SignalHandler::handle) {
    ::sigaction(signal_, &installed.before, nullptr);
  }
}

}  // namespace moonwright::runtime
