// actor_figures.hpp: what other threads see of what an actor uses.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "moonwright/stats.hpp"
#include "runtime/usage.hpp"

namespace moonwright::actors {

/// Written by the actor at the end of each turn, one number after the other: whoever reads
/// meanwhile sees some of the turn before and some of this one, and that is good enough.
///
/// Thread: publish() the actor's; stats() any.
class ActorFigures {
 public:
  /// @param all answers all figures; asked only if something has changed that a glance does not
  /// say.
  template <class All>
  void publish(const runtime::Glance& glance, All all) noexcept {
    put(used_bytes_, glance.used_bytes);
    put(peak_bytes_, glance.peak_bytes);
    put(instructions_, glance.instructions);
    cpu_time_.store(glance.cpu_time.count(), std::memory_order_relaxed);
    if (glance.rest == published_rest_) return;
    published_rest_ = glance.rest;
    publish_all(all());
  }

  /// The state is gone; what is published next is of another one, which has no errors yet.
  void end_life() noexcept {
    published_rest_ = ~std::uint64_t{0};
    put(used_bytes_, 0);
    put(errors_, 0);
    put(limit_hits_, 0);
  }

  /// All but the memory limit, the mailbox and the work, which are known elsewhere.
  [[nodiscard]] ActorStats stats() const noexcept {
    ActorStats stats;
    MemoryStats& memory = stats.memory;
    memory.used_bytes = get(used_bytes_);
    memory.peak_bytes = get(peak_bytes_);
    memory.forced_collections = get(forced_collections_);
    memory.freed_bytes = get(freed_bytes_);
    memory.average_freed_bytes =
        runtime::average_freed(memory.freed_bytes, memory.forced_collections);
    memory.violations = get(violations_);
    memory.emergency_collections = get(emergency_collections_);
    stats.instructions = get(instructions_);
    stats.cpu_time = std::chrono::nanoseconds(cpu_time_.load(std::memory_order_relaxed));
    stats.warnings = warnings_.load(std::memory_order_relaxed);
    stats.instructions_exact = instructions_exact_.load(std::memory_order_relaxed);
    stats.life.errors = get(errors_);
    stats.life.limit_hits = get(limit_hits_);
    return stats;
  }

 private:
  using Counter = std::atomic<std::uint64_t>;
  static void put(Counter& counter, std::uint64_t value) noexcept {
    counter.store(value, std::memory_order_relaxed);
  }
  static std::uint64_t get(const Counter& counter) noexcept {
    return counter.load(std::memory_order_relaxed);
  }

  void publish_all(const ActorStats& stats) noexcept {
    const MemoryStats& memory = stats.memory;
    put(forced_collections_, memory.forced_collections);
    put(freed_bytes_, memory.freed_bytes);
    put(violations_, memory.violations);
    put(emergency_collections_, memory.emergency_collections);
    warnings_.store(stats.warnings, std::memory_order_relaxed);
    instructions_exact_.store(stats.instructions_exact, std::memory_order_relaxed);
    put(errors_, stats.life.errors);
    put(limit_hits_, stats.life.limit_hits);
  }

  Counter used_bytes_{0};
  Counter peak_bytes_{0};
  Counter forced_collections_{0};
  Counter freed_bytes_{0};
  Counter violations_{0};
  Counter emergency_collections_{0};
  Counter instructions_{0};
  Counter errors_{0};
  Counter limit_hits_{0};
  std::atomic<std::int64_t> cpu_time_{0};
  std::atomic<std::uint32_t> warnings_{0};
  std::atomic<bool> instructions_exact_{false};
  std::uint64_t published_rest_ = ~std::uint64_t{0};  ///< the actor's
};

}  // namespace moonwright::actors
