// limits_test.cpp: limits, levels and profiles from the command line.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using ::testing::HasSubstr;

/// What the first actor has itself, found out by giving it away: nobody gives more than that. Each
/// word is a limit's name, as text, or "unlimited".
constexpr char kProbe[] = R"(
  local actor = require "actor"
  local function gives(limits) return (pcall(actor.spawn, { source = "", limits = limits })) end
  local function limit(name, values)
    if gives{ [name] = "unlimited" } then return "unlimited" end
    local most = "nothing"
    for _, value in ipairs(values) do if gives{ [name] = value } then most = value end end
    return tostring(most)
  end
  print(actor.info().memory.limit_bytes,
        limit("instructions", { 1000, 1000000, 10000000, 100000000 }),
        limit("cpu_time", { "1ms", "200ms", "2s" }),
        limit("timeout", { "3s", "5s", "30s", "5m" })))";

std::string probe(std::vector<std::string> options) {
  options.insert(options.begin(), "exec");
  options.insert(options.end(), {"-e", kProbe});
  const Finished finished = run_command(options);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  return finished.out;
}

TEST(Limits, OfExecAreThoseOfTheProfileNormal) {
  EXPECT_EQ(probe({}), "52428800\t10000000\tunlimited\t30s\n");
}

TEST(Limits, CanBeSetOneByOne) {
  EXPECT_EQ(probe({"--memory", "8MiB", "--instructions", "1000", "--cpu-time", "200ms", "--timeout",
                   "5s"}),
            "8388608\t1000\t200ms\t5s\n");
}

TEST(Limits, CanBeTakenAway) {
  EXPECT_EQ(probe({"--memory", "unlimited", "--instructions", "unlimited", "--cpu-time",
                   "unlimited", "--timeout", "unlimited"}),
            "inf\tunlimited\tunlimited\tunlimited\n");
}

TEST(Limits, OfAProfileAreItsFigures) {
  EXPECT_EQ(probe({"--profile", "strict"}), "10485760\t1000000\tunlimited\t5s\n");
  EXPECT_EQ(probe({"--profile", "normal"}), probe({}));
  EXPECT_EQ(probe({"--profile", "relaxed"}), "209715200\t100000000\tunlimited\t5m\n");
}

TEST(Limits, SetApartBeatThoseOfTheProfile) {
  EXPECT_EQ(probe({"--memory", "1MiB", "--profile", "strict", "--timeout", "3s"}),
            "1048576\t1000000\tunlimited\t3s\n");
}

TEST(Limits, HoldForSpawnedActorsToo) {
  const Finished finished = run_source(
      R"(
    local actor = require "actor"
    local child = actor.spawn{ source = [[
      local actor = require "actor"
      return { try = function(limits)
        local ok, err = pcall(actor.spawn, { source = "", limits = limits })
        return ok or err.message
      end }
    ]] }
    print(child:call("try", { instructions = 1001 }))
    print(child:call("try", { timeout = 3 }))
    print(child:call("try", { memory = "8MiB" }))
    print(child:call("try", { instructions = 1000, timeout = 2, memory = "1MiB" })))",
      {"--instructions", "1000", "--timeout", "2s", "--memory", "1MiB", "--sandbox", "none"});
  EXPECT_EQ(finished.out,
            "limits.instructions is more than the spawner has itself\n"
            "limits.timeout is more than the spawner has itself\n"
            "limits.memory is more than the spawner has itself\n"
            "true\n");
}

TEST(Limits, ThatDoNotExistAreNamedWithThoseThatDo) {
  const Finished finished = run_command({"exec", "--profile", "lax", "-e", "return 1"});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.err, "moonwright: no profile 'lax': there are strict, normal, relaxed\n");
}

constexpr char kLevel[] = "print(io and 'none' or load and 'restricted' or 'strict') return nil";

TEST(Sandbox, OfTheFirstActorIsTheCommandsUnlessToldOtherwise) {
  EXPECT_EQ(run_source(kLevel).out, "none\n");
  EXPECT_EQ(run_command({"exec", "-e", kLevel}).out, "restricted\nnil\n");
  for (const std::string level : {"none", "restricted", "strict"}) {
    EXPECT_EQ(run_source(kLevel, {"--sandbox", level}).out, level + "\n");
    EXPECT_EQ(run_command({"exec", "--sandbox", level, "-e", kLevel}).out, level + "\nnil\n");
  }
}

TEST(Sandbox, ComesWithTheProfileUnlessToldOtherwise) {
  EXPECT_EQ(run_source(kLevel, {"--profile", "strict"}).out, "strict\n");
  EXPECT_EQ(run_source(kLevel, {"--profile", "normal"}).out, "restricted\n");
  EXPECT_EQ(run_source(kLevel, {"--profile", "relaxed"}).out, "restricted\n");
  EXPECT_EQ(run_source(kLevel, {"--profile", "strict", "--sandbox", "none"}).out, "none\n");
}

TEST(Limits, ThatWereReachedTakeOneLine) {
  for (const char* command : {"run", "exec"}) {
    const std::string code = "local t = {} for i = 1, 1e9 do t[i] = {} end";
    const Finished finished = std::string(command) == "run"
                                  ? run_source(code, {"--memory", "1MiB"})
                                  : run_command({"exec", "--memory", "1MiB", "-e", code});
    EXPECT_EQ(finished.exit_code, 3);
    EXPECT_THAT(finished.err, HasSubstr("moonwright: a limit stopped actor '"));
    EXPECT_THAT(finished.err, HasSubstr("memory limit of 1.00 MiB reached"));
    // One line of the command, and one of the log where the script is not trusted.
    EXPECT_LE(std::count(finished.err.begin(), finished.err.end(), '\n'), 2) << finished.err;
  }
}

TEST(Limits, AreNoneIfACallGotNoAnswer) {
  const Finished finished = run_source(R"(
    local actor = require "actor"
    local silent = actor.spawn{ source = "local a = require 'actor' return { ask = a.defer }" }
    actor.within(0.01, function() silent:call("ask") end))");
  EXPECT_EQ(finished.exit_code, 1) << "a script can handle that: " << finished.err;
}

}  // namespace
}  // namespace moonwright::tests
