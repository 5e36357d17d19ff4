// work_meter.cpp: see work_meter.hpp.
#include "actors/work_meter.hpp"

#include <algorithm>
#include <utility>

namespace moonwright::actors {
namespace {

using lifecycle::RunTimes;
using std::chrono::nanoseconds;

/// What a tick is.
constexpr std::chrono::milliseconds kTick{1};
/// From so many ticks on they say more than a sample would.
constexpr std::uint32_t kLongTicks = 2;

nanoseconds get(const std::atomic<std::int64_t>& time) noexcept {
  return nanoseconds(time.load(std::memory_order_relaxed));
}

}  // namespace

void PastWork::add_to(ActorStats& stats) const noexcept {
  stats.created = created_at;
  stats.last_used = created_at + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                     std::max(last_used, created) - created);
  stats.uses = uses;
  stats.errors = errors;
  stats.limit_hits = limit_hits;
  stats.run_time = run_time;
  stats.restarts = restarts;
  stats.recycles = recycles;
}

WorkMeter::WorkMeter(Instant now, const PastWork& past)
    : created_(past.created == Instant{} ? now : past.created),
      began_(now),
      last_used_(past.last_used),
      last_empty_(now),
      created_at_(past.created == Instant{} ? std::chrono::system_clock::now() : past.created_at) {
  if (past.created == Instant{}) return;
  Details& mine = details();
  mine.uses = past.uses;
  mine.errors = past.errors;
  mine.limit_hits = past.limit_hits;
  mine.run_time = past.run_time.count();
  mine.restarts = past.restarts;
  mine.recycles = past.recycles;
}

PastWork WorkMeter::past() const noexcept {
  PastWork past;
  past.created = created_;
  past.created_at = created_at_;
  past.last_used = last_used_.load(std::memory_order_relaxed);
  const Details* const mine = details_.load(std::memory_order_relaxed);
  if (mine == nullptr) return past;
  past.uses = get(mine->uses);
  past.errors = get(mine->errors);
  past.limit_hits = get(mine->limit_hits);
  past.run_time = actors::get(mine->run_time);
  past.restarts = mine->restarts.load(std::memory_order_relaxed);
  past.recycles = mine->recycles.load(std::memory_order_relaxed);
  return past;
}

WorkMeter::Details& WorkMeter::details() {
  Details* found = details_.load(std::memory_order_relaxed);
  if (found == nullptr) {
    found = new Details;  // NOLINT: the destructor's
    details_.store(found, std::memory_order_release);
  }
  return *found;
}

void WorkMeter::Details::publish() noexcept {
  mean_short.store(times.mean_short().count(), std::memory_order_relaxed);
  long_count.store(times.long_count(), std::memory_order_relaxed);
  long_time.store(times.long_time().count(), std::memory_order_relaxed);
  p95.store(times.p95().count(), std::memory_order_relaxed);
}

void WorkMeter::begin_life(Instant now) noexcept {
  handling_ = false;
  handler_ticks_ = 0;
  timed_ = -1;
  move_to(last_empty_, now);
  move_to(began_, now);
}

void WorkMeter::end_life(std::uint64_t errors, std::uint64_t limit_hits) {
  Details& mine = details();
  const std::uint64_t uses = get(uses_);
  const nanoseconds total = RunTimes::total(uses, mine.times.mean_short(), mine.times.long_count(),
                                            mine.times.long_time());
  uses_.store(0, std::memory_order_relaxed);
  mine.uses += uses;
  mine.errors += errors;
  mine.limit_hits += limit_hits;
  mine.run_time += total.count();
  mine.times = {};
  mine.publish();
}

/// Time has passed since the last look.
void WorkMeter::see(std::uint64_t ticks, const Clock& clock) noexcept {
  seen_ticks_ = ticks;
  stamp_ = clock.coarse_now();
}

void WorkMeter::settle(std::uint64_t ticks, const Clock& clock, bool mixed, bool in_the_middle) {
  const auto passed = static_cast<std::uint32_t>(ticks - seen_ticks_);
  if (passed != 0) see(ticks, clock);
  Details& mine = details();
  if (!handling_ || mixed) {
    mine.times.add_time(passed * kTick);
  } else {
    handler_ticks_ += passed;
  }
  if (!in_the_middle && handling_) {
    const std::uint32_t all = std::exchange(handler_ticks_, 0);
    const bool is_first = get(uses_) <= kTimedFirst;
    if (all >= kLongTicks) {
      mine.times.add_long(all * kTick);
    } else if (timed_ >= 0) {
      mine.times.sample(nanoseconds(timed_), is_first ? 1 : kTimedEach);
    }
  }
  timed_ = -1;
  mine.publish();
}

void WorkMeter::add_to(ActorStats& stats, Instant now, bool waiting) const noexcept {
  const auto since = [now](const std::atomic<Instant>& when) {
    return std::max(now - when.load(std::memory_order_relaxed), Instant::duration(0));
  };
  LifeStats& life = stats.life;
  life.age = since(began_);
  life.uses = get(uses_);
  stats.uses = life.uses;
  stats.errors = life.errors;
  stats.limit_hits = life.limit_hits;
  if (waiting) stats.mailbox_age = since(last_empty_);
  stats.created = created_at_;
  const Instant used = std::max(last_used_.load(std::memory_order_relaxed), created_);
  stats.last_used = created_at_ + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                      used - created_);
  const Details* const more = details_.load(std::memory_order_acquire);
  if (more == nullptr) return;
  const nanoseconds total = RunTimes::total(life.uses, actors::get(more->mean_short),
                                            get(more->long_count), actors::get(more->long_time));
  if (life.uses > 0) life.average_run_time = total / static_cast<std::int64_t>(life.uses);
  life.p95_run_time = actors::get(more->p95);
  stats.uses += get(more->uses);
  stats.errors += get(more->errors);
  stats.limit_hits += get(more->limit_hits);
  stats.run_time = total + actors::get(more->run_time);
  stats.restarts = more->restarts.load(std::memory_order_relaxed);
  stats.recycles = more->recycles.load(std::memory_order_relaxed);
}

}  // namespace moonwright::actors
