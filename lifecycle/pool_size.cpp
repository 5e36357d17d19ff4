// pool_size.cpp: see pool_size.hpp.
#include "lifecycle/pool_size.hpp"

#include <cmath>

namespace moonwright::lifecycle {
namespace {

/// Rounded, and never so large that it is no number of states.
std::uint32_t to_count(double value) noexcept {
  return static_cast<std::uint32_t>(std::clamp(value, 0.0, double{kPoolMaxLargest}));
}

}  // namespace

std::uint32_t most_states(const PoolSize& options, std::uint64_t budget_bytes,
                          std::uint64_t memory_max_bytes) noexcept {
  if (options.max) return *options.max;
  if (budget_bytes == kUnlimited || memory_max_bytes == kUnlimited || memory_max_bytes == 0) {
    return std::max(options.min, kPoolMaxUsual);
  }
  const std::uint64_t fit =
      std::min<std::uint64_t>(budget_bytes / memory_max_bytes, kPoolMaxLargest);
  return std::max(options.min, static_cast<std::uint32_t>(fit));
}

/// The least size at which `demand` does not make the pool grow.
std::uint32_t PoolSizer::enough_for(std::uint32_t demand) const noexcept {
  return to_count(std::ceil(demand / options_.grow_above));
}

std::uint32_t PoolSizer::grown(const PoolLoad& load) const noexcept {
  const std::uint32_t step =
      std::max(to_count(std::ceil(load.size * options_.factor)), load.size + 1);
  return std::clamp(std::min(step, std::max(enough_for(load.demand()), load.size)), options_.min,
                    max_);
}

std::uint32_t PoolSizer::while_waiting(const PoolLoad& load,
                                       std::chrono::nanoseconds waited) const noexcept {
  const bool grows =
      load.waiting > 0 && waited >= options_.patience && load.usage_ratio() > options_.grow_above;
  if (grows) return grown(load);
  return std::clamp(load.size, options_.min, max_);
}

std::uint32_t PoolSizer::at_check(const PoolLoad& load) noexcept {
  const std::uint32_t peak = std::max(peak_, load.demand());
  peak_ = load.demand();
  if (load.usage_ratio() > options_.grow_above) return grown(load);
  const PoolLoad busiest{load.size, peak, 0};
  if (busiest.usage_ratio() >= options_.shrink_below) {
    return std::clamp(load.size, options_.min, max_);
  }
  const std::uint32_t less = std::min(to_count(std::floor(load.size / options_.factor)), load.size);
  return std::clamp(std::max(less, enough_for(peak)), options_.min, max_);
}

}  // namespace moonwright::lifecycle
