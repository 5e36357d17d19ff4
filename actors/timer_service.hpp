// timer_service.hpp: the runtime's one thread for time: alarms, and the tick of busy workers.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>

#include "actors/clock.hpp"
#include "runtime/indexed_heap.hpp"

namespace moonwright::actors {

/// Something that wants to be told at a certain time. Each has one time at most: an actor keeps its
/// own timers and only asks for the earliest.
class Alarm {
 public:
  virtual ~Alarm() = default;
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  /// Answers when to ring again; kNever if not.
  /// Thread: the timer service's, which holds its lock meanwhile: must be short, must not call
  /// back.
  [[nodiscard]] virtual Instant ring() noexcept = 0;

 protected:
  Alarm() = default;

 private:
  friend class TimerService;
  static constexpr std::size_t kNotSet = ~std::size_t{0};
  std::size_t position_ = kNotSet;  ///< in the service's heap
  Instant due_ = kNever;
};

/// Called every millisecond while there is work.
class Ticker {
 public:
  /// Answers whether to go on; if not, start_ticking() begins again. Thread: the timer service's.
  virtual bool tick() noexcept = 0;

 protected:
  ~Ticker() = default;
};

/// Rings alarms when they are due. Sleeps when there is nothing to do: no polling.
///
/// Thread: any.
class TimerService {
 public:
  enum class Mode {
    threaded,  ///< a thread of its own
    manual,    ///< run_due() does the work, for tests with a clock of their own
  };

  TimerService(const Clock& clock, Mode mode);
  ~TimerService();
  TimerService(const TimerService&) = delete;
  TimerService& operator=(const TimerService&) = delete;

  /// Rings `alarm` at `due`, instead of when it was set before. kNever cancels.
  void set(Alarm& alarm, Instant due);
  /// The same, unless it is to ring earlier already.
  void set_earlier(Alarm& alarm, Instant due);
  /// After this has returned, `alarm` does not ring and is not ringing.
  void cancel(Alarm& alarm);

  /// Sets who is told every millisecond; before the first start_ticking().
  void set_ticker(Ticker* ticker);
  void start_ticking() noexcept;

  /// Rings what is due now. For Mode::manual.
  void run_due();
  /// When the next alarm is due; kNever if none is set.
  [[nodiscard]] Instant earliest() const;
  [[nodiscard]] std::size_t alarms_set() const;

  /// Ends the thread; alarms ring no more. Called by the destructor too.
  void stop();

 private:
  struct ByDue {
    [[nodiscard]] bool before(const Alarm* a, const Alarm* b) const noexcept {
      return a->due_ < b->due_;
    }
    void placed(Alarm* alarm, std::size_t position) noexcept { alarm->position_ = position; }
  };

  void run();
  void ring_due(Instant now);
  void put(Alarm& alarm, Instant due);
  void take_out(Alarm& alarm) noexcept;

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  runtime::IndexedHeap<Alarm*, ByDue> heap_;
  Ticker* ticker_ = nullptr;
  bool ticking_ = false;
  Instant next_tick_{};
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace moonwright::actors
