// health.hpp: how well an actor is, from its figures. Pure: no clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "moonwright/health.hpp"
#include "moonwright/limits.hpp"

namespace moonwright::lifecycle {

/// What health depends on. All of it is of one incarnation: a fresh state is well.
struct HealthInput {
  std::uint64_t memory_used = 0;            ///< bytes
  std::uint64_t memory_limit = kUnlimited;  ///< bytes
  std::uint64_t uses = 0;                   ///< messages handled
  std::uint64_t errors = 0;                 ///< those of them that failed
  std::chrono::nanoseconds age{0};          ///< since it began
  std::chrono::nanoseconds average_run{0};  ///< of a handler
  std::chrono::nanoseconds mailbox_age{0};  ///< of the oldest message
  std::uint64_t limit_hits = 0;             ///< handlers that a limit ended
  std::uint64_t emergency_collections = 0;  ///< that Lua made because memory was refused
};

/// What one of the figures costs. No penalty, no reason.
struct Penalty {
  double points = 0;
  std::string reason{};  ///< with the figures
};

// Each figure by itself.

[[nodiscard]] Penalty memory_penalty(const HealthInput& input, const HealthOptions& options);
[[nodiscard]] Penalty error_penalty(const HealthInput& input, const HealthOptions& options);
[[nodiscard]] Penalty age_penalty(const HealthInput& input, const HealthOptions& options);
[[nodiscard]] Penalty use_penalty(const HealthInput& input, const HealthOptions& options);
[[nodiscard]] Penalty slow_penalty(const HealthInput& input, const HealthOptions& options);
[[nodiscard]] Penalty mailbox_penalty(const HealthInput& input, const HealthOptions& options);
[[nodiscard]] Penalty limit_penalty(const HealthInput& input, const HealthOptions& options);
[[nodiscard]] Penalty collection_penalty(const HealthInput& input, const HealthOptions& options);

/// 100 less all penalties, at least 0. Without the texts: for those who look at many, often.
[[nodiscard]] double health_score(const HealthInput& input, const HealthOptions& options) noexcept;
/// The same with reasons, the heaviest kind first; `healthy` is whether the score is above 50.
[[nodiscard]] Health assess(const HealthInput& input, const HealthOptions& options);
/// "health 35 of 100: memory at 0.92 of its limit, above 0.8; ...".
[[nodiscard]] std::string describe(const Health& health);

/// Whether an actor is healthy, by its scores over time: one bad sample is no illness, and one good
/// sample no recovery.
class HealthMeter {
 public:
  static constexpr double kHealthyAbove = 50;
  static constexpr double kRecoveredAbove = 60;
  static constexpr std::uint8_t kBadSamples = 2;   ///< in a row, at most kHealthyAbove
  static constexpr std::uint8_t kGoodSamples = 5;  ///< in a row, above kRecoveredAbove

  /// Takes a sample; answers whether the actor is healthy now.
  bool observe(double score) noexcept {
    score_ = static_cast<float>(score);
    const bool counts = healthy_ ? score <= kHealthyAbove : score > kRecoveredAbove;
    streak_ = counts ? static_cast<std::uint8_t>(streak_ + 1) : std::uint8_t{0};
    if (streak_ >= (healthy_ ? kBadSamples : kGoodSamples)) {
      healthy_ = !healthy_;
      streak_ = 0;
    }
    return healthy_;
  }
  [[nodiscard]] bool healthy() const noexcept { return healthy_; }
  /// The last one; 100 before the first.
  [[nodiscard]] double score() const noexcept { return static_cast<double>(score_); }

 private:
  float score_ = 100;
  bool healthy_ = true;
  std::uint8_t streak_ = 0;  ///< samples in a row that speak for a change
};

}  // namespace moonwright::lifecycle
