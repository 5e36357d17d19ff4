// debug_test.cpp: hooks of trusted scripts, beside those by which limits work.
#include <gmock/gmock.h>

#include "api_support.hpp"
#include "support/preemption.hpp"

namespace moonwright {
namespace {

using testing::HasSubstr;

class Debug : public testing::TestWithParam<Preemption> {
 protected:
  static Runtime start() {
    RuntimeOptions options;
    options.preemption = GetParam();
    options.enable_debug = true;
    options.default_sandbox = Sandbox::none;
    return start_runtime(std::move(options));
  }
  ExecutionResult run(const char* code, const Limits& limits = {}) {
    ExecuteOptions options;
    options.limits = limits;
    return runtime_.execute(Script::text(code, "code"), std::move(options)).get();
  }
  std::string text_of(const char* code) {
    const ExecutionResult result = run(code);
    if (!result.success) return result.error->message;
    return result.values.empty() ? "" : std::string(result.values[0].as_string());
  }

  Runtime runtime_ = start();
};

TEST_P(Debug, CallsAHookForEachLine) {
  EXPECT_EQ(
      text_of("local lines = {}\n"
              "debug.sethook(function(event, line) lines[#lines + 1] = event .. line end, 'l')\n"
              "local x = 1\n"
              "x = x + 1\n"
              "debug.sethook()\n"
              "x = x + 1\n"
              "return table.concat(lines, ' ')"),
      "line3 line4 line5");
}

TEST_P(Debug, CallsAHookForCallsAndReturns) {
  EXPECT_EQ(text_of("local seen = {}\n"
                    "local function f() end\n"
                    "debug.sethook(function(event)\n"
                    "  local name = debug.getinfo(2, 'n').name\n"
                    "  if name == 'f' then seen[#seen + 1] = event end\n"
                    "end, 'cr')\n"
                    "f()\n"
                    "debug.sethook()\n"
                    "return table.concat(seen, ' ')"),
            "call return");
}

TEST_P(Debug, CallsAHookForACountOfInstructions) {
  EXPECT_EQ(
      text_of("local count = 0\n"
              "debug.sethook(function(event) if event == 'count' then count = count + 1 end end,"
              " '', 100)\n"
              "for _ = 1, 10000 do end\n"
              "debug.sethook()\n"
              "return count >= 90 and count <= 110 and 'right' or tostring(count)"),
      "right");
}

TEST_P(Debug, TellsWhatIsSet) {
  EXPECT_EQ(text_of("local f = function() end\n"
                    "local before = debug.gethook()\n"
                    "debug.sethook(f, 'crl', 7)\n"
                    "local hook, mask, count = debug.gethook()\n"
                    "debug.sethook()\n"
                    "return tostring(before == nil and hook == f and debug.gethook() == nil) ..\n"
                    "  mask .. count"),
            "truecrl7");
}

TEST_P(Debug, SetsTheHookOfOneCoroutine) {
  EXPECT_EQ(text_of("local lines = {}\n"
                    "local co = coroutine.create(function()\n"
                    "  local x = 1\n"
                    "end)\n"
                    "debug.sethook(co, function(_, line) lines[#lines + 1] = line end, 'l')\n"
                    "local y = 1\n"
                    "coroutine.resume(co)\n"
                    "return table.concat(lines, ' ')"),
            "3 4");
}

TEST_P(Debug, PassesOnTheErrorOfAHook) {
  EXPECT_THAT(text_of("debug.sethook(function() error('from the hook', 0) end, 'l')\n"
                      "local x = 1"),
              HasSubstr("from the hook"));
}

TEST_P(Debug, LeavesTheLimitsInForce) {
  Limits limits;
  limits.cpu_time_max = std::chrono::milliseconds(50);
  for (const char* code : {
           "debug.sethook(function() end, 'l') while true do local x = 1 end",
           "debug.sethook(function() end, '', 1) while true do end",
           "debug.sethook() while true do debug.sethook() end",
           "debug.sethook(function() debug.sethook() end, 'crl', 1) while true do end",
           "while true do debug.sethook(function() end, 'crl', 1000000000) end",
           "debug.sethook(coroutine.create(print)) while true do end",
       }) {
    const ExecutionResult result = run(code, limits);
    EXPECT_EQ(result.reason, "cpu_limit") << code;
  }
}

TEST_P(Debug, EndsAHookThatDoesNot) {
  Limits limits;
  limits.cpu_time_max = std::chrono::milliseconds(50);
  for (const char* code : {
           "debug.sethook(function() while true do end end, 'l')\nlocal x = 1",
           "debug.sethook(function() pcall(function() while true do end end) end, 'l')\nlocal x = "
           "1",
           "debug.sethook(function() while true do end end, '', 10) while true do end",
       }) {
    EXPECT_EQ(run(code, limits).reason, "cpu_limit") << code;
  }
}

TEST_P(Debug, LetsOthersWorkBesideALoopWithAHook) {
  const ActorRef loop = spawn_text(
      runtime_, "debug.sethook(function() end, 'l', 3)\nwhile true do\nlocal x = 1\nend");
  const ActorRef echo = spawn_text(runtime_, kEcho);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ask(runtime_, echo, "echo", {i}));
  EXPECT_TRUE(runtime_.kill_actor(loop));
}

TEST(DebugWithoutTheOption, HasNoHooks) {
  ExecuteOptions options;
  options.sandbox = Sandbox::none;
  Runtime runtime = start_runtime();
  const auto result =
      runtime
          .execute(Script::text("return debug.sethook, debug.gethook, debug.traceback ~= nil"),
                   std::move(options))
          .get();
  EXPECT_EQ(result.values, (Values{nullptr, nullptr, true}));
}

TEST(DebugWithoutTheOption, IsRefusedWhereScriptsAreNotTrusted) {
  RuntimeOptions options;
  options.enable_debug = true;
  const auto refused = Runtime::start(std::move(options));
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("enable_debug needs default_sandbox none"));
}

INSTANTIATE_TEST_SUITE_P(Modes, Debug, testing::ValuesIn(tests::kPreemptionModes),
                         [](const auto& mode) { return std::string(to_string(mode.param)); });

}  // namespace
}  // namespace moonwright
