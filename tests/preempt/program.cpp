// program.cpp: see program.hpp.
#include "program.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <mutex>
#include <utility>

#include "moonwright/moonwright.hpp"
#include "support/preemption.hpp"

namespace moonwright::preempt {

namespace {

bool never(RuntimeOptions& options) {
  options.slice = std::chrono::seconds(10);
  return true;
}

bool at_every_instruction(RuntimeOptions& options) {
  options.slice = std::chrono::microseconds(0);
  options.default_limits.check_interval = 1;
  return tests::set_preemption(options, "count_hook");
}

bool at_every_seventh(RuntimeOptions& options) {
  options.slice = std::chrono::microseconds(0);
  options.default_limits.check_interval = 7;
  return tests::set_preemption(options, "count_hook");
}

bool by_signals(RuntimeOptions& options) {
  options.slice = std::chrono::microseconds(10);
  return tests::set_preemption(options, "signal");
}

}  // namespace

const std::vector<Mode>& modes() {
  static const std::vector<Mode> all = [] {
    std::vector<Mode> possible;
    for (const Mode& mode :
         {Mode{"never", never}, Mode{"every_instruction", at_every_instruction},
          Mode{"every_seventh", at_every_seventh}, Mode{"signals", by_signals}}) {
      RuntimeOptions options;
      if (mode.set(options)) possible.push_back(mode);
    }
    return possible;
  }();
  return all;
}

int run_program(const std::string& path, const Mode& mode) {
  RuntimeOptions options;
  mode.set(options);
  const std::filesystem::path file(path);
  options.workers = 2;
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
