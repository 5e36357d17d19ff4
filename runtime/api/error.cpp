// error.cpp: the names of error codes.
#include "moonwright/error.hpp"

#include <array>
#include <cstddef>

namespace moonwright {

namespace {

// By value of the code.
constexpr std::array<std::string_view, 24> kNames = {
    "error",        "error_in_handler", "timeout",      "cancelled",         "dead",
    "killed",       "stopped",          "overload",     "no_handler",        "deadlock",
    "denied",       "too_large",        "memory_limit", "instruction_limit", "cpu_limit",
    "quota_denied", "invalid_argument", "syntax_error", "not_found",         "already_exists",
    "corrupt",      "incompatible",     "io",           "unsupported",
};
static_assert(kNames.size() == static_cast<std::size_t>(ErrorCode::unsupported) + 1);

}  // namespace

std::string_view to_string(ErrorCode code) noexcept {
  const auto index = static_cast<std::size_t>(code);
  return index < kNames.size() ? kNames[index] : "error";
}

std::optional<ErrorCode> parse_error_code(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<ErrorCode>(i);
  }
  return std::nullopt;
}

}  // namespace moonwright
