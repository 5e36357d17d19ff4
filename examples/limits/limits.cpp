// limits.cpp: what scripts may use, as a C++ program says it, and what it hears of those that want
// more. Built with the tests; every step prints what the runtime has to say about it.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <future>
#include <moonwright/moonwright.hpp>
#include <semaphore>
#include <string>
#include <string_view>
#include <utility>

namespace mw = moonwright;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds kPatience{5};

double kib(std::uint64_t bytes) { return static_cast<double>(bytes) / 1024; }

void show_error(const mw::Error& error) {
  const std::string code(mw::to_string(error.code));
  std::printf("   %s: %s\n", code.c_str(), error.message.c_str());
}

/// Runs a script once and prints all there is to say about it: execute() never fails in any other
/// way than by what is in its result.
void run(mw::Runtime& runtime, std::string source, const mw::Limits& limits, mw::Values args = {}) {
  mw::ExecuteOptions options;
  options.limits = limits;
  options.args = std::move(args);
  const mw::ExecutionResult result =
      runtime.execute(mw::Script::text(std::move(source)), std::move(options)).get();
  std::fputs(result.output.c_str(), stdout);
  if (result.error) show_error(*result.error);
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(result.duration);
  std::printf("   ended: %s; %lld ms; %.1f KiB at most, %.1f KiB at the end; warned %llu times\n",
              result.reason.c_str(), static_cast<long long>(time.count()),
              kib(result.memory_peak_bytes), kib(result.memory_used_bytes),
              static_cast<unsigned long long>(result.warnings));
}

// 1. Memory, from outside. ------------------------------------------------------------------------

mw::Result<void> look_at_memory(mw::Runtime& runtime) {
  std::puts("1. The memory of an actor: Runtime::stats() and Runtime::collect()");
  const auto actor = runtime.spawn({.script = mw::Script::text(R"lua(
    local list
    return {
      idle = function() end,
      fill = function() list = {} for i = 1, 10000 do list[i] = {i} end end,
      drop = function() list = nil end,
    })lua")});
  if (!actor) return mw::fail(actor.error());

  for (const char* request : {"idle", "fill", "drop"}) {
    if (auto done = runtime.call(*actor, request, {}, kPatience).get(); !done) {
      return mw::fail(done.error());
    }
    const auto collection = runtime.collect(*actor).get();
    if (!collection) return mw::fail(collection.error());
    std::printf("   %s: %.1f KiB, after a collection %.1f KiB\n", request,
                kib(collection->before_bytes), kib(collection->after_bytes));
  }
  // What an actor uses as of the end of its last turn. This asks nobody and takes no time.
  const auto stats = runtime.stats(*actor);
  if (!stats) return mw::fail(stats.error());
  std::printf("   in use: %.1f KiB, at most: %.1f KiB, freed: %.1f KiB by %llu collections\n",
              kib(stats->memory.used_bytes), kib(stats->memory.peak_bytes),
              kib(stats->memory.freed_bytes),
              static_cast<unsigned long long>(stats->memory.forced_collections));
  return {};
}

// 2. to 6. Limits. --------------------------------------------------------------------------------

void reach_limits(mw::Runtime& runtime) {
  std::puts("2. A hard limit: memory_bytes_max");
  mw::Limits limits;
  limits.memory_bytes_max = 1 << 20;
  run(runtime, "local list = {} while true do list[#list + 1] = {} end", limits);

  // RuntimeOptions::on_soft_limit tells the host the same.
  std::puts("3. A soft limit: warning_threshold and onMemoryWarning()");
  limits = {};
  limits.memory_bytes_max = 4 << 20;
  limits.warning_threshold = 0.8;
  run(runtime, R"lua(
    local cache = {}
    function onMemoryWarning(used, limit)
      print(("   script: %d of %d bytes, so the cache goes"):format(used, limit))
      cache = {}
    end
    for i = 1, 60000 do cache[#cache + 1] = {i} end)lua",
      limits);

  std::puts("4. Memory classes: how deep a function can call itself");
  for (const auto memory_class :
       {mw::MemoryClass::minimal, mw::MemoryClass::standard, mw::MemoryClass::large}) {
    limits = {};
    limits.memory_class = memory_class;
    run(runtime, R"lua(
      local depth = 0
      local function deeper(a, b, c, d, e, f, g, h)
        depth = depth + 1
        return 1 + deeper(a, b, c, d, e, f, g, h)
      end
      -- An ordinary error: pcall catches it, and the script goes on.
      local _, message = pcall(deeper)
      print(("   %s: %d calls, then %s"):format(..., depth, message)))lua",
        limits, {std::string(mw::to_string(memory_class))});
  }

  std::puts("5. A limit on instructions: instructions_max");
  limits = {};
  limits.instructions_max = 1'000'000;
  run(runtime, "for i = 1, math.huge do end", limits);

  // No pcall helps against a limit.
  std::puts("6. A limit on time: timeout");
  limits = {};
  limits.timeout = 100ms;
  run(runtime, "while true do pcall(function() while true do end end) end", limits);
}

// 7. Cancelling. ----------------------------------------------------------------------------------

// Unlike a limit it is polite: the wait raises `cancelled`, and closing variables run.
constexpr char kWaits[] = R"lua(
  local actor, host = require "actor", require "host"
  local function wait()
    local tidy <close> = setmetatable({}, {
      __close = function(_, err) print("   script: tidying up: " .. err.message) end,
    })
    host.waiting()
    actor.sleep(60)
  end
  if ... == "wait" then wait() end
  return {wait = wait})lua";

mw::Result<void> cancel_work(mw::Runtime& runtime) {
  std::puts("7. Cancelling: tokens");
  // Scripts say by host.waiting() that they have come to their wait.
  std::binary_semaphore waiting{0};
  auto exposed = runtime.expose("host.waiting", [&waiting](mw::Call&) -> mw::Result<mw::Values> {
    waiting.release();
    return mw::Values{};
  });
  if (!exposed) return exposed;

  std::puts("   execute():");
  mw::ExecuteOptions once;  // has a token of its own
  once.args = {"wait"};
  once.sandbox = mw::Capabilities{.modules = {"host"}};
  once.capture = false;
  auto execution = runtime.execute(mw::Script::text(kWaits), once);
  waiting.acquire();
  once.token.cancel();
  if (const auto result = execution.get(); result.error) show_error(*result.error);

  std::puts("   call(), after which the actor goes on:");
  mw::CancelToken all;  // one token may be for any number of actors
  std::promise<std::string> ended;
  const auto actor = runtime.spawn({
      .script = mw::Script::text(kWaits),
      .sandbox = mw::Capabilities{.modules = {"host"}},
      .token = all,
      .on_exit = [&ended](const mw::ActorExit& exit) { ended.set_value(exit.reason); },
  });
  if (!actor) return mw::fail(actor.error());
  mw::CancelToken one;
  auto answer = runtime.call(*actor, "wait", {}, {.timeout = kPatience, .token = one});
  waiting.acquire();
  one.cancel();
  if (const auto answered = answer.get(); !answered) show_error(answered.error());

  std::puts("   spawn():");
  all.cancel();
  std::printf("   ended: %s\n", ended.get_future().get().c_str());
  return {};
}

int give_up(const mw::Error& error) {
  std::fprintf(stderr, "limits: %s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main() {
  mw::RuntimeOptions options;
  options.workers = 2;
  options.output = [](std::string_view, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
  };
  auto runtime = mw::Runtime::start(std::move(options));
  if (!runtime) return give_up(runtime.error());

  if (auto done = look_at_memory(*runtime); !done) return give_up(done.error());
  reach_limits(*runtime);
  if (auto done = cancel_work(*runtime); !done) return give_up(done.error());
  const auto report = runtime->stop(kPatience);
  return report && report->complete() ? 0 : 1;
}
