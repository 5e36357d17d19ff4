// supervisors_test.cpp: supervisors that a configuration declares.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Supervisors : public ::testing::Test {
 protected:
  Finished run(const std::string& config, std::vector<std::string> after = {}) {
    std::vector<std::string> words{"run", "--config", folder_.write("app.toml", config)};
    words.insert(words.end(), after.begin(), after.end());
    return run_command(std::move(words));
  }
  std::string refusal(const std::string& config) {
    const Finished finished = run(config);
    EXPECT_EQ(finished.exit_code, 2) << finished.out;
    return finished.err;
  }

  TempFolder folder_;
};

TEST_F(Supervisors, RunWithoutAFileUntilTheyHaveEnded) {
  folder_.write("hello.lua", "print(...) ");
  const Finished finished = run(R"(
    [[supervisors]]
    name = "jobs"
    auto_shutdown = "all_significant"
    [[supervisors.children]]
    id = "one"
    script = "hello.lua"
    args = ["one", 1, 1.5, true]
    restart = "transient"
    significant = true
    [[supervisors.children]]
    id = "two"
    script = "hello.lua"
    args = ["two"]
    restart = "transient"
    significant = true
  )");
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("one\t1\t1.5\ttrue\n"), HasSubstr("two\n")));
}

TEST_F(Supervisors, RunBesideAFileAndEndWithIt) {
  folder_.write("echo.lua", "return { echo = function(...) return ... end }");
  const std::string main = folder_.write("main.lua", R"(
    local actor = require "actor"
    while not actor.whereis("echo") do actor.sleep(0.001) end
    print(actor.call("echo", "echo", "hi"))
    while actor.call("services", "count").active < 2 do actor.sleep(0.001) end
    print(#actor.call("services", "which"))
  )");
  const Finished finished = run(R"(
    [[supervisors]]
    name = "services"
    [[supervisors.children]]
    id = "echo"
    name = "echo"
    script = "echo.lua"
    limits = { memory = "1MiB", timeout = "1s" }
    sandbox = "strict"
    stop = { drain = "1s", on_stop = "1s" }
    [[supervisors.children]]
    id = "more"
    supervisor = { strategy = "rest_for_one", children = [{ script = "echo.lua" }] }
  )",
                                {main});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.out, "hi\n2\n");
}

TEST_F(Supervisors, FailTheProgramWhenOneOfThemGivesUp) {
  folder_.write("bad.lua",
                "local actor = require 'actor' actor.fork(function() "
                "actor.sleep(0.01) error 'no' end) return {}");
  folder_.write("quiet.lua", "return {}");
  const std::string config = R"(
    [[supervisors]]
    name = "fragile"
    intensity = 1
    period = "10s"
    back_off = { first = "0s" }
    children = [{ id = "bad", script = "bad.lua" }]
  )";
  for (const std::vector<std::string>& after :
       {std::vector<std::string>{}, {folder_.write("main.lua", "return {}")}}) {
    const Finished finished = run(config, after);
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("gave up"));
  }
}

TEST_F(Supervisors, StopInOrderAtASignal) {
  folder_.write("service.lua", R"(
    print("up")
    return { on_stop = function() print("down") end }
  )");
  ChildProcess child(command_line({"run", "--config", folder_.write("app.toml", R"(
    [[supervisors]]
    children = [{ script = "service.lua" }]
  )")}));
  ASSERT_TRUE(child.wait_for_output("up"));
  child.signal(SIGTERM);
  const Finished finished = child.finish();
  EXPECT_EQ(finished.exit_code, 143);
  EXPECT_EQ(finished.out, "up\ndown\n");
}

TEST_F(Supervisors, AreRefusedWithTheKeyAndTheLine) {
  folder_.write("a.lua", "return {}");
  EXPECT_THAT(refusal("[[supervisors]]\nstrategy = \"all\"\n"),
              AllOf(HasSubstr("app.toml:2: strategy"), HasSubstr("one_for_one")));
  EXPECT_THAT(refusal("[[supervisors]]\ncolour = 1\n"),
              HasSubstr("app.toml:2: supervisors has no key 'colour'; it has name, strategy"));
  EXPECT_THAT(refusal("[[supervisors]]\nchildren = [{ id = \"a\" }]\n"),
              HasSubstr("a child has either a script or a supervisor"));
  EXPECT_THAT(refusal("[[supervisors]]\nchildren = [{ script = \"a.lua\", restart = \"no\" }]\n"),
              HasSubstr("app.toml:2: restart"));
  EXPECT_THAT(refusal("[[supervisors]]\n[[supervisors.children]]\nscript = \"a.lua\"\n"
                      "limits = { memory = \"lots\" }\n"),
              HasSubstr("app.toml:4: memory"));
  EXPECT_THAT(refusal("[[supervisors]]\nintensity = -1\n"), HasSubstr("intensity is negative"));
  EXPECT_THAT(refusal("[[supervisors]]\nback_off = { first = 5 }\n"), HasSubstr("back_off"));
  EXPECT_THAT(refusal("[[supervisors]]\nchildren = [{ script = \"a.lua\", profile = \"x\" }]\n"),
              HasSubstr("no profile 'x'"));
  EXPECT_THAT(refusal("supervisors = 3\n"), HasSubstr("[[supervisors]]"));
  EXPECT_THAT(refusal("[runtime]\nworkers = 1\n"), HasSubstr("'run' needs a FILE"));
  EXPECT_THAT(refusal("[[supervisors]]\nchildren = [{ script = \"none.lua\" }]\n"),
              HasSubstr("none.lua"));
}

}  // namespace
}  // namespace moonwright::tests
