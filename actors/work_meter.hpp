// work_meter.hpp: what an actor has done, and how long it took, at a cost that nobody notices.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "actors/clock.hpp"
#include "lifecycle/run_times.hpp"
#include "moonwright/stats.hpp"

namespace moonwright::actors {

/// What an actor has done in all its lives, and when it was made.
struct PastWork {
  Instant created{};  ///< the actor
  Instant last_used{};
  std::chrono::system_clock::time_point created_at{};  ///< the same as `created`
  std::uint64_t uses = 0;
  std::uint64_t errors = 0;
  std::uint64_t limit_hits = 0;
  std::chrono::nanoseconds run_time{0};
  std::uint32_t restarts = 0;
  std::uint32_t recycles = 0;

  /// Fills it in.
  void add_to(ActorStats& stats) const noexcept;
};

/// The clock is read for the first few messages of a life, for one of 64 after that, and where the
/// ticks of the scheduler, one each millisecond, say that time has passed. A handler counts for as
/// long as it has the worker until it ends or first waits; what it does later counts for the sums.
///
/// Thread: the actor's; add_to() any, which sees the end of the last turn.
class WorkMeter {
 public:
  /// @param past of an actor that has been there before `now`; of a new one that is empty.
  WorkMeter(Instant now, const PastWork& past);
  ~WorkMeter() { delete details_.load(); }
  WorkMeter(const WorkMeter&) = delete;
  WorkMeter& operator=(const WorkMeter&) = delete;

  /// A fresh state: uses, errors and times of a life are counted anew.
  void begin_life(Instant now) noexcept;
  /// The life is over; what it has done stays in the sums.
  void end_life(std::uint64_t errors, std::uint64_t limit_hits);
  void count_restart() { ++details().restarts; }
  void count_recycle() { ++details().recycles; }

  /// A turn begins, `ticks` after the start of the scheduler.
  void begin_turn(std::uint64_t ticks, const Clock& clock) noexcept {
    if (ticks != seen_ticks_) see(ticks, clock);
  }
  /// A message is about to be handled; answers whether that is to be timed.
  /// Messages of this life.
  [[nodiscard]] std::uint64_t uses() const noexcept { return get(uses_); }
  [[nodiscard]] bool count_use() noexcept {
    const std::uint64_t uses = get(uses_) + 1;
    uses_.store(uses, std::memory_order_relaxed);
    handling_ = true;
    move_to(last_used_, stamp_);
    return uses <= kTimedFirst || uses % kTimedEach == 0;
  }
  /// Its handler has given way, ended or not, after so long.
  void time(std::chrono::nanoseconds took) noexcept { timed_ = took.count(); }
  /// A piece of work is done.
  /// @param mixed other things were done before it, since the last look.
  /// @param in_the_middle it goes on later.
  void look(std::uint64_t ticks, const Clock& clock, bool mixed, bool in_the_middle) {
    if (ticks != seen_ticks_ || timed_ >= 0 || handler_ticks_ != 0) {
      settle(ticks, clock, mixed, in_the_middle);
    }
    if (!in_the_middle) handling_ = false;
  }
  /// The mailbox is empty.
  void note_empty() noexcept { move_to(last_empty_, stamp_); }

  /// All of it. Between two lives.
  [[nodiscard]] PastWork past() const noexcept;
  /// Fills in what it knows.
  /// @param waiting whether messages wait in the mailbox.
  void add_to(ActorStats& stats, Instant now, bool waiting) const noexcept;

 private:
  using Counter = std::atomic<std::uint64_t>;
  using Time = std::atomic<std::int64_t>;  ///< nanoseconds
  static constexpr std::uint64_t kTimedFirst = 8;
  static constexpr std::uint64_t kTimedEach = 64;

  /// What an actor has that has done something.
  struct Details {
    lifecycle::RunTimes times;  ///< the actor's own
    // What others read of it:
    Counter long_count{0};
    Time mean_short{0};
    Time long_time{0};
    Time p95{0};
    // Of the lives before this one:
    Counter uses{0};
    Counter errors{0};
    Counter limit_hits{0};
    Time run_time{0};
    std::atomic<std::uint32_t> restarts{0};
    std::atomic<std::uint32_t> recycles{0};

    void publish() noexcept;
  };

  static std::uint64_t get(const Counter& counter) noexcept {
    return counter.load(std::memory_order_relaxed);
  }
  static void move_to(std::atomic<Instant>& when, Instant time) noexcept {
    if (when.load(std::memory_order_relaxed) != time) {
      when.store(time, std::memory_order_relaxed);
    }
  }
  [[nodiscard]] Details& details();
  void see(std::uint64_t ticks, const Clock& clock) noexcept;
  void settle(std::uint64_t ticks, const Clock& clock, bool mixed, bool in_the_middle);

  Counter uses_{0};  ///< of this life
  std::uint64_t seen_ticks_ = ~std::uint64_t{0};
  Instant stamp_{};                  ///< the time, a few milliseconds old at most
  std::int64_t timed_ = -1;          ///< nanoseconds; below 0: the piece is not timed
  std::uint32_t handler_ticks_ = 0;  ///< of a handler that gave way in the middle
  bool handling_ = false;            ///< the piece is a handler, from its begin
  std::atomic<Details*> details_{nullptr};
  const Instant created_;
  std::atomic<Instant> began_;  ///< the life
  std::atomic<Instant> last_used_{};
  std::atomic<Instant> last_empty_;
  const std::chrono::system_clock::time_point created_at_;
};

}  // namespace moonwright::actors
