// events.cpp: the names of events.
#include "moonwright/events.hpp"

#include <array>
#include <string>

namespace moonwright {
namespace {

constexpr std::array<std::string_view, kEventTypes> kNames = {
    "created",   "activated", "deactivated", "passivated", "woken",      "recycled",
    "destroyed", "error",     "limit",       "warning",    "dead_letter"};

}  // namespace

std::string_view to_string(EventType type) noexcept {
  return kNames[static_cast<std::size_t>(type)];
}

Result<EventType> parse_event_type(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<EventType>(i);
  }
  std::string all;
  for (const std::string_view each : kNames) all += (all.empty() ? "" : ", ") + std::string(each);
  return fail(ErrorCode::invalid_argument,
              "there is no event '" + std::string(name) + "': they are " + all);
}

}  // namespace moonwright
