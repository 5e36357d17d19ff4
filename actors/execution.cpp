// execution.cpp: see execution.hpp. An execution is a spawn whose end is told in more detail.
#include "actors/execution.hpp"

#include <memory>
#include <utility>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"

namespace moonwright::actors {
namespace {

/// What an execution can keep of what is printed.
constexpr std::size_t kOutputBytesMax = std::size_t{1} << 30;

}  // namespace

void Execution::finish(ActorExit exit, const runtime::Usage& usage) {
  result_.reason = std::move(exit.reason);
  result_.values = std::move(exit.values);
  result_.success = result_.reason == "normal";
  if (!result_.success) result_.error = std::move(exit.error);
  fill_in(usage);
  deliver();
}

void Execution::refuse(Error error) {
  result_.error = std::move(error);
  deliver();
}

void Execution::fill_in(const runtime::Usage& usage) {
  const ActorStats& stats = usage.stats;
  result_.duration = usage.duration;
  result_.cpu_time = stats.cpu_time;
  result_.instructions = stats.instructions;
  result_.instructions_exact = stats.instructions_exact;
  result_.memory_used_bytes = stats.memory.used_bytes;
  result_.memory_peak_bytes = stats.memory.peak_bytes;
  result_.collections = stats.memory.forced_collections;
  result_.freed_bytes = stats.memory.freed_bytes;
  result_.average_freed_bytes = stats.memory.average_freed_bytes;
  result_.violations = stats.memory.violations;
  result_.warnings = stats.warnings;
  if (!usage.process_memory) return;
  if (*usage.process_memory) {
    result_.process_memory = **usage.process_memory;
  } else {
    result_.process_memory_error = usage.process_memory->error();
  }
}

void Execution::deliver() {
  if (capture_ != nullptr) {
    Capture::Contents contents = capture_->take();
    result_.output = std::move(contents.output);
    result_.output_truncated = contents.output_truncated;
    result_.log_lines = std::move(contents.log_lines);
    result_.log_truncated = contents.log_truncated;
  }
  done_(std::move(result_));
}

void execute(Core& core, Script script, ExecuteOptions options,
             std::function<void(ExecutionResult)> done) {
  std::shared_ptr<Capture> capture;
  if (options.capture) {
    capture = std::make_shared<Capture>(options.output_bytes_max, options.capture_log_level);
  }
  auto execution =
      std::make_shared<Execution>(std::move(options.id), std::move(capture), std::move(done));
  const auto refuse = [&core, &execution](Error error) {
    core.callbacks().post([execution, error = std::move(error)] { execution->refuse(error); });
  };
  if (options.output_bytes_max > kOutputBytesMax) {
    return refuse({ErrorCode::invalid_argument, "output_bytes_max is more than 1.00 GiB", {}});
  }
  SpawnOptions spawn;
  spawn.script = std::move(script);
  spawn.args = std::move(options.args);
  spawn.limits = options.limits;
  spawn.sandbox = options.sandbox;
  spawn.chunk_return = options.chunk_return;
  spawn.limits_cover_chunk = true;
  spawn.token = options.token;
  SpawnExtras extras;
  extras.capture = execution->capture();
  extras.is_execution = true;
  extras.profile_memory = options.profile_memory;
  extras.memory_profiler = options.memory_profiler;
  extras.cpu_profiler = options.cpu_profiler;
  if (options.track_process_memory) {
    extras.process_memory.emplace(options.memory_reader != nullptr ? *options.memory_reader
                                                                   : platform_memory_reader());
  }
  extras.on_end = [execution](ActorExit exit, const runtime::Usage& usage) {
    execution->finish(std::move(exit), usage);
  };
  auto actor = core.spawn(std::move(spawn), std::move(extras));
  if (!actor) refuse(std::move(actor.error()));
}

}  // namespace moonwright::actors
