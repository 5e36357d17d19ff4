// meter.cpp: see meter.hpp.
#include "runtime/meter.hpp"

#include <algorithm>
#include <climits>
#include <ctime>
#include <lua.hpp>

#include "moonwright/durations.hpp"
#include "runtime/interruption.hpp"
#include "runtime/lua_internals.h"

namespace moonwright::runtime {
namespace {

std::chrono::nanoseconds thread_time() noexcept {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

constexpr std::chrono::nanoseconds kUnknown{-1};

double fraction_of(double used, double limit) noexcept { return limit > 0 ? used / limit : 1; }

}  // namespace

void Meter::configure(const MeterOptions& options) {
  options_ = options;
  const Limits& limits = options_.limits;
  always_counts_ = options_.count_hook || limits.instructions_max < kExactMax;
  measures_ = options_.measure || limits.cpu_time_max != kNoTimeLimit;
}

void Meter::start(Budget& budget, Instant now) {
  budget_ = &budget;
  // Never beyond this budget's own limit.
  quantum_ = std::min(quantum_, next_quantum());
  counting_ = always_counts_ || budget.counts || hook_interval_ > 0;
  if (!measures_) return;
  charged_until_ = now;
  thread_began_ = budget.overran ? thread_time() : kUnknown;
}

void Meter::stop(Instant now, bool preempted) {
  budget_->overran = preempted;
  if (measures_) {
    // A short stretch is charged the time on the wall; asking the system for the thread's own
    // clock would cost more than it.
    charge_time(now, thread_began_ != kUnknown ? thread_time() : kUnknown);
  }
  budget_ = nullptr;
}

void Meter::charge_time(Instant now, std::chrono::nanoseconds thread_now) {
  std::chrono::nanoseconds used = now - charged_until_;
  if (thread_now != kUnknown) {
    std::chrono::nanoseconds& seen = Runner::current().thread_time_seen;
    // Where the stretch began is not known, but it was after this thread's clock was last read.
    used =
        thread_began_ != kUnknown ? thread_now - thread_began_ : std::min(used, thread_now - seen);
    seen = thread_now;
  }
  budget_->cpu_time += used;
  cpu_time_ += used;
  charged_until_ = now;
  thread_began_ = thread_now;
}

int Meter::next_quantum() const noexcept {
  std::uint64_t interval = std::max<std::uint32_t>(options_.limits.check_interval, 1);
  if (hook_interval_ > 0) {
    interval = std::min(interval, static_cast<std::uint64_t>(std::max(hook_left_, 1)));
  }
  if (options_.limits.instructions_max == kUnlimited || budget_ == nullptr) {
    return static_cast<int>(interval);
  }
  const std::uint64_t used = budget_->instructions;
  const std::uint64_t left =
      options_.limits.instructions_max > used ? options_.limits.instructions_max - used : 1;
  return static_cast<int>(std::min(interval, left));
}

#ifdef MOONWRIGHT_BUNDLED_LUA

void Meter::take_count(lua_State* L) noexcept {
  const auto used = static_cast<std::uint64_t>(std::max(quantum_ - moonwright_lua_count(L), 0));
  quantum_ -= static_cast<int>(used);
  count(used);
}

void Meter::start_counting(lua_State* L) {
  // What is left of an interval goes along, so that no script outruns it by changing coroutines.
  if (quantum_ <= 0) quantum_ = next_quantum();
  if (!is_armed(L)) arm_count_hook(L, quantum_);
  moonwright_lua_set_count(L, quantum_);
}

#else

/// Without a look into the coroutine, each stretch in one is charged as if half an interval was
/// left of it: on the average right, never nothing.
void Meter::take_count(lua_State*) noexcept {
  const auto used = static_cast<std::uint64_t>((quantum_ + 1) / 2);
  quantum_ -= static_cast<int>(used);
  count(used);
}

void Meter::start_counting(lua_State* L) {
  if (quantum_ <= 0) quantum_ = next_quantum();
  arm_count_hook(L, quantum_);
}

#endif

void Meter::arrange_hook(lua_State* L, const Runner& runner) {
  if (counting_) {
    start_counting(L);
  } else if (runner.wanted() || wants_hook_) {
    if (!is_armed(L)) arm_hook(L);
  } else {
    disarm_hook(L);
  }
}

void Meter::hook_fired(lua_State* L) {
  wants_hook_ = false;
  if (counting_) {
    count(static_cast<std::uint64_t>(quantum_));
    quantum_ = 0;
    start_counting(L);
    return;
  }
  const bool limited = options_.limits.instructions_max != kUnlimited;
  if (limited && budget_ != nullptr) {
    // The first slice is over, uncounted. From here on every instruction is.
    budget_->counts = counting_ = true;
    quantum_ = 0;
    disarm_hook(L);
    start_counting(L);
    return;
  }
  disarm_hook(L);
}

void Meter::count(std::uint64_t used) noexcept {
  instructions_ += used;
  if (budget_ != nullptr) budget_->instructions += used;
  if (hook_interval_ > 0)
    hook_left_ -= static_cast<int>(std::min<std::uint64_t>(used, INT_MAX / 2));
}

void Meter::count_for_hook(int interval) noexcept {
  hook_interval_ = hook_left_ = interval;
  if (budget_ != nullptr) counting_ = always_counts_ || budget_->counts || interval > 0;
}

bool Meter::take_hook_due() noexcept {
  if (hook_interval_ == 0 || hook_left_ > 0) return false;
  hook_left_ = hook_interval_;
  return true;
}

void Meter::request_hook(lua_State* L) noexcept {
  wants_hook_ = true;
  if (L == nullptr) return;
  if (!is_armed(L)) {
    arm_hook(L);
    return;
  }
#ifdef MOONWRIGHT_BUNDLED_LUA
  // The hook that counts is far off, perhaps further than the end of the script.
  if (!counting_) return;
  take_count(L);
  if (quantum_ <= 1) return;
  quantum_ = 1;
  moonwright_lua_set_count(L, quantum_);
#endif
}

void Meter::charge(std::uint64_t steps) noexcept {
  paid_ += steps;
  if (!counting_ || budget_ == nullptr) return;
  // Work that a library does for a script is the script's.
  budget_->instructions += steps;
  instructions_ += steps;
  if (budget_->instructions >= options_.limits.instructions_max) set_end(End::instruction_limit);
}

void Meter::run_out(lua_State* L) {
  const auto steps = static_cast<std::uint64_t>(kFuel - fuel_);
  fuel_ = kFuel;
  charge(steps);
  checkpoint(L);
}

void Meter::judge(Instant now) {
  if (budget_ == nullptr) return;
  const Limits& limits = options_.limits;
  if (now >= budget_->deadline) {
    set_end(End::timeout);
    return;
  }
  if (now >= budget_->kill_at) {
    set_end(End::cancelled);
    return;
  }
  if (budget_->instructions >= limits.instructions_max) {
    set_end(End::instruction_limit);
    return;
  }
  if (limits.cpu_time_max == kNoTimeLimit) return;
  if (budget_->cpu_time + (now - charged_until_) < limits.cpu_time_max) return;
  // Before it ends anything, the charge is checked against the thread's own clock.
  charge_time(now, thread_time());
  if (budget_->cpu_time >= limits.cpu_time_max) set_end(End::cpu_limit);
}

std::uint8_t Meter::next_warning(Instant now, double& fraction) {
  if (budget_ == nullptr) return 0;
  const Limits& limits = options_.limits;
  const auto due = [&](std::uint8_t resource, double used, double limit) {
    if ((budget_->warned & resource) != 0) return false;
    fraction = fraction_of(used, limit);
    if (fraction < limits.warning_threshold) return false;
    budget_->warned |= resource;
    return true;
  };
  if (limits.instructions_max != kUnlimited &&
      due(kInstructions, static_cast<double>(budget_->instructions),
          static_cast<double>(limits.instructions_max))) {
    return kInstructions;
  }
  if (limits.cpu_time_max != kNoTimeLimit &&
      due(kCpuTime, static_cast<double>((budget_->cpu_time + (now - charged_until_)).count()),
          static_cast<double>(limits.cpu_time_max.count()))) {
    return kCpuTime;
  }
  if (budget_->deadline != kNever &&
      due(kTimeout, static_cast<double>((now - budget_->began).count()),
          static_cast<double>((budget_->deadline - budget_->began).count()))) {
    return kTimeout;
  }
  return 0;
}

Error Meter::describe(End end, const Budget& budget, Instant now) const {
  const Limits& limits = options_.limits;
  switch (end) {
    case End::timeout:
      return {ErrorCode::timeout,
              "timeout of " + format_duration(limits.timeout) + " reached after " +
                  format_duration(now - budget.began),
              {}};
    case End::cpu_limit:
      return {ErrorCode::cpu_limit,
              "CPU time limit of " + format_duration(limits.cpu_time_max) + " reached, " +
                  format_duration(budget.cpu_time) + " used",
              {}};
    case End::instruction_limit:
      return {ErrorCode::instruction_limit,
              "instruction limit of " + std::to_string(limits.instructions_max) + " reached, " +
                  std::to_string(budget.instructions) + " used",
              {}};
    case End::memory_limit: return {ErrorCode::memory_limit, "memory limit reached", {}};
    case End::quota_denied:
      return {ErrorCode::quota_denied, "the runtime's memory budget is used up", {}};
    case End::cancelled:
      return {ErrorCode::cancelled,
              "cancelled, and not done after another " + format_duration(limits.cancel_grace),
              {}};
    case End::unyielding:
      return {ErrorCode::cpu_limit,
              "went on for too long inside the callback of a C function, where it cannot give way",
              {}};
    case End::killed: return {ErrorCode::killed, "the actor was killed", {}};
    case End::none:
    case End::warning: break;
  }
  return {};
}

}  // namespace moonwright::runtime
