// timer_service.cpp: a heap of alarms and the thread that waits for the first of them.
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
    heap_.push_back(&alarm);
    alarm.position_ = heap_.size() - 1;
  }
  sift_up(alarm.position_);
  sift_down(alarm.position_);
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

void TimerService::place(std::size_t position, Alarm* alarm) noexcept {
  heap_[position] = alarm;
  alarm->position_ = position;
}

void TimerService::sift_up(std::size_t position) noexcept {
  Alarm* const alarm = heap_[position];
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (heap_[parent]->due_ <= alarm->due_) break;
    place(position, heap_[parent]);
    position = parent;
  }
  place(position, alarm);
}

void TimerService::sift_down(std::size_t position) noexcept {
  Alarm* const alarm = heap_[position];
  for (;;) {
    std::size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->due_ < heap_[child]->due_) ++child;
    if (alarm->due_ <= heap_[child]->due_) break;
    place(position, heap_[child]);
    position = child;
  }
  place(position, alarm);
}

void TimerService::take_out(Alarm& alarm) noexcept {
  const std::size_t position = std::exchange(alarm.position_, Alarm::kNotSet);
  if (position == Alarm::kNotSet) return;
  Alarm* const last = heap_.back();
  heap_.pop_back();
  if (last == &alarm) return;
  place(position, last);
  sift_up(position);
  sift_down(last->position_);
}

}  // namespace moonwright::actors
