// log.hpp: where the runtime's log goes. By default nowhere.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "moonwright/export.hpp"
#include "moonwright/result.hpp"

namespace moonwright {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };
enum class LogFormat : std::uint8_t {
  text,  ///< `2026-11-20 12:00:00.123 warn  [counter.lua#3] message`
  json,  ///< one object a line: ts, level, actor, id, message
};

/// One entry of the log. All views are borrowed for the duration of the call.
struct LogRecord {
  LogLevel level = LogLevel::info;
  std::string_view actor;  ///< name of the actor concerned; empty for the runtime itself
  std::uint64_t actor_id = 0;
  std::string_view message;  ///< may span lines: a traceback does
};

/// Where the log goes, and how much of it.
struct LogOptions {
  enum class Target : std::uint8_t { none, standard_error, file, callback };

  Target target = Target::none;
  LogLevel level = LogLevel::info;  ///< what is below is not even formatted
  LogFormat format = LogFormat::text;
  std::string path{};  ///< for Target::file; appended to
  /// For Target::callback. Thread: any, several at once; must not block and must not call back into
  /// the Runtime's blocking functions.
  std::function<void(const LogRecord&)> callback{};
};

/// "trace", "debug", "info", "warn", "error" or "off".
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(LogLevel level) noexcept;
/// The inverse. Errors: invalid_argument; the message lists the names.
[[nodiscard]] MOONWRIGHT_API Result<LogLevel> parse_log_level(std::string_view name);

}  // namespace moonwright
