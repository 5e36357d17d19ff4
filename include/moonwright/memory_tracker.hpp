// memory_tracker.hpp: the memory of the whole process, as the operating system sees it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "moonwright/export.hpp"
#include "moonwright/result.hpp"

namespace moonwright {

/// Why there is no figure. As the code of an Error: `unsupported`, `io`, `corrupt`; its message
/// begins with the name.
enum class MemoryFault : std::uint8_t {
  platform_unavailable,  ///< nobody knows how to measure on this system
  measurement_failed,    ///< the system refused
  invalid_data,          ///< the system's answer makes no sense
};

/// "platform_unavailable", "measurement_failed" or "invalid_data". Static storage.
[[nodiscard]] MOONWRIGHT_API std::string_view to_string(MemoryFault fault) noexcept;
/// Makes the failed side of a Result: `return fail(MemoryFault::invalid_data, "no VmRSS");`.
[[nodiscard]] MOONWRIGHT_API tl::unexpected<Error> fail(MemoryFault fault, std::string_view text);
/// The fault that an Error of a ProcessMemoryReader stands for; nothing for any other.
[[nodiscard]] MOONWRIGHT_API std::optional<MemoryFault> memory_fault_of(const Error& error);

/// What the process uses at one moment.
struct MemorySnapshot {
  std::uint64_t resident_bytes = 0;  ///< in the machine's memory. Linux: VmRSS
  std::uint64_t heap_bytes = 0;      ///< private and writable, touched or not. Linux: VmData
  std::chrono::steady_clock::time_point taken_at{};

  friend bool operator==(const MemorySnapshot&, const MemorySnapshot&) = default;
};

/// What has changed between two snapshots; negative where there is less.
struct MemoryDelta {
  std::int64_t resident_bytes = 0;
  std::int64_t heap_bytes = 0;
  std::chrono::nanoseconds duration{0};

  friend bool operator==(const MemoryDelta&, const MemoryDelta&) = default;
};

/// From `before` to `after`. What no 64-bit number holds becomes the nearest that one does.
[[nodiscard]] MOONWRIGHT_API MemoryDelta operator-(const MemorySnapshot& after,
                                                   const MemorySnapshot& before) noexcept;

/// Bytes in units of 1,048,576.
[[nodiscard]] constexpr double to_mib(std::uint64_t bytes) noexcept {
  return static_cast<double>(bytes) / (1u << 20);
}
[[nodiscard]] constexpr double to_mib(std::int64_t bytes) noexcept {
  return static_cast<double>(bytes) / (1u << 20);
}

/// Who measures. The platform has one; a test or a host may have another.
///
/// Thread: any, several at once. Must outlive whatever it was given to. Does not throw.
class ProcessMemoryReader {
 public:
  ProcessMemoryReader() = default;
  ProcessMemoryReader(const ProcessMemoryReader&) = delete;
  ProcessMemoryReader& operator=(const ProcessMemoryReader&) = delete;
  virtual ~ProcessMemoryReader() = default;

  /// Errors: those of MemoryFault.
  [[nodiscard]] virtual Result<MemorySnapshot> read() noexcept = 0;
};

/// That of the system that this was compiled for: Linux, macOS or Windows. Elsewhere its answer is
/// always `platform_unavailable`. Lives as long as the process. Thread: any.
[[nodiscard]] MOONWRIGHT_API ProcessMemoryReader& platform_memory_reader() noexcept;

/// Snapshots, and what has changed since the first of them.
///
/// Process memory is the sum of everything: other actors, other threads, and what malloc() keeps.
/// For what one actor uses, to the byte, ask Runtime::stats().
///
/// Thread: as an int.
class MemoryTracker {
 public:
  /// Borrows `reader`. Measures nothing yet.
  explicit MemoryTracker(ProcessMemoryReader& reader = platform_memory_reader()) noexcept
      : reader_(&reader) {}

  /// What the process uses now. Errors: those of MemoryFault.
  [[nodiscard]] Result<MemorySnapshot> snapshot() const noexcept { return reader_->read(); }

  /// Takes the snapshot that delta() counts from, in place of an earlier one. Errors: those of
  /// MemoryFault; delta() then has the same.
  MOONWRIGHT_API Result<void> start() noexcept;
  /// What has changed since start(). May be asked any number of times. Errors: those of
  /// MemoryFault, now or at the start; invalid_argument if there was none.
  [[nodiscard]] MOONWRIGHT_API Result<MemoryDelta> delta() const noexcept;

 private:
  ProcessMemoryReader* reader_;
  std::optional<Result<MemorySnapshot>> start_;
};

}  // namespace moonwright
