// figures.cpp: what a script takes of the process, of memory and of time.
#include <chrono>
#include <cstdio>
#include <moonwright/moonwright.hpp>

namespace mw = moonwright;
using namespace std::chrono_literals;

namespace {

constexpr const char* kJob = R"(
  local actor = require "actor"
  local function fill(n) local t = {} for i = 1, n do t[i] = {i} end return t end
  local function sum(t)
    local x = 0
    for round = 1, 100 do for i = 1, #t do x = x + t[i][1] end end
    return x
  end
  local t = fill(100000)
  actor.mark "filled"
  local total = sum(t)
  return total
)";

/// One execution, with everything that there is to know about it.
bool execute(mw::Runtime& runtime) {
  mw::ExecuteOptions options;
  options.limits = mw::profiles::relaxed();
  options.track_process_memory = true;
  options.memory_profiler = mw::MemoryProfiler({.samples_max = 1'000});
  options.cpu_profiler = mw::CpuProfiler();
  const mw::ExecutionResult result = runtime.execute(mw::Script::text(kJob, "job"), options).get();
  if (!result.success) return false;

  std::printf("the actor at its end: %.1f MiB\n", result.memory_used_mib());
  if (result.process_memory) {
    std::printf("the process: %+.1f MiB\n", mw::to_mib(result.process_memory->resident_bytes));
  } else {
    std::printf("the process: %s\n", result.process_memory_error->message.c_str());
  }
  std::fputs(mw::to_text(options.memory_profiler->profile()).c_str(), stdout);
  std::puts("where the time went:");
  std::fputs(mw::to_folded(options.cpu_profiler->profile()).c_str(), stdout);
  return true;
}

/// An actor that runs already: profilers come and go.
bool watch(mw::Runtime& runtime) {
  auto actor =
      runtime.spawn({.script = mw::Script::text(
                         "return { keep = function(n) kept = ('x'):rep(n) end }", "keeper")});
  if (!actor) return false;
  mw::MemoryProfiler memory({.samples_max = 1'000, .interval_min = 1ms});
  mw::CpuProfiler time;
  if (!runtime.profile_memory(memory, *actor)) return false;
  runtime.profile_cpu(time);  // of all actors; profile_cpu(time, *actor) would see this one

  const auto kept = runtime.call(*actor, "keep", {1 << 20}, 5s).get();
  memory.mark("the host has waited");

  memory.stop();
  time.stop();
  const mw::MemoryProfile profile = memory.profile();
  std::printf("kept: %.1f MiB at most\n", mw::to_mib(profile.peak_bytes));
  std::FILE* picture = std::fopen("memory.svg", "w");
  if (picture == nullptr) return false;
  std::fputs(mw::to_svg(profile, "the keeper").c_str(), picture);
  return std::fclose(picture) == 0 && kept.has_value();
}

}  // namespace

int main() {
  auto runtime = mw::Runtime::start({.workers = 2});
  if (!runtime) return std::fprintf(stderr, "%s\n", runtime.error().message.c_str()), 1;
  const bool done = execute(*runtime) && watch(*runtime);
  return done && runtime->stop(5s)->complete() ? 0 : 1;
}
