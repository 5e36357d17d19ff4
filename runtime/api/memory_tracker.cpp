// memory_tracker.cpp: faults, differences, and the tracker itself. What measures is in actors/.
#include "moonwright/memory_tracker.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

namespace moonwright {
namespace {

struct FaultName {
  MemoryFault fault;
  std::string_view name;
  ErrorCode code;
};

constexpr std::array kFaults{
    FaultName{MemoryFault::platform_unavailable, "platform_unavailable", ErrorCode::unsupported},
    FaultName{MemoryFault::measurement_failed, "measurement_failed", ErrorCode::io},
    FaultName{MemoryFault::invalid_data, "invalid_data", ErrorCode::corrupt},
};

const FaultName& entry_of(MemoryFault fault) noexcept {
  return kFaults[std::min(static_cast<std::size_t>(fault), kFaults.size() - 1)];
}

std::int64_t difference(std::uint64_t after, std::uint64_t before) noexcept {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (after >= before) return static_cast<std::int64_t>(std::min(after - before, kMax));
  return -static_cast<std::int64_t>(std::min(before - after, kMax));
}

}  // namespace

std::string_view to_string(MemoryFault fault) noexcept { return entry_of(fault).name; }

tl::unexpected<Error> fail(MemoryFault fault, std::string_view text) {
  const FaultName& entry = entry_of(fault);
  return fail(entry.code, std::string(entry.name) + ": " + std::string(text));
}

std::optional<MemoryFault> memory_fault_of(const Error& error) {
  for (const FaultName& entry : kFaults) {
    const bool is_named = error.message.starts_with(std::string(entry.name) + ":");
    if (error.code == entry.code && is_named) return entry.fault;
  }
  return std::nullopt;
}

MemoryDelta operator-(const MemorySnapshot& after, const MemorySnapshot& before) noexcept {
  return {difference(after.resident_bytes, before.resident_bytes),
          difference(after.heap_bytes, before.heap_bytes), after.taken_at - before.taken_at};
}

Result<void> MemoryTracker::start() noexcept {
  start_ = reader_->read();
  if (!*start_) return fail(start_->error());
  return {};
}

Result<MemoryDelta> MemoryTracker::delta() const noexcept {
  if (!start_) return fail(ErrorCode::invalid_argument, "the tracker has not been started");
  if (!*start_) return fail(start_->error());
  const Result<MemorySnapshot> now = reader_->read();
  if (!now) return fail(now.error());
  return *now - **start_;
}

}  // namespace moonwright
