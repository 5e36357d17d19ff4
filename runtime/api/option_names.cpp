// option_names.cpp: the names of options that are one of a few, as scripts and files write them.
#include <array>
#include <cstddef>

#include "moonwright/dead_letter.hpp"
#include "moonwright/limits.hpp"
#include "moonwright/options.hpp"
#include "moonwright/pool.hpp"
#include "moonwright/sandbox.hpp"
#include "moonwright/supervision.hpp"
#include "moonwright/task_info.hpp"

namespace moonwright {

namespace {

// By value of the enumerator.
template <std::size_t kCount>
using Names = std::array<std::string_view, kCount>;

constexpr Names<3> kSandboxes = {"none", "restricted", "strict"};
constexpr Names<2> kPreemptions = {"signal", "count_hook"};
constexpr Names<2> kOnErrors = {"report", "crash"};
constexpr Names<4> kDeadLetterKindNames = {"crashed", "failed", "unread", "overload"};
constexpr Names<3> kRestarts = {"permanent", "transient", "temporary"};
constexpr Names<3> kStrategies = {"one_for_one", "one_for_all", "rest_for_one"};
constexpr Names<3> kAutoShutdowns = {"never", "any_significant", "all_significant"};
constexpr Names<4> kRoutes = {"least_loaded", "round_robin", "hash", "broadcast"};
constexpr Names<5> kTaskKinds = {"chunk", "handler", "fork", "timer", "hook"};
constexpr Names<4> kAwaitings = {"turn", "reply", "futures", "sleep"};
constexpr Names<2> kOnLimits = {"end_actor", "abort_message"};
constexpr Names<4> kMemoryClasses = {"none", "minimal", "standard", "large"};
constexpr Names<2> kCollectorModes = {"incremental", "generational"};

template <std::size_t kCount, class Enum>
std::string_view name_of(const Names<kCount>& names, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < kCount ? names[index] : "?";
}

template <class Enum, std::size_t kCount>
Result<Enum> find_name(const Names<kCount>& names, const char* what, std::string_view name) {
  std::string all;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
    all += i == 0 ? "" : i + 1 == kCount ? " or " : ", ";
    all += names[i];
  }
  return fail(
      ErrorCode::invalid_argument,
      "no " + std::string(what) + " \"" + std::string(name.substr(0, 40)) + "\": expected " + all);
}

}  // namespace

std::string_view to_string(Sandbox value) noexcept { return name_of(kSandboxes, value); }
std::string_view to_string(Preemption value) noexcept { return name_of(kPreemptions, value); }
std::string_view to_string(Restart value) noexcept { return name_of(kRestarts, value); }
std::string_view to_string(Strategy value) noexcept { return name_of(kStrategies, value); }
std::string_view to_string(AutoShutdown value) noexcept { return name_of(kAutoShutdowns, value); }
std::string_view to_string(Route value) noexcept { return name_of(kRoutes, value); }
std::string_view to_string(OnError value) noexcept { return name_of(kOnErrors, value); }
std::string_view to_string(DeadLetterKind value) noexcept {
  return name_of(kDeadLetterKindNames, value);
}
std::string_view to_string(TaskKind value) noexcept { return name_of(kTaskKinds, value); }
std::string_view to_string(Awaiting value) noexcept { return name_of(kAwaitings, value); }
std::string_view to_string(OnLimit value) noexcept { return name_of(kOnLimits, value); }
std::string_view to_string(MemoryClass value) noexcept { return name_of(kMemoryClasses, value); }
std::string_view to_string(CollectorOptions::Mode value) noexcept {
  return name_of(kCollectorModes, value);
}

Result<Sandbox> parse_sandbox(std::string_view name) {
  return find_name<Sandbox>(kSandboxes, "sandbox level", name);
}
Result<Preemption> parse_preemption(std::string_view name) {
  return find_name<Preemption>(kPreemptions, "kind of preemption", name);
}
Result<Restart> parse_restart(std::string_view name) {
  return find_name<Restart>(kRestarts, "kind of restart", name);
}
Result<Strategy> parse_strategy(std::string_view name) {
  return find_name<Strategy>(kStrategies, "strategy", name);
}
Result<AutoShutdown> parse_auto_shutdown(std::string_view name) {
  return find_name<AutoShutdown>(kAutoShutdowns, "kind of shutdown", name);
}
Result<Route> parse_route(std::string_view name) {
  return find_name<Route>(kRoutes, "route", name);
}
Result<OnError> parse_on_error(std::string_view name) {
  return find_name<OnError>(kOnErrors, "action at an error", name);
}
Result<OnLimit> parse_on_limit(std::string_view name) {
  return find_name<OnLimit>(kOnLimits, "action at a limit", name);
}
Result<MemoryClass> parse_memory_class(std::string_view name) {
  return find_name<MemoryClass>(kMemoryClasses, "memory class", name);
}
Result<CollectorOptions::Mode> parse_collector_mode(std::string_view name) {
  return find_name<CollectorOptions::Mode>(kCollectorModes, "mode of the collector", name);
}

}  // namespace moonwright
