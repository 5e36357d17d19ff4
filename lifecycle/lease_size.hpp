// lease_size.hpp: how much memory is leased ahead of its use, and when it is given back. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

namespace moonwright::lifecycle {

/// All sizes in bytes. While there is plenty, whoever grows is leased twice what it uses, so that
/// it does not ask for each step; when memory is short, an eighth of that, or one grain.
inline constexpr std::uint64_t kLeaseGrain = 4u << 10;
/// What a float keeps of its usual size when memory is short is a part of this.
inline constexpr std::uint64_t kTightPart = 16;

/// What is leased to one who needs `least` and would like `wanted`.
[[nodiscard]] constexpr std::uint64_t leased_ahead(std::uint64_t least, std::uint64_t wanted,
                                                   bool tight) noexcept {
  if (wanted <= least) return least;
  const std::uint64_t ahead = wanted - least;
  if (!tight) return wanted;
  return least + std::min(ahead, std::max(ahead / 8, kLeaseGrain));
}

/// What the lease of one who uses `used` of its `leased` bytes becomes at the end of its turn:
/// never more than it is, never less than what is used. The gap between what is kept and what is
/// too much is the hysteresis: one that breathes, as a heap does between two collections, neither
/// gives nor asks.
[[nodiscard]] constexpr std::uint64_t settled_lease(std::uint64_t used, std::uint64_t leased,
                                                    bool tight) noexcept {
  const std::uint64_t kept =
      used + (tight ? std::max(used / 8, kLeaseGrain) : std::max(used, 4 * kLeaseGrain));
  const std::uint64_t most = tight ? kept + std::max(used / 8, kLeaseGrain) : 2 * kept;
  return leased > most ? kept : leased;
}

/// What each thread that runs scripts keeps at hand of a budget that so many of them share: no more
/// than an eighth of it together, though each may hold twice this for a moment.
[[nodiscard]] constexpr std::uint64_t float_target(std::uint64_t budget, std::uint64_t wanted,
                                                   std::uint64_t threads, bool tight) noexcept {
  const std::uint64_t target = std::min(wanted, budget / (8 * std::max<std::uint64_t>(threads, 1)));
  return tight ? target / kTightPart : target;
}

}  // namespace moonwright::lifecycle
