// program.cpp: see program.hpp.
#include "program.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <mutex>
#include <utility>

#include "moonwright/moonwright.hpp"

namespace moonwright::preempt {
namespace {

void never(RuntimeOptions& options) { options.slice = std::chrono::seconds(10); }

void at_every_instruction(RuntimeOptions& options) {
  options.preemption = Preemption::count_hook;
  options.slice = std::chrono::microseconds(0);
  options.default_limits.check_interval = 1;
}

void at_every_seventh(RuntimeOptions& options) {
  at_every_instruction(options);
  options.default_limits.check_interval = 7;
}

void by_signals(RuntimeOptions& options) { options.slice = std::chrono::microseconds(10); }

constexpr Mode kModes[] = {{"never", never},
                           {"every_instruction", at_every_instruction},
                           {"every_seventh", at_every_seventh},
                           {"signals", by_signals}};

}  // namespace

std::span<const Mode> modes() { return kModes; }

int run_program(const std::string& path, const Mode& mode) {
  RuntimeOptions options;
  mode.set(options);
  const std::filesystem::path file(path);
  options.workers = 2;
  // Some programs do a lot, and a hook at each instruction makes it ten times as much.
  options.default_call_timeout = std::chrono::seconds(60);
  options.script_root = file.parent_path().string();
  std::mutex printing;
  options.output = [&printing](std::string_view, std::string_view text) {
    const std::lock_guard lock(printing);
    std::fwrite(text.data(), 1, text.size(), stdout);
  };
  SpawnOptions first;
  first.script = Script::file(file.filename().string());
  first.sandbox = Sandbox::none;
  first.limits = options.default_limits;
  first.limits->memory_bytes_max = kUnlimited;
  first.chunk_return = ChunkReturn::exit_code;
  std::promise<ActorExit> end;
  first.on_exit = [&end](const ActorExit& exit) { end.set_value(exit); };

  auto runtime = Runtime::start(std::move(options)).value();
  const auto actor = runtime.spawn(std::move(first)).value();
  const ActorExit exit = end.get_future().get();
  const bool complete = runtime.stop(std::chrono::seconds(10)).value().complete();
  std::printf("ended: %s %s%s\n", exit.reason.c_str(), exit.error.message.c_str(),
              complete ? "" : ", but not all of it");
  return exit.normal() && complete ? 0 : 1;
}

}  // namespace moonwright::preempt
