// runner.hpp: a thread that runs scripts, as whoever interrupts it sees it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "moonwright/result.hpp"

struct lua_State;

namespace moonwright::runtime {

class ChunkPool;
class MemoryShare;

/// Why a script is asked to look up from its work. Bits.
constexpr std::uint8_t kLook = 1;       ///< look at the limits
constexpr std::uint8_t kSliceOver = 2;  ///< others want the thread
constexpr std::uint8_t kSample = 4;     ///< somebody wants to know what it is doing

class Runner;

/// That one coroutine has resumed another: a link of the chain from the innermost outwards, on the
/// C stack of whoever resumes. Nothing may leave its scope by longjmp.
class Resumption {
 public:
  Resumption(Runner& runner, lua_State* from) noexcept;
  ~Resumption();
  Resumption(const Resumption&) = delete;
  Resumption& operator=(const Resumption&) = delete;

  [[nodiscard]] lua_State* from() const noexcept { return from_; }
  [[nodiscard]] const Resumption* outer() const noexcept { return outer_; }

 private:
  Runner& runner_;
  lua_State* from_;
  const Resumption* outer_;
};

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
    samples_due_.store(0, std::memory_order_relaxed);
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

  /// Whether a sample is all that somebody has left word for.
  [[nodiscard]] bool wants_sample_only() const noexcept {
    return attention_.load(std::memory_order_relaxed) == kSample;
  }
  /// How many samples are due since this was last asked, or since the turn began.
  [[nodiscard]] std::uint32_t take_samples() noexcept {
    return samples_due_.exchange(0, std::memory_order_relaxed);
  }
  /// The same for those that found this thread in a turn, but in no script. Any thread.
  [[nodiscard]] std::uint32_t take_samples_outside() noexcept {
    return samples_outside_.exchange(0, std::memory_order_relaxed);
  }
  /// The call of a C function that the last signal found the script in: see c_call_of().
  [[nodiscard]] const void* c_call() const noexcept {
    return c_call_.load(std::memory_order_relaxed);
  }
  /// The link by which the running coroutine was resumed; null if by nobody but the runtime.
  [[nodiscard]] const Resumption* resumption() const noexcept { return resumption_; }
  void set_resumption(const Resumption* resumption) noexcept { resumption_ = resumption; }

  /// Waits, for a bounded time, until no signal is on its way to this thread any more.
  void settle_signals() noexcept;

  /// Who watches this thread; for that somebody to know.
  [[nodiscard]] const void* watcher() const noexcept { return watcher_; }
  void set_watcher(const void* watcher) noexcept { watcher_ = watcher; }

  /// The chunks that states dropped on this thread leave for the next ones; null: there are none.
  [[nodiscard]] ChunkPool* chunk_pool() const noexcept { return chunk_pool_; }
  void set_chunk_pool(ChunkPool* pool) noexcept { chunk_pool_ = pool; }
  /// Who lends memory to the states that run on this thread; null: nobody.
  [[nodiscard]] MemoryShare* memory_lender() const noexcept { return memory_lender_; }
  void set_memory_lender(MemoryShare* lender) noexcept { memory_lender_ = lender; }

  /// What its own clock showed when it was last asked.
  std::chrono::nanoseconds thread_time_seen{0};

  /// Leaves word, and with a signal number has the thread take notice at its next instruction.
  /// Without one, a hook that is armed already or a library function takes notice.
  void interrupt(std::uint8_t attention, int signal) noexcept;
  /// To be followed by interrupt() with kSample.
  void request_sample() noexcept { samples_due_.fetch_add(1, std::memory_order_relaxed); }

 private:
  friend struct SignalHandler;

  void put_samples_outside() noexcept;

  std::atomic<std::uint64_t> turn_{0};
  std::atomic<lua_State*> running_{nullptr};
  std::atomic<std::uint8_t> attention_{0};
  std::atomic<bool> signalled_{false};  ///< a signal of ours is on its way
  std::atomic<std::uint32_t> samples_due_{0};
  std::atomic<std::uint32_t> samples_outside_{0};
  std::atomic<const void*> c_call_{nullptr};
  const Resumption* resumption_ = nullptr;
  const void* watcher_ = nullptr;
  ChunkPool* chunk_pool_ = nullptr;
  MemoryShare* memory_lender_ = nullptr;
  std::atomic<int> thread_{0};  ///< the system's number of the thread
};

inline Resumption::Resumption(Runner& runner, lua_State* from) noexcept
    : runner_(runner), from_(from), outer_(runner.resumption()) {
  runner_.set_resumption(this);
}
inline Resumption::~Resumption() { runner_.set_resumption(outer_); }

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
