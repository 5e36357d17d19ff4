// pool_size.hpp: how many states a pool has. Pure: no clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "moonwright/pool.hpp"

namespace moonwright::lifecycle {

/// What a pool has to do, and with whom.
struct PoolLoad {
  std::uint32_t size = 0;  ///< states, those that are being made included
  std::uint32_t in_use = 0;
  std::uint32_t waiting = 0;  ///< requests

  [[nodiscard]] std::uint32_t demand() const noexcept { return in_use + waiting; }
  /// (in use + waiting) / size; of no states at all, as of one.
  [[nodiscard]] double usage_ratio() const noexcept {
    return static_cast<double>(demand()) / std::max(size, std::uint32_t{1});
  }
};

/// What a pool without a bound of its own has at most.
inline constexpr std::uint32_t kPoolMaxUsual = 10;
inline constexpr std::uint32_t kPoolMaxLargest = 10'000;

/// The most states of a pool, whose memory budget and whose memory limit for each state, in bytes,
/// are kUnlimited where there is none.
[[nodiscard]] std::uint32_t most_states(const PoolSize& options, std::uint64_t budget_bytes,
                                        std::uint64_t memory_max_bytes) noexcept;

/// Decides how many states there are to be. One decision is one step: whoever still has too few
/// when these are ready asks again.
class PoolSizer {
 public:
  /// @param max from most_states().
  PoolSizer(const PoolSize& options, std::uint32_t max) noexcept : options_(options), max_(max) {}

  [[nodiscard]] std::uint32_t min() const noexcept { return options_.min; }
  [[nodiscard]] std::uint32_t max() const noexcept { return max_; }

  /// The load has risen. Peaks between two checks keep the pool from shrinking.
  void note(const PoolLoad& load) noexcept { peak_ = std::max(peak_, load.demand()); }

  /// There has been somebody waiting for `waited`, without a break: the size to have.
  [[nodiscard]] std::uint32_t while_waiting(const PoolLoad& load,
                                            std::chrono::nanoseconds waited) const noexcept;
  /// It is time to look: the size to have. Begins to look for peaks anew.
  [[nodiscard]] std::uint32_t at_check(const PoolLoad& load) noexcept;

 private:
  [[nodiscard]] std::uint32_t grown(const PoolLoad& load) const noexcept;
  [[nodiscard]] std::uint32_t enough_for(std::uint32_t demand) const noexcept;

  PoolSize options_;
  std::uint32_t max_;
  std::uint32_t peak_ = 0;  ///< of the demand, since the last check
};

}  // namespace moonwright::lifecycle
