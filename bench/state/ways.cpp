// ways.cpp: the ways to run a program that are compared: plain Lua, and ours under several limits.
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include "state/comparison.hpp"
#include "support/cpu_time.hpp"
#include "support/process.hpp"
#include "support/stage.hpp"

namespace moonwright::bench {
namespace {

/// A single run of a program takes a fraction of a second; with a hook at each instruction, more.
constexpr std::chrono::seconds kRunPatience{30};
/// So many units of a program's work, a millisecond each, before the clock starts.
constexpr int kWarmUnits = 5;

int units_of(const Effort& effort) { return effort.quick ? 10 : 100; }

std::string program_path(const std::string& program) {
  return MOONWRIGHT_SOURCE_DIR "/bench/state/programs/" + program + ".lua";
}

Way plain() {
  return {"plain", [](const std::string& program, const Effort& effort) {
            const std::string peer = MOONWRIGHT_SOURCE_DIR "/bench/state/scripts/peer.lua";
            return run_program({MOONWRIGHT_PLAIN_LUA, peer, program_path(program),
                                std::to_string(units_of(effort)), std::to_string(kWarmUnits)},
                               kRunPatience);
          }};
}

/// Ours: the program as an actor.
struct Setting {
  Sandbox level = Sandbox::restricted;
  Limits limits{};
  Preemption preemption = Preemption::signal;
  int units_per_call = 0;  ///< 0: all of them in one
};

Figures run_program_as_actor(const std::string& program, const Effort& effort,
                             const Setting& setting) {
  RuntimeOptions options;
  options.default_call_timeout = Stage::kTimeout;
  options.preemption = setting.preemption;
  Stage stage("state", std::move(options));
  SpawnOptions limited;
  limited.limits = setting.limits;
  limited.sandbox = setting.level;
  const ActorRef work = stage.spawn("programs/" + program + ".lua", std::move(limited));
  const ActorRef client = stage.spawn("scripts/client.lua");
  const int units = units_of(effort);
  const int per_call = setting.units_per_call == 0 ? units : setting.units_per_call;
  stage.call(client, "run", {work, kWarmUnits, 1});
  const double start = cpu_seconds();
  stage.call(client, "run", {work, units, per_call});
  return {{"cpu_ms", (cpu_seconds() - start) * 1e3}};
}

Way ours(std::string name, Setting setting) {
  return {std::move(name), [setting](const std::string& program, const Effort& effort) {
            return run_isolated([&] { return run_program_as_actor(program, effort, setting); },
                                kRunPatience);
          }};
}

Setting time_limited() {
  Setting setting;
  setting.limits.timeout = kRunPatience;
  return setting;
}

Setting exact() {
  Setting setting;
  // Limits below 5 million are exact; so a call may not be longer than a few units.
  setting.limits.instructions_max = 4'999'999;
  setting.units_per_call = 1;
  return setting;
}

Setting hooked(std::uint32_t interval) {
  Setting setting;
  setting.limits.check_interval = interval;
  setting.preemption = Preemption::count_hook;
  return setting;
}

Setting at_level(Sandbox level) {
  Setting setting;
  setting.level = level;
  return setting;
}

Setting collected(CollectorOptions::Mode mode, std::uint16_t pause_percent) {
  Setting setting;
  setting.limits.collector.mode = mode;
  setting.limits.collector.pause_percent = pause_percent;
  return setting;
}

}  // namespace

Comparison against_plain_lua() {
  return {.title =
              "processor time relative to plain Lua with malloc: median (lowest-highest), fastest "
              "to fastest",
          .base = plain(),
          .ways = {ours("no_limits", {}), ours("time_limited", time_limited()),
                   ours("exact", exact())}};
}

Comparison with_count_hooks() {
  Comparison comparison{.title =
                            "the same with a count hook, relative to none, by the number of "
                            "instructions between two calls",
                        .base = ours("none", {}),
                        .ways = {}};
  for (const std::uint32_t interval : {1u, 10u, 100u, 1'000u, 10'000u}) {
    comparison.ways.push_back(ours("hook_" + std::to_string(interval), hooked(interval)));
  }
  return comparison;
}

Comparison between_levels() {
  return {.title = "the same at other sandbox levels, relative to `none`",
          .base = ours("none", at_level(Sandbox::none)),
          .ways = {ours("restricted", at_level(Sandbox::restricted)),
                   ours("strict", at_level(Sandbox::strict))}};
}

Comparison between_collectors() {
  using Mode = CollectorOptions::Mode;
  return {.title = "the same under other collectors, relative to the usual one",
          .base = ours("usual", {}),
          .ways = {ours("pause_200", collected(Mode::incremental, 200)),
                   ours("pause_120", collected(Mode::incremental, 120)),
                   ours("generational", collected(Mode::generational, 150))}};
}

}  // namespace moonwright::bench
