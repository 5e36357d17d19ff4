// partitions.cpp: see partitions.hpp.
#include "actors/partitions.hpp"

#include <memory>
#include <utility>

namespace moonwright::actors {
namespace {

/// Children for which there is a partition each: hashes do not spread them evenly, and a partition
/// has room for twice as many.
constexpr std::uint32_t kChildrenPerPartition = kUnpartitionedMax / 2;

std::shared_ptr<const ChildTraits> traits_of_partition() {
  auto traits = std::make_shared<ChildTraits>();
  // Its children have times of their own.
  traits->start_deadline = std::chrono::hours(24);
  traits->stop = {std::chrono::hours(1), std::chrono::hours(1), std::chrono::seconds(10)};
  return traits;
}

}  // namespace

SupervisorPlan partitioned(SupervisorPlan plan) {
  const std::uint32_t max = plan.options.max_children;
  if (max <= kUnpartitionedMax) return plan;
  const std::uint32_t count = (max + kChildrenPerPartition - 1) / kChildrenPerPartition;
  const auto total = std::make_shared<ChildTotal>(max);
  const auto traits = traits_of_partition();

  SupervisorPlan front;
  front.options = plan.options;
  front.options.max_children = kUnpartitionedMax;
  front.options.child_intensity.reset();
  front.family = plan.family;
  front.partitions = count;
  for (std::uint32_t i = 0; i < count; ++i) {
    ChildPlan child;
    child.id = partition_id(i);
    child.traits = traits;
    child.supervisor = std::make_unique<SupervisorPlan>();
    child.supervisor->options = plan.options;
    child.supervisor->options.name.clear();
    child.supervisor->options.max_children = kUnpartitionedMax;
    child.supervisor->family = plan.family;
    child.supervisor->total = total;
    front.children.push_back(std::move(child));
  }
  for (ChildPlan& child : plan.children) {
    const std::size_t index = partition_of(child.id, count);
    front.children[index].supervisor->children.push_back(std::move(child));
  }
  return front;
}

/// FNV-1a.
std::size_t partition_of(std::string_view id, std::size_t count) noexcept {
  std::uint64_t hash = 14695981039346656037u;
  for (const char letter : id) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211u;
  }
  return static_cast<std::size_t>((hash ^ (hash >> 32)) % count);
}

std::string partition_id(std::size_t index) { return "partition-" + std::to_string(index + 1); }

}  // namespace moonwright::actors
