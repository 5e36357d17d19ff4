// runner.hpp: a thread that runs scripts, as whoever interrupts it sees it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "moonwright/result.hpp"

struct lua_State;

namespace moonwright::runtime {

class ChunkPool;

/// Why a script is asked to look up from its work. Bits.
constexpr std::uint8_t kLook = 1;       ///< look at the limits
constexpr std::uint8_t kSliceOver = 2;  ///< others want the thread

/// One per thread, for all of the thread's life.
///
/// A script that behaves pays nothing for being interruptible: no hook is armed while it runs.
/// Somebody else watches the time; when a turn takes too long, interrupt() leaves word here and,
/// with signals, has the thread arm a hook on itself, on the coroutine that runs innermost.
/// Arming from another thread would write into memory that the running one may be freeing.
///
/// Thread: begin_turn(), end_turn(), running() and take_attention() on its own thread, interrupt()
/// and turn() on any, while the thread lives.
class Runner {
 public:
  /// That of the calling thread.
  [[nodiscard]] static Runner& current() noexcept;

  constexpr Runner() noexcept = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Makes the thread known to interrupt(). On the thread itself, before anybody calls that.
  void adopt_thread() noexcept;

  void begin_turn() noexcept {
    attention_.store(0, std::memory_order_relaxed);
    turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void end_turn() noexcept { begin_turn(); }
  /// Odd during a turn; another number for each.
  [[nodiscard]] std::uint64_t turn() const noexcept {
    return turn_.load(std::memory_order_relaxed);
  }

  /// The innermost running coroutine; null while no script runs.
  [[nodiscard]] lua_State* running() const noexcept {
    return running_.load(std::memory_order_relaxed);
  }
  void set_running(lua_State* L) noexcept {
    running_.store(L, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }

  /// Whether somebody has left word since the last take_attention().
  [[nodiscard]] bool wanted() const noexcept {
    return attention_.load(std::memory_order_relaxed) != 0;
  }
  [[nodiscard]] std::uint8_t take_attention() noexcept {
    return wanted() ? attention_.exchange(0, std::memory_order_relaxed) : std::uint8_t{0};
  }

  /// Waits, for a bounded time, until no signal is on its way to this thread any more.
  void settle_signals() noexcept;

  /// Who watches this thread; for that somebody to know.
  [[nodiscard]] const void* watcher() const noexcept { return watcher_; }
  void set_watcher(const void* watcher) noexcept { watcher_ = watcher; }

  /// The chunks that states dropped on this thread leave for the next ones; null: there are none.
  [[nodiscard]] ChunkPool* chunk_pool() const noexcept { return chunk_pool_; }
  void set_chunk_pool(ChunkPool* pool) noexcept { chunk_pool_ = pool; }

  /// What its own clock showed when it was last asked.
  std::chrono::nanoseconds thread_time_seen{0};

  /// Leaves word, and with a signal number has the thread take notice at its next instruction.
  /// Without one, a hook that is armed already or a library function takes notice.
  void interrupt(std::uint8_t attention, int signal) noexcept;

 private:
  friend struct SignalHandler;

  std::atomic<std::uint64_t> turn_{0};
  std::atomic<lua_State*> running_{nullptr};
  std::atomic<std::uint8_t> attention_{0};
  std::atomic<bool> signalled_{false};  ///< a signal of ours is on its way
  const void* watcher_ = nullptr;
  ChunkPool* chunk_pool_ = nullptr;
  std::atomic<int> thread_{0};  ///< the system's number of the thread
};

/// Keeps the handler of one signal installed, for all runtimes of the process that use it. What is
/// not ours is passed on to the handler that was there before, which comes back with the last
/// lease.
///
/// Thread: any.
class SignalLease {
 public:
  SignalLease() noexcept = default;
  /// Errors: io, if the system does not allow a handler for `signal`.
  [[nodiscard]] static Result<SignalLease> take(int signal);
  ~SignalLease();
  SignalLease(SignalLease&& other) noexcept;
  SignalLease& operator=(SignalLease&& other) noexcept;

  /// 0 if this is no lease.
  [[nodiscard]] int signal() const noexcept { return signal_; }

 private:
  explicit SignalLease(int signal) noexcept : signal_(signal) {}

  int signal_ = 0;
};

}  // namespace moonwright::runtime
