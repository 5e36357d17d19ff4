// interruption_test.cpp: limits end work whatever the script does, and giving way changes nothing.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "fake_actor.hpp"

namespace moonwright::runtime {
namespace {

using namespace std::chrono_literals;

ScriptOptions counted(std::uint64_t instructions, OnLimit on_limit = OnLimit::abort_message) {
  ScriptOptions options;
  options.limits.instructions_max = instructions;
  options.limits.on_limit = on_limit;
  return options;
}

constexpr std::string_view kLoops = R"(
  local C = setmetatable({}, {__close = function() while true do end end})
  return {
    loop = function() while true do end end,
    pcall = function() while true do pcall(function() while true do end end) end end,
    handler = function()
      xpcall(function() while true do end end, function() while true do end end)
    end,
    failing_handler = function() xpcall(error, function() while true do end end) end,
    close = function() local x <close> = C; while true do end end,
    wrap = function()
      coroutine.wrap(function() local x <close> = C; while true do end end)()
    end,
    resume = function()
      local co = coroutine.create(function() local x <close> = C; while true do end end)
      coroutine.resume(co)
      coroutine.close(co)
    end,
    resumes = function() while true do coroutine.wrap(function() end)() end end,
    resume_loop = function()
      while true do
        coroutine.resume(coroutine.create(function() while true do end end))
      end
    end,
    compare = function() table.sort({1, 2, 3}, function() while true do end end) end,
    compare_pcall = function()
      table.sort({1, 2, 3}, function()
        while true do pcall(function() while true do end end) end
      end)
    end,
    compare_xpcall = function()
      table.sort({1, 2, 3}, function()
        xpcall(function() while true do end end, function() while true do end end)
      end)
    end,
    compare_wrap = function()
      table.sort({1, 2, 3}, function()
        coroutine.wrap(function() local x <close> = C; while true do end end)()
      end)
    end,
    compare_close = function()
      table.sort({1, 2, 3}, function() local x <close> = C; while true do end end)
    end,
    gsub = function() return (("x"):gsub("x", function() while true do end end)) end,
    load = function() return load(function() while true do end end) end,
    load_loop = function() while true do load(function() while true do end end) end end,
    tostring = function()
      return tostring(setmetatable({}, {__tostring = function() while true do end end}))
    end,
    error = function()
      error(setmetatable({}, {__tostring = function() while true do end end}))
    end,
    index = function() return setmetatable({}, {__index = function() while true do end end}).x end,
    iterate = function() for _ in function() while true do end end do end end,
    deep = function() local function f() return 1 + f() end while true do pcall(f) end end,
    echo = function(x) return x end,
  })";

class Attack : public testing::TestWithParam<std::string> {};

// The first is caught on the way: only the runtime's own bound on the error's depth ends it.
TEST_P(Attack, EndsAtTheInstructionLimitAndTheActorGoesOn) {
  FakeActor actor(kLoops, counted(100'000));
  actor.start();
  const std::string answer = actor.call({GetParam()});
  if (GetParam() == "error") {
    EXPECT_EQ(answer, "error: (error object is a table value)");
  } else {
    EXPECT_EQ(answer.substr(0, answer.find(':')), "instruction_limit") << answer;
  }
  EXPECT_EQ(actor.call({"echo", 7}), "7");
  EXPECT_EQ(actor.ending(), "not ended");
}

INSTANTIATE_TEST_SUITE_P(Scripts, Attack,
                         testing::Values("loop", "pcall", "handler", "failing_handler", "close",
                                         "wrap", "resume", "resumes", "resume_loop", "compare",
                                         "compare_pcall", "compare_xpcall", "compare_wrap",
                                         "compare_close", "gsub", "load", "load_loop", "tostring",
                                         "error", "index", "iterate", "deep"),
                         [](const auto& test) { return test.param; });

TEST(InstructionLimit, IsNamedWithItsFiguresAndEndsTheActorByDefault) {
  FakeActor actor(kLoops, counted(12'345, OnLimit::end_actor));
  actor.start();
  EXPECT_EQ(actor.call({"loop"}),
            "instruction_limit: instruction limit of 12345 reached, 12345 used");
  EXPECT_EQ(actor.ending(), "instruction_limit");
}

TEST(InstructionLimit, IsThatOfOneMessage) {
  FakeActor actor(R"(return {run = function() for i = 1, 300 do end end})", counted(1'000));
  actor.start();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(actor.call({"run"}), "");
}

TEST(Instructions, AreCountedOverAllCoroutinesOfAState) {
  constexpr std::string_view kWork = R"(
    local function work() local x = 0 for i = 1, 100 do x = x + i end return x end
    return {
      plain = function() for i = 1, 50 do work() end end,
      nested = function() for i = 1, 50 do coroutine.wrap(work)() end end,
    })";
  const auto used = [&](const char* name) {
    ScriptOptions options = counted(1'000'000);
    FakeActor actor(kWork, options);
    actor.start();
    const std::uint64_t before = actor.script->state().meter().instructions();
    EXPECT_EQ(actor.call({name}), "");
    return actor.script->state().meter().instructions() - before;
  };
  const std::uint64_t plain = used("plain");
  const std::uint64_t nested = used("nested");
  EXPECT_GT(plain, 50u * 200);
  EXPECT_GT(nested, plain);
  EXPECT_LT(nested, plain + 50ul * 10);
}

}  // namespace
}  // namespace moonwright::runtime
