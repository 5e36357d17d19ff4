// output_test.cpp: standard output that is closed, full, slow or abandoned.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

const ChildProcess::Options kClosed{.out = ChildProcess::Stream::closed};
const ChildProcess::Options kFull{.out = ChildProcess::Stream::full_device};
constexpr char kNoSpace[] = "moonwright: standard output: No space left on device\n";
constexpr char kBadDescriptor[] = "moonwright: standard output: Bad file descriptor\n";

TEST(Output, ThatIsFullFailsTheCommand) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"exec", "-e", "return 1"},
                                                {"exec", "-e", "print(1)"},
                                                {"exec", "--json", "-e", "return 1"},
                                                {"version"},
                                                {"run", "--help"}}) {
    const Finished finished = run_command(words, kFull);
    EXPECT_EQ(finished.exit_code, 1) << words.front();
    EXPECT_EQ(finished.err, kNoSpace) << words.front();
  }
}

TEST(Output, ThatIsFullFailsAScriptThatWritesToItDirectly) {
  const Finished finished = run_source("io.write('x')", {}, {}, kFull);
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.err, kNoSpace);
}

TEST(Output, ThatIsFullEndsAProgramThatWouldRunOn) {
  const Finished finished = run_source("print('x') return {}", {}, {}, kFull);
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.err, kNoSpace);
}

TEST(Output, ThatIsClosedFailsTheCommandOnlyIfThereIsSomethingToPrint) {
  const Finished something = run_command({"exec", "-e", "return 1"}, kClosed);
  EXPECT_EQ(something.exit_code, 1);
  EXPECT_EQ(something.err, kBadDescriptor);

  const Finished nothing = run_command({"exec", "-e", "local x = 1"}, kClosed);
  EXPECT_EQ(nothing.exit_code, 0);
  EXPECT_EQ(nothing.err, "");
}

// A descriptor that is free is what the next open() returns: prints would go into the file.
TEST(Output, ThatIsClosedDoesNotEndUpInAFileOfTheScript) {
  const TempFolder folder;
  const std::string file = folder.write("data.txt", "");
  const Finished finished = run_source(
      "local file = io.open(..., 'w') print('stray') io.stdout:write('stray') file:close()\n"
      "for line in io.lines((...)) do io.stderr:write('found ', line) end",
      {}, {file}, kClosed);
  EXPECT_EQ(finished.err, kBadDescriptor);
}

TEST(Output, WithoutAReaderEndsTheProgramSilently) {
  for (const char* source :
       {"while true do print('y') end",
        "local actor = require 'actor'\n"
        "while true do io.write('y\\n') actor.sleep(0) end",
        "require('actor').every(0.001, function() print('y') end) return {}"}) {
    const TempFolder folder;
    ChildProcess child(command_line({"run", folder.write("main.lua", source)}));
    EXPECT_TRUE(child.wait_for_output("y\n")) << source;
    child.close_output();
    const Finished finished = child.finish();
    EXPECT_FALSE(finished.by_signal) << source;
    EXPECT_EQ(finished.exit_code, 141) << source;
    EXPECT_EQ(finished.err, "") << source;
  }
}

TEST(Output, OfAServerArrivesWhileItRuns) {
  const TempFolder folder;
  ChildProcess child(command_line({"run", folder.write("main.lua", "print('ready') return {}")}));
  EXPECT_TRUE(child.wait_for_output("ready\n"));
}

TEST(Output, OfManyActorsIsNotTorn) {
  const Finished finished = run_source(
      "local actor = require 'actor'\n"
      "local children = {}\n"
      "for i = 1, 8 do\n"
      "  children[i] = actor.spawn{ source = [[\n"
      "    return { work = function()\n"
      "      for i = 1, 200 do print(('x'):rep(50)) end\n"
      "    end } ]] }\n"
      "end\n"
      "local answers = {}\n"
      "for i, child in ipairs(children) do answers[i] = child:request('work') end\n"
      "actor.all(answers)\n");
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  std::string expected;
  for (int i = 0; i < 8 * 200; ++i) expected += std::string(50, 'x') + '\n';
  EXPECT_EQ(finished.out, expected);
}

TEST(Output, ToAPipeThatBreaksElsewhereIsNoEndOfTheProgram) {
  const Finished finished = run_source(
      "local pipe = io.popen('exec true', 'w')\n"
      "require('actor').sleep(0.2)\n"
      "pipe:write(('x'):rep(100000)) pipe:close()\n"
      "print('still here')");
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.out, "still here\n");
}

}  // namespace
}  // namespace moonwright::tests
