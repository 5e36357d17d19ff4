// limit_changes.hpp: what a spawn says about limits, before it is known what it says it about.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "moonwright/limits.hpp"

namespace moonwright::runtime {

/// Limits of which only some are given. The rest are a profile's, or the default.
struct LimitChanges {
  std::string profile;  ///< where to start from; empty: the default limits
  std::optional<std::uint64_t> memory_bytes_max;
  std::optional<std::uint64_t> instructions_max;
  std::optional<std::chrono::nanoseconds> cpu_time_max;
  std::optional<std::chrono::nanoseconds> timeout;
  std::optional<std::uint32_t> check_interval;
  std::optional<double> warning_threshold;
  std::optional<double> collect_threshold;
  std::optional<std::chrono::milliseconds> collect_interval;
  std::optional<CollectorOptions::Mode> collector_mode;
  std::optional<std::uint16_t> collector_pause;
  std::optional<std::uint16_t> collector_step;
  std::optional<std::uint16_t> collector_minor;
  std::optional<std::uint16_t> collector_major;
  std::optional<MemoryClass> memory_class;
  std::optional<OnLimit> on_limit;
  std::optional<std::chrono::milliseconds> cancel_grace;
  std::optional<std::uint32_t> in_flight_max;
  std::optional<std::uint32_t> actors_max;
  std::optional<std::uint32_t> message_depth_max;
  std::optional<std::uint32_t> message_entries_max;
  std::optional<std::uint32_t> message_bytes_max;

  void apply_to(Limits& limits) const {
    const auto set = [](auto& field, const auto& value) {
      if (value) field = *value;
    };
    set(limits.memory_bytes_max, memory_bytes_max);
    set(limits.instructions_max, instructions_max);
    set(limits.cpu_time_max, cpu_time_max);
    set(limits.timeout, timeout);
    set(limits.check_interval, check_interval);
    set(limits.warning_threshold, warning_threshold);
    set(limits.collect_threshold, collect_threshold);
    set(limits.collect_interval, collect_interval);
    set(limits.collector.mode, collector_mode);
    set(limits.collector.pause_percent, collector_pause);
    set(limits.collector.step_percent, collector_step);
    set(limits.collector.minor_percent, collector_minor);
    set(limits.collector.major_percent, collector_major);
    set(limits.memory_class, memory_class);
    set(limits.on_limit, on_limit);
    set(limits.cancel_grace, cancel_grace);
    set(limits.in_flight_max, in_flight_max);
    set(limits.actors_max, actors_max);
    set(limits.message.depth_max, message_depth_max);
    set(limits.message.entries_max, message_entries_max);
    set(limits.message.bytes_max, message_bytes_max);
  }
};

}  // namespace moonwright::runtime
