// capture.hpp: what an execution prints and logs, kept for its result.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "moonwright/log.hpp"

namespace moonwright::actors {

/// Shared by an execution's actor and all that it spawns.
///
/// Thread: any.
class Capture {
 public:
  struct Contents {
    std::string output;
    std::vector<std::string> log_lines;
    bool output_truncated = false;
    bool log_truncated = false;
  };

  /// Keeps at most `bytes_max` of what is printed, and as much of what is logged.
  Capture(std::size_t bytes_max, LogLevel log_level) noexcept
      : bytes_max_(bytes_max), log_level_(log_level) {}

  /// Whether lines of this level are kept at all.
  [[nodiscard]] bool wants(LogLevel level) const noexcept { return level >= log_level_; }
  /// Answers false, and keeps nothing, once the contents have been taken.
  bool print(std::string_view text);
  void log(LogLevel level, std::string_view text);

  /// Everything so far; what comes later is not kept.
  [[nodiscard]] Contents take();

 private:
  const std::size_t bytes_max_;
  const LogLevel log_level_;
  std::mutex mutex_;
  Contents contents_;
  std::size_t log_bytes_ = 0;
  bool taken_ = false;
};

}  // namespace moonwright::actors
