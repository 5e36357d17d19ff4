// watch_test.cpp: `run --watch`: scripts that change while they run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using ::testing::HasSubstr;

// Prints what the module says, as soon as that changes.
constexpr const char* kMain = R"(
  local actor = require "actor"
  local worker = actor.spawn{ script = "worker.lua", name = "worker" }
  local last
  actor.every(0.02, function()
    local said = worker:call("say")
    if said ~= last then print(said) end
    last = said
  end)
  return {}
)";

constexpr const char* kWorker = R"(
  local words = require "words"
  return { say = function() return "worker says " .. words end }
)";

TEST(Watch, ReloadsScriptsAndModulesThatChange) {
  const TempFolder folder;
  folder.write("words.lua", "return 'one'");
  folder.write("worker.lua", kWorker);
  ChildProcess child(command_line({"run", "--watch", folder.write("main.lua", kMain)}));
  ASSERT_TRUE(child.wait_for_output("worker says one"));
  folder.write("words.lua", "return 'two, and more'");
  EXPECT_TRUE(child.wait_for_output("worker says two, and more"));
  // An error is told, and nothing else happens.
  folder.write("words.lua", "return 'three");
  EXPECT_TRUE(child.wait_for_error("stays as it was"));
  folder.write("words.lua", "return 'four'");
  EXPECT_TRUE(child.wait_for_output("worker says four"));
  child.signal(SIGTERM);
  EXPECT_EQ(child.finish().exit_code, 143);
}

}  // namespace
}  // namespace moonwright::tests
