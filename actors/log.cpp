// log.cpp: what a log line looks like; writing it is spdlog's.
#include "actors/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cstdio>
#include <exception>
#include <string>
#include <utility>

namespace moonwright::actors {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  return static_cast<spdlog::level::level_enum>(level);
}

/// `text` as the inside of a JSON string. Bytes that are no valid UTF-8 pass as they are.
void append_json(std::string& out, std::string_view text) {
  for (const char letter : text) {
    switch (letter) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(letter) >= 0x20) {
          out += letter;
        } else {
          char escaped[8];
          std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(letter));
          out += escaped;
        }
    }
  }
}

std::string as_json(const LogRecord& record) {
  std::string line = "\"level\":\"";
  line += to_string(record.level);
  line += "\",\"actor\":\"";
  append_json(line, record.actor);
  line += "\",\"id\":" + std::to_string(record.actor_id) + ",\"message\":\"";
  append_json(line, record.message);
  line += "\"}";
  return line;
}

std::string as_text(const LogRecord& record) {
  std::string line(to_string(record.level));
  line.resize(6, ' ');
  if (!record.actor.empty()) {
    line += "[";
    line += record.actor;
    line += "#" + std::to_string(record.actor_id) + "] ";
  }
  line += record.message;
  return line;
}

// The level is ours: spdlog calls `warn` a warning.
constexpr const char* kTextPattern = "%Y-%m-%d %H:%M:%S.%e %v";
constexpr const char* kJsonPattern = "{\"ts\":\"%Y-%m-%dT%H:%M:%S.%e%z\",%v";

}  // namespace

Log::Log(const LogOptions& options)
    : level_(options.target == LogOptions::Target::none ? LogLevel::off : options.level),
      format_(options.format),
      callback_(options.target == LogOptions::Target::callback ? options.callback : nullptr) {}

Log::~Log() { flush(); }

Result<std::unique_ptr<Log>> Log::open(const LogOptions& options) {
  using Target = LogOptions::Target;
  if (options.target == Target::callback && !options.callback) {
    return fail(ErrorCode::invalid_argument, "log.target is callback, but log.callback is empty");
  }
  if (options.target == Target::file && options.path.empty()) {
    return fail(ErrorCode::invalid_argument, "log.target is file, but log.path is empty");
  }
  std::unique_ptr<Log> log(new Log(options));
  if (options.target == Target::none || options.target == Target::callback) return log;
  try {
    spdlog::sink_ptr sink;
    if (options.target == Target::file) {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.path);
    } else {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    }
    log->logger_ = std::make_shared<spdlog::logger>("moonwright", std::move(sink));
    log->logger_->set_pattern(options.format == LogFormat::json ? kJsonPattern : kTextPattern);
    log->logger_->set_level(level_of(options.level));
    log->logger_->flush_on(spdlog::level::warn);
    // The library prints nothing, not even that it cannot write its log.
    log->logger_->set_error_handler([](const std::string&) {});
  } catch (const std::exception& exception) {
    return fail(ErrorCode::io, std::string("cannot open the log: ") + exception.what());
  }
  return log;
}

void Log::write(const LogRecord& record) noexcept {
  if (!enabled(record.level) || record.level == LogLevel::off) return;
  try {
    if (callback_) {
      callback_(record);
    } else if (logger_) {
      const std::string line = format_ == LogFormat::json ? as_json(record) : as_text(record);
      logger_->log(level_of(record.level), "{}", line);
    }
  } catch (...) {
    // A log that fails must not take the actor with it that had something to say.
  }
}

void Log::flush() noexcept {
  try {
    if (logger_) logger_->flush();
  } catch (...) {
  }
}

}  // namespace moonwright::actors
