// limit_options_test.cpp: what a spawn says about limits, as the actor gets to see it.
#include <gmock/gmock.h>

#include "fake_actor.hpp"

namespace moonwright::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kSpawns = R"(
  local actor = require "actor"
  return { spawn = function(options)
    options.source = ""
    local ok, e = pcall(actor.spawn, options)
    if ok then return "ref" end
    return e.code, e.message
  end })";

/// What the limits of a spawn are changed to.
Limits changed(FakeActor& actor, Table options, Limits limits = {}) {
  EXPECT_EQ(actor.call({"spawn", std::move(options)}), "ref");
  actor.host.spawns.back().limits.apply_to(limits);
  return limits;
}

TEST(LimitOptions, AreReadOneByOne) {
  FakeActor actor(kSpawns);
  actor.start();
  const Table collector{
      {"mode", "generational"}, {"pause", 170}, {"step", 90}, {"minor", 25}, {"major", 110}};
  const Limits limits = changed(
      actor,
      Table{{"limits", Table{{"memory", "1MiB"},
                             {"instructions", 5'000},
                             {"cpu_time", 0.25},
                             {"timeout", "1.5s"},
                             {"check_interval", 10},
                             {"warning_threshold", 0.5},
                             {"collect_threshold", 0.6},
                             {"collect_interval", "20ms"},
                             {"collector", collector},
                             {"memory_class", "minimal"},
                             {"message", Table{{"depth", 3}, {"entries", 4}, {"bytes", 5}}}}},
            {"on_limit", "abort_message"},
            {"cancel_grace", 0.0015},
            {"max_in_flight", 7}});
  Limits expected;
  expected.memory_bytes_max = 1u << 20;
  expected.instructions_max = 5'000;
  expected.cpu_time_max = 250ms;
  expected.timeout = 1'500ms;
  expected.check_interval = 10;
  expected.warning_threshold = 0.5;
  expected.collect_threshold = 0.6;
  expected.collect_interval = 20ms;
  expected.collector = {CollectorOptions::Mode::generational, 170, 90, 25, 110};
  expected.memory_class = MemoryClass::minimal;
  expected.message = {3, 4, 5};
  expected.on_limit = OnLimit::abort_message;
  expected.cancel_grace = 2ms;
  expected.in_flight_max = 7;
  EXPECT_EQ(limits, expected);
}

TEST(LimitOptions, LeaveAloneWhatTheyDoNotName) {
  FakeActor actor(kSpawns);
  actor.start();
  Limits before;
  before.timeout = 7s;
  before.message.entries_max = 9;
  before.collector.step_percent = 333;
  EXPECT_EQ(changed(actor, {}, before), before);
  Limits expected = before;
  expected.message.depth_max = 2;
  expected.collector.pause_percent = 120;
  EXPECT_EQ(changed(actor,
                    Table{{"limits", Table{{"message", Table{{"depth", 2}}},
                                           {"collector", Table{{"pause", 120}}}}}},
                    before),
            expected);
}

TEST(LimitOptions, CanTakeALimitAway) {
  FakeActor actor(kSpawns);
  actor.start();
  Limits before;
  before.instructions_max = 1;
  before.cpu_time_max = before.timeout = 1s;
  const Limits limits = changed(actor,
                                Table{{"limits", Table{{"memory", "unlimited"},
                                                       {"instructions", "unlimited"},
                                                       {"cpu_time", "unlimited"},
                                                       {"timeout", "unlimited"}}}},
                                before);
  EXPECT_EQ(limits.memory_bytes_max, kUnlimited);
  EXPECT_EQ(limits.instructions_max, kUnlimited);
  EXPECT_EQ(limits.cpu_time_max, kNoTimeLimit);
  EXPECT_EQ(limits.timeout, kNoTimeLimit);
}

TEST(LimitOptions, NameAProfileForTheRuntimeToFind) {
  FakeActor actor(kSpawns);
  actor.start();
  EXPECT_EQ(actor.call({"spawn", Table{{"profile", "strict"}}}), "ref");
  EXPECT_EQ(actor.host.spawns.back().limits.profile, "strict");
}

TEST(LimitOptions, AreNamedIfTheyAreWrong) {
  FakeActor actor(kSpawns);
  actor.start();
  struct Case {
    const char* name;
    Value value;
    const char* text;
  };
  const std::vector<Case> limits = {
      {"instructions", "many", "expected an integer"},
      {"instructions", 1.5, "expected an integer"},
      {"instructions", -1, "is negative"},
      {"cpu_time", -0.1, "is not in 0..1e9 seconds"},
      {"cpu_time", 1e300, "is not in 0..1e9 seconds"},
      {"timeout", "5 weeks", "\"5 weeks\" is no time"},
      {"timeout", true, "expected a number of seconds"},
      {"check_interval", 1LL << 40, "is too large"},
      {"warning_threshold", "0.5", "expected a number"},
      {"collect_threshold", Table{}, "expected a number"},
      {"collect_interval", "-5ms", "is no time"},
      {"collector", "incremental", "expected a table"},
      {"memory_class", "tiny", "expected none, minimal, standard or large"},
      {"memory_class", 1, "expected a string"},
  };
  for (const Case& wrong : limits) {
    EXPECT_THAT(actor.call({"spawn", Table{{"limits", Table{{wrong.name, wrong.value}}}}}),
                AllOf(StartsWith("invalid_argument, option '" + std::string(wrong.name) + "'"),
                      HasSubstr(wrong.text)));
  }
  const std::vector<Case> others = {
      {"profile", 1, "expected a string"},
      {"profile", "", "is empty"},
      {"on_limit", "panic", "expected end_actor or abort_message"},
      {"cancel_grace", "soon", "is no time"},
      {"sandbox", "open", "expected none, restricted or strict"},
  };
  for (const Case& wrong : others) {
    EXPECT_THAT(actor.call({"spawn", Table{{wrong.name, wrong.value}}}),
                AllOf(StartsWith("invalid_argument, option '" + std::string(wrong.name) + "'"),
                      HasSubstr(wrong.text)));
  }
  EXPECT_THAT(actor.call({"spawn", Table{{"limits", Table{{"collector", Table{{"mode", "x"}}}}}}}),
              HasSubstr("option 'mode': no mode of the collector \"x\""));
  EXPECT_THAT(
      actor.call({"spawn", Table{{"limits", Table{{"collector", Table{{"pause", 70'000}}}}}}}),
      HasSubstr("option 'pause' is too large"));
  EXPECT_THAT(actor.call({"spawn", Table{{"limits", Table{{"collector", Table{{"paus", 1}}}}}}}),
              HasSubstr("collector has no option 'paus'"));
  EXPECT_THAT(actor.call({"spawn", Table{{"limits", Table{{"cputime", 1}}}}}),
              HasSubstr("limits has no option 'cputime'"));
}

}  // namespace
}  // namespace moonwright::runtime
