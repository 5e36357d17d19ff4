// execution_json.cpp: an ExecutionResult for programs that read JSON.
#include <cmath>
#include <utility>

#include "moonwright/execution.hpp"
#include "runtime/api/json_writer.hpp"

namespace moonwright {

namespace {

// As many decimals as mean anything.
double rounded(double value) { return std::round(value * 1'000) / 1'000; }

double milliseconds(std::chrono::nanoseconds time) {
  return rounded(std::chrono::duration<double, std::milli>(time).count());
}

void write_error(JsonWriter& json, const std::optional<Error>& error) {
  if (!error) return json.null();
  json.begin_object();
  json.key("code");
  json.string(to_string(error->code));
  json.key("message");
  json.string(error->message);
  json.key("traceback");
  json.string(error->traceback);
  json.end_object();
}

void write_process_memory(JsonWriter& json, const ExecutionResult& result) {
  if (!result.process_memory && !result.process_memory_error) return;
  json.key("process_memory");
  json.begin_object();
  if (result.process_memory) {
    const MemoryDelta& delta = *result.process_memory;
    json.key("resident_bytes");
    json.integer(delta.resident_bytes);
    json.key("resident_mib");
    json.number(rounded(to_mib(delta.resident_bytes)));
    json.key("heap_bytes");
    json.integer(delta.heap_bytes);
    json.key("heap_mib");
    json.number(rounded(to_mib(delta.heap_bytes)));
    json.key("duration_ms");
    json.number(milliseconds(delta.duration));
  } else {
    json.key("error");
    json.string(result.process_memory_error->message);
  }
  json.end_object();
}

}  // namespace

Result<std::string> to_json(const ExecutionResult& result) {
  JsonWriter json;
  const auto natural = [&json](std::string_view key, std::uint64_t value) {
    json.key(key);
    json.natural(value);
  };
  const auto number = [&json](std::string_view key, double value) {
    json.key(key);
    json.number(value);
  };
  const auto boolean = [&json](std::string_view key, bool value) {
    json.key(key);
    json.boolean(value);
  };
  const auto string = [&json](std::string_view key, std::string_view value) {
    json.key(key);
    json.string(value);
  };

  json.begin_object();
  string("id", result.id);
  boolean("success", result.success);
  string("reason", result.reason);
  json.key("values");
  if (auto written = write_values(json, result.values); !written) {
    return fail(std::move(written.error()));
  }
  json.key("error");
  write_error(json, result.error);
  number("duration_ms", milliseconds(result.duration));
  number("cpu_time_ms", milliseconds(result.cpu_time));
  natural("instructions", result.instructions);
  boolean("instructions_exact", result.instructions_exact);
  natural("memory_used_bytes", result.memory_used_bytes);
  number("memory_used_mib", rounded(result.memory_used_mib()));
  natural("memory_peak_bytes", result.memory_peak_bytes);
  number("memory_peak_mib", rounded(result.memory_peak_mib()));
  natural("collections", result.collections);
  natural("freed_bytes", result.freed_bytes);
  natural("average_freed_bytes", result.average_freed_bytes);
  natural("violations", result.violations);
  natural("warnings", result.warnings);
  write_process_memory(json, result);
  string("output", result.output);
  boolean("output_truncated", result.output_truncated);
  json.key("log_lines");
  json.begin_array();
  for (const std::string& line : result.log_lines) json.string(line);
  json.end_array();
  boolean("log_truncated", result.log_truncated);
  json.end_object();
  return json.take();
}

}  // namespace moonwright
