// partitions.hpp: supervisors with more children than one of them should keep.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "actors/child_plan.hpp"

namespace moonwright::actors {

/// Children that one supervisor keeps by itself.
inline constexpr std::uint32_t kUnpartitionedMax = 10'000;

/// How many children the partitions of one supervisor have together.
///
/// Thread: any.
class ChildTotal {
 public:
  explicit ChildTotal(std::uint32_t max) noexcept : max_(max) {}

  /// A place for one more; false if there is none.
  [[nodiscard]] bool take() noexcept {
    if (count_.fetch_add(1, std::memory_order_relaxed) < max_) return true;
    change(-1);
    return false;
  }
  void change(std::int64_t difference) noexcept {
    count_.fetch_add(difference, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint32_t max() const noexcept { return max_; }

 private:
  const std::uint32_t max_;
  std::atomic<std::int64_t> count_{0};
};

/// The plan itself, or, if it may have more than kUnpartitionedMax children, that of a front whose
/// only children are partitions: permanent supervisors with the same options, each of which gets
/// the declared children that belong to it.
[[nodiscard]] SupervisorPlan partitioned(SupervisorPlan plan);

/// Which of `count` partitions keeps the child `id`. The same in every run.
[[nodiscard]] std::size_t partition_of(std::string_view id, std::size_t count) noexcept;
/// The id of a partition.
[[nodiscard]] std::string partition_id(std::size_t index);

}  // namespace moonwright::actors
