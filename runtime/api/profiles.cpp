// profiles.cpp: the figures of the built-in profiles.
#include "moonwright/profiles.hpp"

#include <chrono>

namespace moonwright::profiles {

Limits strict() {
  Limits limits;
  limits.memory_bytes_max = 10u << 20;
  limits.instructions_max = 1'000'000;
  limits.timeout = std::chrono::seconds(5);
  limits.check_interval = 100;
  limits.warning_threshold = 0.8;
  return limits;
}

Limits normal() {
  Limits limits;
  limits.memory_bytes_max = 50u << 20;
  limits.instructions_max = 10'000'000;
  limits.timeout = std::chrono::seconds(30);
  limits.check_interval = 1'000;
  limits.warning_threshold = 0.9;
  return limits;
}

Limits relaxed() {
  Limits limits;
  limits.memory_bytes_max = 200u << 20;
  limits.instructions_max = 100'000'000;
  limits.timeout = std::chrono::minutes(5);
  limits.check_interval = 10'000;
  limits.warning_threshold = 0.95;
  return limits;
}

std::optional<Limits> find(std::string_view name) {
  if (name == "strict") return strict();
  if (name == "normal") return normal();
  if (name == "relaxed") return relaxed();
  return std::nullopt;
}

}  // namespace moonwright::profiles
