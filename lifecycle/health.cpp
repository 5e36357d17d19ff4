// health.cpp: see health.hpp.
#include "lifecycle/health.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "moonwright/durations.hpp"

namespace moonwright::lifecycle {
namespace {

constexpr double kMemoryPoints = 20;
constexpr double kErrorPoints = 30;
constexpr double kAgePoints = 25;
constexpr double kUsePoints = 15;
constexpr double kOtherPoints = 10;
constexpr double kBest = 100;

double part_of(std::uint64_t part, std::uint64_t whole) noexcept {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

double milliseconds_of(std::chrono::nanoseconds time) noexcept {
  return std::chrono::duration<double, std::milli>(time).count();
}

// What each figure costs, without a text.

double memory_points(const HealthInput& in, const HealthOptions& options) noexcept {
  if (in.memory_limit == kUnlimited) return 0;
  return part_of(in.memory_used, in.memory_limit) > options.memory_threshold ? kMemoryPoints : 0;
}
double error_points(const HealthInput& in, const HealthOptions& options) noexcept {
  return part_of(in.errors, in.uses) > options.error_rate ? kErrorPoints : 0;
}
double age_points(const HealthInput& in, const HealthOptions& options) noexcept {
  return in.age > options.age ? kAgePoints : 0;
}
double use_points(const HealthInput& in, const HealthOptions& options) noexcept {
  return in.uses > options.uses ? kUsePoints : 0;
}
double slow_points(const HealthInput& in, const HealthOptions& options) noexcept {
  return in.average_run > options.slow ? options.slow_decay * milliseconds_of(in.average_run) : 0;
}
double mailbox_points(const HealthInput& in, const HealthOptions& options) noexcept {
  return in.mailbox_age > options.mailbox_age ? kOtherPoints : 0;
}
double limit_points(const HealthInput& in, const HealthOptions& options) noexcept {
  return in.limit_hits > options.limit_hits ? kOtherPoints : 0;
}
double collection_points(const HealthInput& in, const HealthOptions& options) noexcept {
  return in.emergency_collections > options.emergency_collections ? kOtherPoints : 0;
}

std::string text_of(double value, std::chars_format format, int precision) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.begin(), text.end(), value, format, precision).ptr;
  return {text.begin(), end};
}

/// Two decimals at most.
std::string text_of(double value) {
  std::string shown = text_of(value, std::chars_format::fixed, 2);
  while (shown.ends_with('0')) shown.pop_back();
  if (shown.ends_with('.')) shown.pop_back();
  return shown;
}

/// What is above a bound also looks like it: with as many decimals as that takes.
std::string text_above(double value, double bound) {
  const std::string shown = text_of(value);
  return shown != text_of(bound) ? shown : text_of(value, std::chars_format::general, 6);
}

Penalty penalty(double points, std::string reason) {
  if (points <= 0) return {};
  return {points, std::move(reason)};
}

}  // namespace

Penalty memory_penalty(const HealthInput& input, const HealthOptions& options) {
  const double part = part_of(input.memory_used, input.memory_limit);
  return penalty(memory_points(input, options),
                 "memory at " + text_above(part, options.memory_threshold) +
                     " of its limit, above " + text_of(options.memory_threshold));
}

Penalty error_penalty(const HealthInput& input, const HealthOptions& options) {
  const double rate = part_of(input.errors, input.uses);
  return penalty(error_points(input, options),
                 text_above(rate, options.error_rate) + " of its messages failed (" +
                     std::to_string(input.errors) + " of " + std::to_string(input.uses) +
                     "), above " + text_of(options.error_rate));
}

Penalty age_penalty(const HealthInput& input, const HealthOptions& options) {
  return penalty(age_points(input, options),
                 "age " + format_duration(input.age) + ", above " + format_duration(options.age));
}

Penalty use_penalty(const HealthInput& input, const HealthOptions& options) {
  return penalty(
      use_points(input, options),
      std::to_string(input.uses) + " messages handled, above " + std::to_string(options.uses));
}

Penalty slow_penalty(const HealthInput& input, const HealthOptions& options) {
  return penalty(slow_points(input, options),
                 "handlers take " + format_duration(input.average_run) + " on average, above " +
                     format_duration(options.slow));
}

Penalty mailbox_penalty(const HealthInput& input, const HealthOptions& options) {
  return penalty(mailbox_points(input, options),
                 "its oldest message has waited " + format_duration(input.mailbox_age) +
                     ", above " + format_duration(options.mailbox_age));
}

Penalty limit_penalty(const HealthInput& input, const HealthOptions& options) {
  return penalty(limit_points(input, options), std::to_string(input.limit_hits) +
                                                   " limits hit, above " +
                                                   std::to_string(options.limit_hits));
}

Penalty collection_penalty(const HealthInput& input, const HealthOptions& options) {
  return penalty(collection_points(input, options),
                 std::to_string(input.emergency_collections) + " emergency collections, above " +
                     std::to_string(options.emergency_collections));
}

double health_score(const HealthInput& input, const HealthOptions& options) noexcept {
  const double lost = memory_points(input, options) + error_points(input, options) +
                      age_points(input, options) + use_points(input, options) +
                      slow_points(input, options) + mailbox_points(input, options) +
                      limit_points(input, options) + collection_points(input, options);
  return std::clamp(kBest - lost, 0.0, kBest);
}

Health assess(const HealthInput& input, const HealthOptions& options) {
  Health health;
  health.score = health_score(input, options);
  health.healthy = health.score > HealthMeter::kHealthyAbove;
  if (health.score >= kBest) return health;
  for (const auto penalty_of : {slow_penalty, error_penalty, age_penalty, memory_penalty,
                                use_penalty, mailbox_penalty, limit_penalty, collection_penalty}) {
    Penalty found = penalty_of(input, options);
    if (found.points > 0) health.reasons.push_back(std::move(found.reason));
  }
  return health;
}

std::string describe(const Health& health) {
  std::string text = "health " + text_of(health.score) + " of 100";
  const char* separator = ": ";
  for (const std::string& reason : health.reasons) {
    text += separator;
    text += reason;
    separator = "; ";
  }
  return text;
}

}  // namespace moonwright::lifecycle
