// log_level.cpp: the names of log levels.
#include <array>
#include <cstddef>

#include "moonwright/log.hpp"

namespace moonwright {

namespace {

// By value of the level.
constexpr std::array<std::string_view, 6> kNames = {"trace", "debug", "info",
                                                    "warn",  "error", "off"};
static_assert(kNames.size() == static_cast<std::size_t>(LogLevel::off) + 1);

}  // namespace

std::string_view to_string(LogLevel level) noexcept {
  const auto index = static_cast<std::size_t>(level);
  return index < kNames.size() ? kNames[index] : "off";
}

Result<LogLevel> parse_log_level(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<LogLevel>(i);
  }
  return fail(ErrorCode::invalid_argument,
              "no log level \"" + std::string(name) +
                  "\": expected trace, debug, info, warn, error or off");
}

}  // namespace moonwright
