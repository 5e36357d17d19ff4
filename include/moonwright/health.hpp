// health.hpp: when an actor is well, and what is done about one that is not.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace moonwright {

/// From where on something counts against an actor.
struct HealthOptions {
  double memory_threshold = 0.8;  ///< -20: memory in use beyond this part of its limit
  double error_rate = 0.1;        ///< -30: more failed handlers than this part of them
  std::chrono::milliseconds age{std::chrono::hours(1)};  ///< -25: older than this
  std::uint64_t uses = 10'000;                           ///< -15: more messages handled than this
  /// Handlers that take longer than this on average cost `slow_decay` for each millisecond of the
  /// whole average.
  std::chrono::milliseconds slow{100};
  double slow_decay = 0.1;
  std::chrono::milliseconds mailbox_age{5'000};  ///< -10: the oldest message has waited longer
  std::uint32_t limit_hits = 3;                  ///< -10: more limits hit in a life than this
  std::uint32_t emergency_collections = 3;       ///< -10: more emergency collections than this
  /// A supervisor gives a child that is not healthy a new state. Looked at once per `check_every`.
  bool recycle = true;
  std::chrono::milliseconds check_every{1'000};
  /// What a child that is recycled has to finish what it has begun.
  std::chrono::milliseconds drain_timeout{5'000};

  friend bool operator==(const HealthOptions&, const HealthOptions&) = default;
};

/// How well an actor is.
struct Health {
  double score = 100;   ///< 0..100
  bool healthy = true;  ///< with hysteresis: not each crossing of 50 counts
  /// What counts against it, with the figures: "memory at 0.92 of its limit, above 0.8".
  std::vector<std::string> reasons{};
};

}  // namespace moonwright
