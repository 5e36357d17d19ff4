// limit_checks.cpp: see limit_checks.hpp.
#include "actors/limit_checks.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <utility>

namespace moonwright::actors {
namespace {

constexpr std::uint32_t kCheckIntervalMax = 1'000'000;
/// Of intervals and grace times: what is meant to be short.
constexpr std::chrono::hours kShortTimeMax{1};
/// Lua keeps a percentage in a byte, as a fourth of it.
constexpr unsigned kPercentMax = 1'000;
/// The exception: the minor multiplier is kept as it is.
constexpr unsigned kMinorPercentMax = 100;

std::optional<Error> invalid(std::string text) {
  return Error{ErrorCode::invalid_argument, std::move(text), {}};
}

/// Above 0 and at most 1. NaN is neither.
bool is_fraction(double value) noexcept { return value > 0 && value <= 1; }

bool is_short_time(std::chrono::milliseconds time) noexcept {
  return time.count() >= 0 && time <= kShortTimeMax;
}

template <class Enum>
bool is_one_of(Enum value, Enum last) noexcept {
  return value <= last;
}

std::optional<Error> problem_with(const MessageLimits& limits) {
  if (limits.depth_max < 1 || limits.depth_max > 128) {
    return invalid("limits.message.depth_max is not in 1..128");
  }
  if (limits.bytes_max > 1u << 30) return invalid("limits.message.bytes_max is more than 1.00 GiB");
  return std::nullopt;
}

std::optional<Error> problem_with(const CollectorOptions& collector) {
  const auto outside = [](unsigned percent, unsigned max) { return percent < 1 || percent > max; };
  if (!is_one_of(collector.mode, CollectorOptions::Mode::generational)) {
    return invalid("limits.collector.mode is neither incremental nor generational");
  }
  if (outside(collector.pause_percent, kPercentMax)) {
    return invalid("limits.collector.pause_percent is not in 1..1000");
  }
  if (outside(collector.step_percent, kPercentMax)) {
    return invalid("limits.collector.step_percent is not in 1..1000");
  }
  if (outside(collector.minor_percent, kMinorPercentMax)) {
    return invalid("limits.collector.minor_percent is not in 1..100");
  }
  if (outside(collector.major_percent, kPercentMax)) {
    return invalid("limits.collector.major_percent is not in 1..1000");
  }
  return std::nullopt;
}

/// The numbers that decide when a script is looked at, warned and ended.
std::optional<Error> problem_with_metering(const Limits& limits) {
  if (limits.instructions_max < 1) {
    return invalid("limits.instructions_max is 0");
  }
  if (limits.cpu_time_max.count() <= 0) {
    return invalid("limits.cpu_time_max is not above 0");
  }
  if (limits.timeout.count() <= 0) {
    return invalid("limits.timeout is not above 0");
  }
  if (limits.check_interval < 1 || limits.check_interval > kCheckIntervalMax) {
    return invalid("limits.check_interval is not in 1..1,000,000 instructions");
  }
  if (!is_fraction(limits.warning_threshold)) {
    return invalid("limits.warning_threshold is not a fraction above 0 and up to 1");
  }
  if (!is_one_of(limits.on_limit, OnLimit::abort_message)) {
    return invalid("limits.on_limit is neither end_actor nor abort_message");
  }
  if (!is_short_time(limits.cancel_grace)) {
    return invalid("limits.cancel_grace is not in 0..1 h");
  }
  return std::nullopt;
}

std::optional<Error> problem_with_collecting(const Limits& limits) {
  if (!is_fraction(limits.collect_threshold)) {
    return invalid("limits.collect_threshold is not a fraction above 0 and up to 1");
  }
  if (!is_short_time(limits.collect_interval)) {
    return invalid("limits.collect_interval is not in 0..1 h");
  }
  if (!is_one_of(limits.memory_class, MemoryClass::large)) {
    return invalid("limits.memory_class is none of none, minimal, standard and large");
  }
  return problem_with(limits.collector);
}

std::optional<Error> problem_with_preemption(const RuntimeOptions& options) {
  if (!is_one_of(options.preemption, Preemption::count_hook)) {
    return invalid("preemption is neither signal nor count_hook");
  }
  const bool at_every_look = options.preemption == Preemption::count_hook;
  if (options.slice.count() == 0 && !at_every_look) {
    return invalid("slice is 0, which is for preemption by count_hook only");
  }
  const bool none = options.slice.count() == 0 && at_every_look;
  if (!none &&
      (options.slice < std::chrono::microseconds(10) || options.slice > std::chrono::seconds(10))) {
    return invalid("slice is not in 10 us..10 s");
  }
  const int signal = options.preemption_signal;
  if (signal != 0 && (signal < SIGRTMIN || signal > SIGRTMAX)) {
    return invalid("preemption_signal is neither 0 nor a real-time signal, " +
                   std::to_string(SIGRTMIN) + ".." + std::to_string(SIGRTMAX));
  }
  return std::nullopt;
}

/// How much a memory class allows; `none` has no bounds of its own.
int rank_of(MemoryClass memory_class) noexcept {
  constexpr int kMost = 4;
  return memory_class == MemoryClass::none ? kMost : static_cast<int>(memory_class);
}

}  // namespace

std::optional<Error> problem_with(const Limits& limits) {
  if (auto problem = problem_with_metering(limits)) return problem;
  if (auto problem = problem_with_collecting(limits)) return problem;
  if (limits.in_flight_max < 1) return invalid("max_in_flight (limits.in_flight_max) is 0");
  return problem_with(limits.message);
}

std::optional<Error> problem_with(const MailboxLimits& mailbox) {
  if (mailbox.messages_max < 1 || mailbox.messages_max > 8'000'000) {
    return invalid("mailbox.messages_max is not in 1..8,000,000");
  }
  if (mailbox.bytes_max < 1024 || mailbox.bytes_max > 512ull << 30) {
    return invalid("mailbox.bytes_max is not in 1.00 KiB..512.00 GiB");
  }
  return std::nullopt;
}

std::optional<Error> problem_with(const SpawnPlan& plan) {
  if (auto problem = problem_with(plan.limits)) return problem;
  if (auto problem = problem_with(plan.mailbox)) return problem;
  if (!is_one_of(plan.grants.level, Sandbox::strict)) {
    return invalid("sandbox is none of none, restricted and strict");
  }
  if (plan.thread == ThreadKind::dedicated && !plan.grants.trusted()) {
    return Error{ErrorCode::denied,
                 "a dedicated thread is for trusted actors only (sandbox level none)",
                 {}};
  }
  return std::nullopt;
}

std::optional<Error> problem_with(const RuntimeOptions& options) {
  if (options.workers > 1'024) return invalid("workers is more than 1,024");
  if (auto problem = problem_with_preemption(options)) return problem;
  if (options.default_call_timeout.count() <= 0 ||
      options.default_call_timeout > std::chrono::hours(24 * 365)) {
    return invalid("default_call_timeout is not in 1 ms..1 year");
  }
  const Sandbox level = options.default_sandbox.level.value_or(Sandbox::restricted);
  if (!is_one_of(level, Sandbox::strict)) {
    return invalid("default_sandbox is none of none, restricted and strict");
  }
  if (options.default_sandbox.libraries) {
    // What a level does not have is left out of a default; what is no library is a mistake.
    const auto known = libraries_of(*options.default_sandbox.libraries, Sandbox::none);
    if (!known) return invalid("default_sandbox: " + known.error().message);
  }
  if (options.enable_debug && level != Sandbox::none) {
    return invalid(
        "enable_debug needs default_sandbox none: a debug library reaches into everything that the "
        "other levels hide");
  }
  if (options.output_bytes_per_second == 0) {
    return invalid("output_rate (output_bytes_per_second) is 0");
  }
  if (options.event_queue_max < 1 || options.event_queue_max > 1'000'000) {
    return invalid("event_queue_max is not in 1..1,000,000");
  }
  if (options.memory_budget_bytes == 0) return invalid("memory_budget_bytes is 0");
  if (options.float_bytes > 1u << 30) return invalid("float_bytes is more than 1.00 GiB");
  if (auto problem = problem_with(options.default_limits)) return problem;
  for (const auto& [name, limits] : options.profiles) {
    if (name.empty()) return invalid("profiles has one without a name");
    if (auto problem = problem_with(limits)) {
      problem->message = "profiles['" + name + "']: " + problem->message;
      return problem;
    }
  }
  return problem_with(options.default_mailbox);
}

void bound_by(const SpawnPlan& spawner, SpawnPlan& child) {
  const Limits& own = spawner.limits;
  Limits& limits = child.limits;
  const auto lower = [](auto& value, const auto& bound) { value = std::min(value, bound); };
  lower(limits.memory_bytes_max, own.memory_bytes_max);
  lower(limits.instructions_max, own.instructions_max);
  lower(limits.cpu_time_max, own.cpu_time_max);
  lower(limits.timeout, own.timeout);
  lower(limits.cancel_grace, own.cancel_grace);
  lower(limits.in_flight_max, own.in_flight_max);
  lower(limits.actors_max, own.actors_max);
  if (rank_of(limits.memory_class) > rank_of(own.memory_class)) {
    limits.memory_class = own.memory_class;
  }
  lower(limits.message.depth_max, own.message.depth_max);
  lower(limits.message.entries_max, own.message.entries_max);
  lower(limits.message.bytes_max, own.message.bytes_max);
}

std::optional<Error> excess_of(const SpawnPlan& child, const SpawnPlan& spawner) {
  const auto denied = [](const char* option) {
    return Error{
        ErrorCode::denied, std::string(option) + " is more than the spawner has itself", {}};
  };
  const Limits& own = spawner.limits;
  const Limits& limits = child.limits;
  if (limits.memory_bytes_max > own.memory_bytes_max) return denied("limits.memory");
  if (limits.instructions_max > own.instructions_max) return denied("limits.instructions");
  if (limits.cpu_time_max > own.cpu_time_max) return denied("limits.cpu_time");
  if (limits.timeout > own.timeout) return denied("limits.timeout");
  if (limits.cancel_grace > own.cancel_grace) return denied("cancel_grace");
  if (limits.in_flight_max > own.in_flight_max) return denied("max_in_flight");
  if (limits.actors_max > own.actors_max) return denied("limits.actors");
  if (rank_of(limits.memory_class) > rank_of(own.memory_class)) {
    return denied("limits.memory_class");
  }
  if (limits.message.depth_max > own.message.depth_max) return denied("limits.message.depth");
  if (limits.message.entries_max > own.message.entries_max) return denied("limits.message.entries");
  if (limits.message.bytes_max > own.message.bytes_max) return denied("limits.message.bytes");
  const MailboxLimits usual;
  if (child.mailbox.messages_max > std::max(usual.messages_max, spawner.mailbox.messages_max)) {
    return denied("mailbox.max");
  }
  if (child.mailbox.bytes_max > std::max(usual.bytes_max, spawner.mailbox.bytes_max)) {
    return denied("mailbox.max_bytes");
  }
  return std::nullopt;
}

}  // namespace moonwright::actors

namespace moonwright {

Result<void> check(const Limits& limits) {
  if (auto problem = actors::problem_with(limits)) return fail(std::move(*problem));
  return {};
}

Result<void> check(const RuntimeOptions& options) {
  if (auto problem = actors::problem_with(options)) return fail(std::move(*problem));
  return {};
}

}  // namespace moonwright
