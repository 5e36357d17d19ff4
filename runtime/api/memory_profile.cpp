// memory_profile.cpp: the handle of a memory profiler, and what it saw as text and as a table.
#include "moonwright/memory_profile.hpp"

#include <cstddef>
#include <cstdint>

#include "moonwright/bytes.hpp"
#include "moonwright/durations.hpp"
#include "runtime/api/decimal.hpp"
#include "runtime/memory_sampler.hpp"

namespace moonwright {
namespace {

/// `text` with blanks before it, so that it takes `width` letters.
std::string right(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string rate(double bytes_per_second) {
  const bool falls = bytes_per_second < 0;
  const double amount = falls ? -bytes_per_second : bytes_per_second;
  return (falls ? "-" : "") + format_bytes(static_cast<std::uint64_t>(amount)) + "/s";
}

/// Without what would break a line, or tell a terminal something.
std::string plain(std::string_view label) {
  std::string text(label);
  for (char& letter : text) {
    if (static_cast<unsigned char>(letter) < ' ' || letter == '\x7f') letter = ' ';
  }
  return text;
}

std::string csv_field(std::string_view label) {
  std::string text = plain(label);
  // A spreadsheet would run these.
  if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos) {
    text.insert(text.begin(), '\'');
  }
  if (text.find_first_of("\",") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

}  // namespace

MemoryProfiler::MemoryProfiler(const MemoryProfilerOptions& options)
    : sampler_(
          std::make_shared<runtime::MemorySampler>(options, std::chrono::steady_clock::now())) {}

void MemoryProfiler::mark(std::string_view label) {
  sampler_->mark(std::chrono::steady_clock::now(), label);
}

void MemoryProfiler::stop() noexcept { sampler_->stop(); }
bool MemoryProfiler::stopped() const noexcept { return !sampler_->active(); }
MemoryProfile MemoryProfiler::profile() const { return sampler_->profile(); }

std::string to_text(const MemoryProfile& profile) {
  if (profile.empty()) return "memory profile: no samples were taken\n";
  std::string text = "memory profile\n";
  text += "  duration   " + format_duration(profile.duration) + "\n";
  text += "  samples    " + std::to_string(profile.samples_taken) + " taken, " +
          std::to_string(profile.samples.size()) + " kept\n";
  text += "  average    " + format_bytes(static_cast<std::uint64_t>(profile.average_bytes)) + "\n";
  text += "  peak       " + format_bytes(profile.peak_bytes) + "\n";
  text += "  peak rate  " + rate(profile.peak_bytes_per_second) + "\n";
  for (const MemorySample& sample : profile.samples) {
    if (sample.label.empty()) continue;
    const auto at = milliseconds(sample.at - profile.samples.front().at);
    text += "  " + right(format_fixed(at, 3), 10) + " ms  " +
            right(format_bytes(sample.used_bytes), 12) + "  " + plain(sample.label) + "\n";
  }
  return text;
}

std::string to_csv(const MemoryProfile& profile) {
  std::string text = "time_ms,used_bytes,bytes_per_second,stack_depth,label\n";
  for (const MemorySample& sample : profile.samples) {
    text += format_fixed(milliseconds(sample.at), 3) + ',' + std::to_string(sample.used_bytes) +
            ',' + format_fixed(sample.bytes_per_second, 0) + ',' +
            std::to_string(sample.stack_depth) + ',' + csv_field(sample.label) + '\n';
  }
  return text;
}

}  // namespace moonwright
