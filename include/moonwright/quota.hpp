// quota.hpp: who has how much of the memory budget, as numbers to look at.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace moonwright {

/// What is in use of what was granted, in percent; 0 if nothing was granted.
[[nodiscard]] constexpr double efficiency(std::uint64_t used, std::uint64_t granted) noexcept {
  return granted == 0 ? 0 : static_cast<double>(used) / static_cast<double>(granted) * 100;
}

/// One actor, as of the end of its last turn. All sizes in bytes.
struct QuotaRow {
  std::uint64_t id = 0;
  std::string name;
  std::uint64_t quota = 0;    ///< what it holds: its lease, and the messages in its mailbox
  std::uint64_t used = 0;     ///< of that: its state's live blocks, and the same messages
  std::uint64_t mailbox = 0;  ///< of both: those messages
  double efficiency = 0;      ///< used / quota x 100
  std::chrono::nanoseconds uptime{0};
  /// How long ago its lease last changed.
  std::chrono::nanoseconds last_settled{0};
};

/// The whole. All sizes in bytes.
struct QuotaStatus {
  bool enforced = true;         ///< false with RuntimeOptions::quotas off: then there is no more
  std::uint64_t total = 0;      ///< the budget; kUnlimited if there is no bound
  std::uint64_t available = 0;  ///< nobody's yet
  std::uint64_t granted = 0;    ///< leases, messages on their way, and what threads have at hand
  std::uint64_t at_hand = 0;    ///< of that: lent to threads that run scripts, and to no actor yet
  std::uint64_t used = 0;       ///< the sum over all actors
  std::uint64_t overdrawn = 0;  ///< granted beyond the budget, since that was lowered
  double efficiency = 0;        ///< used / granted x 100
  bool under_pressure = false;  ///< little is left: leases are tight, and idle actors are collected
  std::vector<QuotaRow> actors;  ///< most recently started first
};

}  // namespace moonwright
