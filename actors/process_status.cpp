// process_status.cpp: the text of /proc/self/status. Pure, so that every text can be tried.
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "actors/process_memory.hpp"

namespace moonwright::actors {
namespace {

constexpr std::uint64_t kKib = 1024;
constexpr std::string_view kBlanks = " \t";

/// What stands behind `name` and a colon at the beginning of a line; nothing if no line has it.
std::optional<std::string_view> find_field(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) {
      return line.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

/// "   1234 kB" in bytes.
std::optional<std::uint64_t> parse_kilobytes(std::string_view field) {
  const std::size_t first = field.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return std::nullopt;
  field.remove_prefix(first);
  std::uint64_t count = 0;
  const auto [stop, error] = std::from_chars(field.data(), field.data() + field.size(), count);
  if (error != std::errc() || count > std::numeric_limits<std::uint64_t>::max() / kKib) {
    return std::nullopt;
  }
  field.remove_prefix(static_cast<std::size_t>(stop - field.data()));
  const std::size_t unit = field.find_first_not_of(kBlanks);
  if (unit == std::string_view::npos || unit == 0 || field.substr(unit) != "kB") {
    return std::nullopt;
  }
  return count * kKib;
}

Result<std::uint64_t> read_field(std::string_view text, std::string_view name) {
  const auto field = find_field(text, name);
  if (!field) return fail(MemoryFault::invalid_data, "there is no " + std::string(name));
  const auto bytes = parse_kilobytes(*field);
  if (!bytes) return fail(MemoryFault::invalid_data, std::string(name) + " is no number of kB");
  return *bytes;
}

}  // namespace

Result<MemorySnapshot> parse_process_status(std::string_view text) {
  const auto resident = read_field(text, "VmRSS");
  if (!resident) return fail(resident.error());
  const auto heap = read_field(text, "VmData");
  if (!heap) return fail(heap.error());
  MemorySnapshot snapshot;
  snapshot.resident_bytes = *resident;
  snapshot.heap_bytes = *heap;
  return snapshot;
}

}  // namespace moonwright::actors
