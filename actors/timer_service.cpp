// timer_service.cpp: alarms, and the thread that waits for the first of them.
#include "actors/timer_service.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace moonwright::actors {
namespace {

constexpr std::chrono::milliseconds kTick{1};

}  // namespace

TimerService::TimerService(const Clock& clock, Mode mode) : clock_(clock) {
  if (mode == Mode::threaded) {
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "moonwright.time");
      run();
    });
  }
}

TimerService::~TimerService() { stop(); }

void TimerService::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void TimerService::set(Alarm& alarm, Instant due) {
  const std::lock_guard lock(mutex_);
  put(alarm, due);
}

void TimerService::set_earlier(Alarm& alarm, Instant due) {
  const std::lock_guard lock(mutex_);
  if (alarm.position_ == Alarm::kNotSet || due < alarm.due_) put(alarm, due);
}

/// Requires: the lock.
void TimerService::put(Alarm& alarm, Instant due) {
  if (due == kNever) {
    take_out(alarm);
    return;
  }
  alarm.due_ = due;
  if (alarm.position_ == Alarm::kNotSet) {
    heap_.push(&alarm);
  } else {
    heap_.reorder(alarm.position_);
  }
  if (heap_.front() == &alarm) changed_.notify_one();
}

void TimerService::cancel(Alarm& alarm) {
  const std::lock_guard lock(mutex_);
  take_out(alarm);
}

void TimerService::set_ticker(Ticker* ticker) {
  const std::lock_guard lock(mutex_);
  ticker_ = ticker;
}

void TimerService::start_ticking() noexcept {
  const std::lock_guard lock(mutex_);
  if (ticker_ == nullptr || std::exchange(ticking_, true)) return;
  changed_.notify_one();
}

void TimerService::run_due() {
  const std::lock_guard lock(mutex_);
  ring_due(clock_.now());
}

Instant TimerService::earliest() const {
  const std::lock_guard lock(mutex_);
  return heap_.empty() ? kNever : heap_.front()->due_;
}

std::size_t TimerService::alarms_set() const {
  const std::lock_guard lock(mutex_);
  return heap_.size();
}

void TimerService::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Instant now = clock_.now();
    ring_due(now);
    // Alarms wake this thread in between.
    if (ticking_ && now >= next_tick_) {
      next_tick_ = now + kTick;
      if (ticker_ == nullptr || !ticker_->tick()) ticking_ = false;
    }
    Instant until = heap_.empty() ? kNever : heap_.front()->due_;
    if (ticking_) until = std::min(until, next_tick_);
    if (until == kNever) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, until);
    }
  }
}

void TimerService::ring_due(Instant now) {
  while (!heap_.empty() && heap_.front()->due_ <= now) {
    Alarm* alarm = heap_.front();
    take_out(*alarm);
    put(*alarm, alarm->ring());
  }
}

void TimerService::take_out(Alarm& alarm) noexcept {
  const std::size_t position = std::exchange(alarm.position_, Alarm::kNotSet);
  if (position != Alarm::kNotSet) heap_.take_out(position);
}

}  // namespace moonwright::actors
