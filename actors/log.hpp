// log.hpp: the runtime's log, behind the option that says where it goes.
#pragma once

#include <memory>
#include <string_view>

#include "moonwright/log.hpp"

namespace spdlog {
class logger;
}

namespace moonwright::actors {

/// Thread: any.
class Log {
 public:
  /// Errors: io (the file), invalid_argument (a target without its path or callback).
  [[nodiscard]] static Result<std::unique_ptr<Log>> open(const LogOptions& options);
  ~Log();

  [[nodiscard]] bool enabled(LogLevel level) const noexcept { return level >= level_; }
  void write(const LogRecord& record) noexcept;
  void flush() noexcept;

 private:
  explicit Log(const LogOptions& options);

  const LogLevel level_;
  const LogFormat format_;
  const std::function<void(const LogRecord&)> callback_;
  std::shared_ptr<spdlog::logger> logger_;  ///< null for Target::none and Target::callback
};

}  // namespace moonwright::actors
