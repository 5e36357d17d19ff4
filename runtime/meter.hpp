// meter.hpp: what the running work of a state has used, what it may use, and whether it has to end.
//
// Numbers only. How the end is brought about is in interruption.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "moonwright/error.hpp"
#include "moonwright/limits.hpp"
#include "runtime/interruption.hpp"
#include "runtime/message.hpp"
#include "runtime/runner.hpp"

struct lua_State;

namespace moonwright::runtime {

/// Why work has to end, whatever the script does about it.
enum class End : std::uint8_t {
  none,
  timeout,
  cpu_limit,
  instruction_limit,
  memory_limit,
  quota_denied,
  cancelled,   ///< it was asked to and did not in time
  unyielding,  ///< it went on for too long where it could not give way
  killed,      ///< the actor is to be killed
  warning,     ///< a warning function used up its own small budget
};

/// The resources that a script can be warned about. Bits.
constexpr std::uint8_t kInstructions = 1, kCpuTime = 2, kTimeout = 4;

/// What one piece of work has used and when it has to be over.
struct Budget {
  std::uint64_t instructions = 0;
  std::chrono::nanoseconds cpu_time{0};
  Instant began = kNever;
  Instant deadline = kNever;  ///< of its timeout
  Instant kill_at = kNever;   ///< when a cancelled one has had its time
  std::uint8_t warned = 0;    ///< of which resources
  bool counts = false;        ///< it ran for longer than a slice: from now on exactly
  bool overran = false;       ///< it was preempted last: its time is taken from the thread's clock
};

/// What a Meter needs to know once.
struct MeterOptions {
  Limits limits;
  bool count_hook = false;      ///< count always: the only way to be interrupted
  bool preempt_always = false;  ///< give way at every look; for tests
  bool measure = false;         ///< keep the time, also without a limit on it
};

/// The clocks and counters of one State.
///
/// Instructions are counted by a hook, at about twice the time of a tight loop, so only where they
/// have to be: exactly with a limit below kExactMax, otherwise from the second slice on. The count
/// is shared by all coroutines of the state.
///
/// Thread: confined to the state's.
class Meter {
 public:
  /// Instruction limits below are exact from the first instruction.
  static constexpr std::uint64_t kExactMax = 5'000'000;
  static constexpr std::int64_t kFuel = 10'000;

  void configure(const MeterOptions& options);
  [[nodiscard]] const Limits& limits() const noexcept { return options_.limits; }

  /// Pays for `steps` of work inside a library function, a step being about what one VM instruction
  /// does: a comparison, a byte looked at by a pattern, 16 bytes copied. Every loop of a library
  /// function that a script can make long pays here, a part at a time, so that no call runs longer
  /// than kFuel steps without meeting a checkpoint.
  /// Raises: whatever ends the work. Never call it with a C++ object alive that has a destructor.
  void spend(lua_State* L, std::size_t steps) {
    fuel_ -= static_cast<std::int64_t>(steps);
    if (fuel_ < 0) run_out(L);
  }
  /// The same where nothing may be raised: whoever calls it looks at end() afterwards.
  void charge(std::uint64_t steps) noexcept;
  /// All steps that were ever paid for.
  [[nodiscard]] std::uint64_t paid() const noexcept {
    return paid_ + static_cast<std::uint64_t>(kFuel - fuel_);
  }

  /// Starts to charge `budget`, for a coroutine that is about to be resumed, until stop().
  /// @param now only looked at where measures().
  void start(Budget& budget, Instant now);
  void stop(Instant now, bool preempted);
  /// Whether start() and stop() want to know the time.
  [[nodiscard]] bool measures() const noexcept { return measures_; }

  /// Before and after a coroutine runs: moves the count, and the hook, to where work goes on.
  void switch_to(lua_State* L, const Runner& runner) {
    if (counting_ || wants_hook_ || runner.wanted() || is_armed(L)) arrange_hook(L, runner);
  }
  void switch_from(lua_State* L) noexcept {
    if (counting_) take_count(L);
  }

  /// A hook has fired on `L`. Counts, and arranges for the next one if there is to be one.
  void hook_fired(lua_State* L);
  [[nodiscard]] bool counting() const noexcept { return counting_; }
  /// Has take_hook_due() answer true once in every `interval` instructions, for a hook of the
  /// script; 0: never. Instructions are counted meanwhile.
  void count_for_hook(int interval) noexcept;
  [[nodiscard]] bool take_hook_due() noexcept;
  /// Whether a hook that fires now has nothing to do here.
  [[nodiscard]] bool is_quiet() const noexcept {
    return !counting_ && !wants_hook_ && end_ == End::none && !options_.preempt_always;
  }

  /// Compares what was used with the limits.
  void judge(Instant now);
  /// The next resource that the script has to be warned about, once each; 0 if there is none.
  [[nodiscard]] std::uint8_t next_warning(Instant now, double& fraction);

  [[nodiscard]] End end() const noexcept { return end_; }
  /// The first reason stays.
  void set_end(End end) noexcept {
    if (end_ == End::none) end_ = end;
  }
  void clear_end() noexcept { end_ = End::none; }

  /// Has a hook fire at the next instruction, for something that cannot be done right here.
  void request_hook(lua_State* L) noexcept;

  [[nodiscard]] bool preempts_always() const noexcept { return options_.preempt_always; }
  [[nodiscard]] std::uint64_t instructions() const noexcept { return instructions_; }
  [[nodiscard]] bool exact() const noexcept { return always_counts_; }
  [[nodiscard]] std::chrono::nanoseconds cpu_time() const noexcept { return cpu_time_; }

  /// What `end` means to whoever reads it, with the figures.
  [[nodiscard]] Error describe(End end, const Budget& budget, Instant now) const;

 private:
  void arrange_hook(lua_State* L, const Runner& runner);
  void run_out(lua_State* L);
  void start_counting(lua_State* L);
  void take_count(lua_State* L) noexcept;
  void count(std::uint64_t used) noexcept;
  [[nodiscard]] int next_quantum() const noexcept;
  void charge_time(Instant now, std::chrono::nanoseconds thread_time);

  std::int64_t fuel_ = kFuel;
  std::uint64_t paid_ = 0;  ///< up to the last checkpoint
  MeterOptions options_;
  Budget* budget_ = nullptr;
  Instant charged_until_ = kNever;
  std::chrono::nanoseconds thread_began_{-1};  ///< < 0: not known
  std::uint64_t instructions_ = 0;
  std::chrono::nanoseconds cpu_time_{0};
  int quantum_ = 0;        ///< instructions that the armed count stands for
  int hook_interval_ = 0;  ///< of the script's own count hook; 0: it has none
  int hook_left_ = 0;
  End end_ = End::none;
  bool always_counts_ = false;
  bool counting_ = false;
  bool measures_ = false;
  bool wants_hook_ = false;
};

}  // namespace moonwright::runtime
