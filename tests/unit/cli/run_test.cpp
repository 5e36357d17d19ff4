// run_test.cpp: programs from files, from their arguments to their exit codes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Run, EndsWithZeroWhenTheFirstActorIsDone) {
  const Finished finished = run_source("print('hello')");
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out, "hello\n");
  EXPECT_EQ(finished.err, "");
}

TEST(Run, ExitsWithTheIntegerThatTheFirstChunkReturns) {
  for (const int code : {0, 1, 7, 255}) {
    EXPECT_EQ(run_source("return " + std::to_string(code)).exit_code, code);
  }
}

TEST(Run, RefusesWhatIsNeitherAnExitCodeNorABehaviour) {
  for (const char* value : {"256", "-1", "1.5", "'zero'", "true"}) {
    const Finished finished = run_source(std::string("return ") + value);
    EXPECT_EQ(finished.exit_code, 1) << value;
    EXPECT_THAT(finished.err, StartsWith("moonwright: error in actor 'main.lua': ")) << value;
  }
}

TEST(Run, KeepsItsOwnOutputInOrderWithTheScripts) {
  EXPECT_EQ(run_source("io.write('a ') print('b') io.write('c\\n') print('d')").out, "a b\nc\nd\n");
}

TEST(Run, HandsEverythingBehindTheFileToTheScript) {
  const Finished finished = run_source("print(select('#', ...), ...)", {"--workers", "1"},
                                       {"a b", "--workers", "3", "--", "-h", ""});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out, "6\ta b\t--workers\t3\t--\t-h\t\n");
}

TEST(Run, PassesArgumentsAsStrings) {
  EXPECT_EQ(run_source("print(math.type(...), type(...))", {}, {"42"}).out, "nil\tstring\n");
}

TEST(Run, TakesAFileBehindTwoDashesWhateverItIsCalled) {
  const TempFolder folder;
  folder.write("--json", "print('odd')");
  const Finished finished = run_command({"run", "--", "--json"}, {.folder = folder.path()});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out, "odd\n");
}

TEST(Run, FindsOtherScriptsInTheFoldersOfTheFirst) {
  const TempFolder folder;
  folder.write("program/names.lua", "return { greeting = 'hello' }");
  folder.write("program/worker.lua", "return { greet = function(who) return 'hello ' .. who end }");
  folder.write("program/main.lua",
               "local actor = require 'actor'\n"
               "print(actor.spawn('worker.lua'):call('greet', 'you'), require('names').greeting)");
  const Finished finished = run_command({"run", "program/main.lua"}, {.folder = folder.path()});
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.out, "hello you\thello\n");
}

TEST(Run, ReportsAMissingFile) {
  const Finished finished = run_command({"run", "nowhere/x.lua"});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.err, "moonwright: cannot run 'nowhere/x.lua': no such file\n");
}

TEST(Run, ReportsAFolderInPlaceOfAFile) {
  const TempFolder folder;
  const Finished finished = run_command({"run", folder.path()});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_EQ(finished.err, "moonwright: cannot run '" + folder.path() + "': it is a directory\n");
}

TEST(Run, ReportsASyntaxErrorWithFileAndLine) {
  const Finished finished = run_source("local x = 1\nlocal = 2\n");
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err,
              AllOf(StartsWith("moonwright: cannot run '"), HasSubstr("main.lua:2:")));
}

TEST(Run, ReportsAnErrorWithActorMessageAndTraceback) {
  const Finished finished = run_source(
      "local function inner() error('boom') end\n"
      "local function outer()\n"
      "  inner()\n"
      "end\n"
      "print('before')\n"
      "outer()\n");
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.out, "before\n");
  EXPECT_THAT(finished.err,
              AllOf(StartsWith("moonwright: error in actor 'main.lua': "),
                    HasSubstr("main.lua:1: boom\n"), HasSubstr("\nstack traceback:\n"),
                    HasSubstr("main.lua:3: in"), HasSubstr("main.lua:6: in main chunk")));
}

TEST(Run, ReportsTheFirstActorsErrorOnce) {
  const std::string err = run_source("error('boom')").err;
  EXPECT_EQ(err.find("boom"), err.rfind("boom")) << err;
}

TEST(Run, GoesOnWhenAnotherActorFailsAndLogsItsError) {
  const Finished finished = run_source(
      "local actor = require 'actor'\n"
      "local child = actor.spawn{ source = 'return { work = function() error(\"boom\") end }' }\n"
      "print(pcall(child.call, child, 'work'))\n"
      "child:send('work')\n"
      "print(pcall(child.call, child, 'work'))\n");
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, HasSubstr("boom"));
  EXPECT_THAT(finished.err, HasSubstr("boom"));
}

TEST(Run, EndsWithThreeWhenTheMemoryIsUsedUp) {
  const Finished finished = run_source(
      "local t = {} for i = 1, 1e5 do t[i] = ('x'):rep(1000) .. i end", {"--memory", "8MiB"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, StartsWith("moonwright: a limit stopped actor 'main.lua': "));
}

TEST(Run, DoesNotLimitTheFirstActorsMemoryByItself) {
  EXPECT_EQ(run_source("local s = ('x'):rep(80 << 20) print(#s)").out, "83886080\n");
}

TEST(Run, LimitsTheMemoryOfSpawnedActorsToo) {
  const Finished finished = run_source(
      "local actor = require 'actor'\n"
      "local child = actor.spawn{ source = [[\n"
      "  return { grow = function() local t = {} for i = 1, 1e8 do t[i] = {} end end }\n"
      "]] }\n"
      "local ok, err = pcall(child.call, child, 'grow')\n"
      "print(ok, err.code)\n",
      {"--memory", "8MiB"});
  EXPECT_EQ(finished.out, "false\tmemory_limit\n");
}

TEST(Run, EndsWhenTheFirstActorExits) {
  const Finished normal = run_source(
      "local actor = require 'actor'\n"
      "actor.after(0, function() actor.exit('normal') end)\n"
      "return {}");
  EXPECT_EQ(normal.exit_code, 0);
  EXPECT_EQ(normal.err, "");

  const Finished abnormal = run_source("require('actor').exit('out of paper')");
  EXPECT_EQ(abnormal.exit_code, 1);
  EXPECT_EQ(abnormal.err, "moonwright: actor 'main.lua' ended: out of paper\n");
}

TEST(Run, EndsWithOneWhenTheFirstActorIsKilled) {
  const Finished finished = run_source(
      "local actor = require 'actor'\n"
      "actor.spawn{ sandbox = 'none', args = { actor.self() },\n"
      "             source = 'require(\"actor\").kill((...))' }\n"
      "return {}");
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.err, "moonwright: actor 'main.lua' was killed\n");
}

TEST(Run, StopsTheOtherActorsWhenTheFirstIsDone) {
  const Finished finished = run_source(
      "local actor = require 'actor'\n"
      "for i = 1, 100 do\n"
      "  actor.spawn{ detached = true, source = 'require(\"actor\").sleep(1000)' }\n"
      "end\n"
      "return 5");
  EXPECT_EQ(finished.exit_code, 5);
  EXPECT_EQ(finished.err, "");
}

TEST(Run, WritesTheLogAsJsonLinesIfAsked) {
  const Finished finished =
      run_source("require('actor').log('warn', 'the well is low')", {"--log-format", "json"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, AllOf(StartsWith("{"), HasSubstr("the well is low")));
}

TEST(Run, KeepsTheLogToTheLevelAskedFor) {
  const std::string source = "require('actor').log('warn', 'the well is low')";
  EXPECT_THAT(run_source(source).err, HasSubstr("the well is low"));
  EXPECT_THAT(run_source(source, {"--log-level", "error"}).err, Not(HasSubstr("the well")));
}

}  // namespace
}  // namespace moonwright::tests
