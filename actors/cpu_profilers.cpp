// cpu_profilers.cpp: see cpu_profilers.hpp.
#include "actors/cpu_profilers.hpp"

#include <algorithm>

#include "runtime/stack_tree.hpp"

namespace moonwright::actors {

void CpuProfilers::add(const CpuProfiler& profiler, std::uint64_t actor) {
  const std::lock_guard lock(mutex_);
  const bool is_known = std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return &entry.profiler.tree() == &profiler.tree() && entry.actor == actor;
  });
  if (is_known) return;
  entries_.push_back({profiler, actor});
  count_ = entries_.size();
}

void CpuProfilers::forget(std::uint64_t actor) noexcept {
  if (empty()) return;
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [actor](const Entry& entry) { return entry.actor == actor; });
  count_ = entries_.size();
}

bool CpuProfilers::any() noexcept {
  if (empty()) return false;
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [](const Entry& entry) { return entry.profiler.stopped(); });
  count_ = entries_.size();
  return !entries_.empty();
}

void CpuProfilers::take(std::uint64_t actor, std::string_view name,
                        const runtime::CpuSample& sample) {
  if (empty()) return;
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.actor != kEverybody && entry.actor != actor) continue;
    runtime::record_stack(sample, name, entry.profiler.tree());
  }
}

void CpuProfilers::take_outside(std::uint64_t samples) {
  if (samples == 0 || empty()) return;
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.actor != kEverybody) continue;
    runtime::StackTree::Path(entry.profiler.tree(), "[runtime]").end(samples);
  }
}

}  // namespace moonwright::actors
