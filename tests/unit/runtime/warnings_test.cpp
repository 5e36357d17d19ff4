// warnings_test.cpp: scripts hear of limits before they reach them, and cannot misuse it.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fake_actor.hpp"

namespace moonwright::runtime {
namespace {

using namespace std::chrono_literals;

ScriptOptions with_memory(std::uint64_t bytes) {
  ScriptOptions options;
  options.limits.memory_bytes_max = bytes;
  return options;
}

constexpr std::string_view kFills = R"(
  calls = {}
  function onMemoryWarning(used, limit) calls[#calls + 1] = {used, limit} end
  local kept
  return {
    fill = function(bytes)
      kept = {}
      for i = 1, bytes // 1000 do kept[i] = ("x"):rep(960) .. i end
    end,
    let_go = function() kept = nil collectgarbage() end,
    calls = function() return #calls end,
    used = function() return calls[1][1], calls[1][2] end,
  })";

TEST(MemoryWarning, IsGivenOnceWhenTheThresholdIsPassed) {
  FakeActor actor(kFills, with_memory(1 << 20));
  actor.start();
  EXPECT_EQ(actor.call({"fill", 500'000}), "");
  EXPECT_EQ(actor.call({"calls"}), "0");
  EXPECT_EQ(actor.call({"fill", 900'000}), "");
  EXPECT_EQ(actor.call({"calls"}), "1");
  EXPECT_EQ(actor.host.soft_limits.size(), 1u);
  EXPECT_EQ(actor.host.soft_limits.at(0).second, 1u << 20);
  EXPECT_GT(actor.host.soft_limits.at(0).first, (1u << 20) * 8 / 10);
}

TEST(MemoryWarning, IsGivenAgainAfterMemoryWasLetGo) {
  FakeActor actor(kFills, with_memory(1 << 20));
  actor.start();
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(actor.call({"fill", 900'000}), "");
    EXPECT_EQ(actor.call({"let_go"}), "");
    EXPECT_EQ(actor.call({"fill", 10'000}), "");
  }
  EXPECT_GE(std::stoi(actor.call({"calls"})), 3);
}

TEST(MemoryWarning, ThatAllocatesForEverIsStoppedAndTheWorkGoesOn) {
  FakeActor actor(R"(
    function onMemoryWarning()
      called = true
      local t = {}
      while true do t[#t + 1] = {} end
    end
    local kept = {}
    return {
      fill = function()
        for i = 1, 900 do kept[i] = ("x"):rep(960) .. i end
        return called, #kept
      end,
    })",
                  with_memory(1 << 20));
  actor.start();
  EXPECT_EQ(actor.call({"fill"}), "true, 900");
  EXPECT_EQ(actor.last_log(), "warn: a warning function was stopped: it took too long or too much");
}

TEST(MemoryWarning, CannotAwait) {
  FakeActor actor(R"(
    local actor = require "actor"
    function onMemoryWarning() _, problem = pcall(actor.sleep, 1) end
    local kept = {}
    return {
      fill = function()
        for i = 1, 900 do kept[i] = ("x"):rep(960) .. i end
        return problem.code, problem.message
      end,
    })",
                  with_memory(1 << 20));
  actor.start();
  EXPECT_EQ(actor.call({"fill"}), "unsupported, cannot await in a warning function");
}

TEST(ResourceWarning, IsGivenOncePerMessageAndResource) {
  ScriptOptions options;
  options.limits.instructions_max = 100'000;
  options.limits.on_limit = OnLimit::abort_message;
  FakeActor actor(R"(
    local seen = {}
    function onResourceWarning(fraction, resource)
      seen[#seen + 1] = ("%s %.1f"):format(resource, fraction)
    end
    return {
      loop = function() while true do end end,
      seen = function() return table.concat(seen, ", ") end,
    })",
                  options);
  actor.start();
  EXPECT_EQ(actor.call({"loop"}).substr(0, 17), "instruction_limit");
  EXPECT_EQ(actor.call({"seen"}), "instructions 0.8");
  EXPECT_EQ(actor.call({"loop"}).substr(0, 17), "instruction_limit");
  EXPECT_EQ(actor.call({"seen"}), "instructions 0.8, instructions 0.8");
}

TEST(Collections, AreForcedAboveTheThresholdAndNotTooOften) {
  ScriptOptions options = with_memory(1 << 20);
  FakeActor actor(kFills, options);
  actor.start();
  EXPECT_EQ(actor.call({"fill", 760'000}), "");
  EXPECT_EQ(actor.call({"fill", 760'000}), "");
  const std::size_t first = actor.host.collections.size();
  EXPECT_GE(first, 1u);
  EXPECT_EQ(actor.call({"fill", 760'000}), "");
  EXPECT_EQ(actor.host.collections.size(), first) << "no time has passed";
  actor.advance(100ms);
  EXPECT_EQ(actor.call({"fill", 760'000}), "");
  EXPECT_EQ(actor.host.collections.size(), first + 1);
  for (const auto& [before, after] : actor.host.collections) EXPECT_GE(before, after);
}

TEST(MemoryLimit, EndsTheActorWhateverCatchesTheError) {
  for (const char* source : {
           "return {grow = function() local s = 'x' while true do pcall(string.rep, s, 2^19) s = s "
           ".. s end end}",
           "return {grow = function() local t = {} while true do pcall(function() while true do "
           "t[#t + 1] = {} end end) end end}",
           "return {grow = function() local t = {} coroutine.wrap(function() while true do t[#t + "
           "1] = {} end end)() end}",
           "return {grow = function() local t = {} local f = function() while true do t[#t + 1] = "
           "{} end end while true do coroutine.resume(coroutine.create(f)) end end}",
           "return {grow = function() local function f() return 1 + f() end while true do pcall(f) "
           "end end}",
       }) {
    FakeActor actor(source, with_memory(1 << 20));
    actor.start();
    const std::string answer = actor.call({"grow"});
    EXPECT_EQ(answer.substr(0, answer.find(" of ")), "memory_limit: memory limit") << source;
    EXPECT_EQ(actor.ending(), "memory_limit") << source;
  }
}

TEST(MemoryLimit, IsAnOrdinaryErrorForTrustedScripts) {
  ScriptOptions options = with_memory(1 << 20);
  options.sandbox = Sandbox::none;
  FakeActor actor(R"(
    return {
      grow = function()
        return pcall(function() return ("x"):rep(2000000) end)
      end,
    })",
                  options);
  actor.start();
  EXPECT_EQ(actor.call({"grow"}).substr(0, 5), "false");
  EXPECT_EQ(actor.ending(), "not ended");
}

}  // namespace
}  // namespace moonwright::runtime
