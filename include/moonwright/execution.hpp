// execution.hpp: a script that is run once, and all there is to say about it afterwards.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "moonwright/cancel_token.hpp"
#include "moonwright/cpu_profile.hpp"
#include "moonwright/export.hpp"
#include "moonwright/memory_profile.hpp"
#include "moonwright/memory_tracker.hpp"
#include "moonwright/options.hpp"
#include "moonwright/profiles.hpp"
#include "moonwright/result.hpp"
#include "moonwright/value.hpp"

namespace moonwright {

/// How to execute a script. All of it has defaults.
struct ExecuteOptions {
  std::string id{};  ///< comes back in the result; means nothing to the runtime
  Values args{};     ///< the chunk sees them as `...`
  /// `limits.timeout` covers the execution as a whole.
  Limits limits = profiles::normal();
  SandboxOptions sandbox{};  ///< what is not given is RuntimeOptions::default_sandbox's
  /// Tripping it gives the execution up: its result is the error `cancelled`.
  CancelToken token{};
  /// What the values that the chunk returns mean. With `values` the execution ends when the chunk
  /// and its forks do; with the others it can become a behaviour, and ends when the actor does.
  ChunkReturn chunk_return = ChunkReturn::values;
  /// Collects all garbage before the state goes, so that `memory_used_bytes` is what the script
  /// kept, and `freed_bytes` has what it did not. Takes time in proportion to what it kept.
  bool profile_memory = false;
  /// Measures what the process uses before and after: see ExecutionResult::process_memory. Takes
  /// some 50 us, and never fails the script.
  bool track_process_memory = false;
  /// Who measures. Borrowed until the execution is over; null: the platform's.
  ProcessMemoryReader* memory_reader = nullptr;
  /// Sample the script from before it begins to its end. A profile of memory always has the samples
  /// `initial` (an empty state), `execution` (the chunk is about to run), `after_execution` and
  /// `after_gc` (after a collection), unless the script never began. They are not stopped: the same
  /// profiler of processor time may see several executions.
  std::optional<MemoryProfiler> memory_profiler{};
  std::optional<CpuProfiler> cpu_profiler{};
  /// Keeps what the script, and the actors that it spawns, print and log in the result. What they
  /// print goes nowhere else then; their log goes on to the runtime's.
  bool capture = true;
  /// What is kept of the output and, apart from it, of the log, up to 1 GiB each.
  std::size_t output_bytes_max = 1u << 20;
  /// Log lines below it are not kept.
  LogLevel capture_log_level = LogLevel::info;
};

/// How an execution went. Every failure is in here, also of a script that could not be started.
struct ExecutionResult {
  std::string id;
  bool success = false;  ///< the script ended by itself, and without an error
  /// How its actor ended: see ActorExit::reason. Empty if it never began.
  std::string reason;
  Values values;  ///< what the chunk returned
  std::optional<Error> error;

  std::chrono::nanoseconds duration{0};  ///< on the wall, from the chunk's start to the end
  std::chrono::nanoseconds cpu_time{0};
  std::uint64_t instructions = 0;  ///< 0 where they were not counted
  bool instructions_exact = false;

  std::uint64_t memory_used_bytes = 0;  ///< at the end
  std::uint64_t memory_peak_bytes = 0;
  std::uint64_t collections = 0;  ///< that were forced
  std::uint64_t freed_bytes = 0;  ///< by those
  std::uint64_t average_freed_bytes = 0;
  std::uint64_t violations = 0;  ///< allocations that the limit did not allow
  std::uint64_t warnings = 0;    ///< calls of onMemoryWarning() and onResourceWarning()

  /// What the process used more at the end, while the state was still there, than before it was
  /// made; other actors' doings included. Only with ExecuteOptions::track_process_memory, for a
  /// script that began, and if it could be measured.
  std::optional<MemoryDelta> process_memory;
  std::optional<Error> process_memory_error;  ///< why it could not: see MemoryFault

  std::string output;  ///< what was printed
  bool output_truncated = false;
  std::vector<std::string> log_lines;  ///< "warn  text"; a traceback stays in its line
  bool log_truncated = false;

  [[nodiscard]] double memory_used_mib() const noexcept { return to_mib(memory_used_bytes); }
  [[nodiscard]] double memory_peak_mib() const noexcept { return to_mib(memory_peak_bytes); }
};

/// The result as one JSON object on one line, without a newline. Its keys are the fields' names,
/// with units: `duration_ms`, `cpu_time_ms`, `memory_used_bytes`, `memory_used_mib`,
/// `memory_peak_bytes`, `memory_peak_mib`. `values` and strings are as to_json(const Values&) has
/// them; `error` is null or an object with code, message and traceback. `process_memory`, only
/// there if it was tracked, has `resident_bytes`, `heap_bytes`, both in MiB and `duration_ms`, or
/// just `error`, a text. Thread: any. Errors: too_large (the values).
[[nodiscard]] MOONWRIGHT_API Result<std::string> to_json(const ExecutionResult& result);

}  // namespace moonwright
