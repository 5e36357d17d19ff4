// exec_test.cpp: text from the command line, and how its values look.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// What `exec -e code` prints; the command has to succeed and to keep quiet.
std::string printed(const std::string& code) {
  const Finished finished = run_command({"exec", "-e", code});
  EXPECT_EQ(finished.exit_code, 0) << code;
  EXPECT_EQ(finished.err, "") << code;
  return finished.out;
}

TEST(Exec, PrintsTheReturnedValuesOneALine) {
  EXPECT_EQ(printed("return 6 * 7, 'two\\nlines', true, nil"), "42\ntwo\nlines\ntrue\nnil\n");
  EXPECT_EQ(printed("local x = 1"), "");
}

TEST(Exec, PrintsNumbersAsLuaDoes) {
  EXPECT_EQ(printed("return 1, 1.0, -0.0, 0.1, 1e100, 1/0, -1/0, math.mininteger"),
            "1\n1.0\n-0.0\n0.1\n1e+100\ninf\n-inf\n-9223372036854775808\n");
  EXPECT_EQ(printed("return 0/0"), "nan\n");
}

TEST(Exec, PrintsTablesAsLuaWritesThem) {
  EXPECT_EQ(printed("return {1, 'two', {3}}, {}"), "{1, \"two\", {3}}\n{}\n");
  EXPECT_EQ(printed("return {b = 1, a = 2, ['end'] = 3, ['x y'] = 4, [-1] = 5, [true] = 6}"),
            "{[\"end\"] = 3, [\"x y\"] = 4, [-1] = 5, [true] = 6, a = 2, b = 1}\n");
  EXPECT_EQ(printed("return {'quote\" back\\\\ line\\n nul\\0'}"),
            "{\"quote\\\" back\\\\ line\\n nul\\000\"}\n");
}

TEST(Exec, PrintsStringsByteForByte) {
  EXPECT_EQ(printed("return 'a\\0b\\xff'"), std::string("a\0b\xff\n", 5));
}

TEST(Exec, PrintsWhatTheScriptPrintsFirst) {
  EXPECT_EQ(printed("print('talk') return 'result'"), "talk\nresult\n");
}

TEST(Exec, PassesArguments) {
  const Finished finished =
      run_command({"exec", "-e", "return select('#', ...), ...", "--", "-x", "y z"});
  EXPECT_EQ(finished.out, "2\n-x\ny z\n");
}

TEST(Exec, DoesNotTakeAnIntegerForAnExitCode) {
  const Finished finished = run_command({"exec", "-e", "return 7"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out, "7\n");
}

TEST(Exec, GivesTheTextNoAccessToTheSystem) {
  EXPECT_EQ(printed("return io, package, debug, os and os.execute"), "nil\nnil\nnil\nnil\n");
}

TEST(Exec, CanAwait) {
  EXPECT_EQ(printed("require('actor').sleep(0.001) return 'awake'"), "awake\n");
}

TEST(Exec, ReportsASyntaxError) {
  const Finished finished = run_command({"exec", "-e", "return +"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, AllOf(StartsWith("moonwright: cannot run the text: "),
                                  HasSubstr("[string \"exec\"]:1:")));
}

TEST(Exec, ReportsAnErrorWithItsTraceback) {
  const Finished finished = run_command({"exec", "-e", "\nerror('boom')"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(
      finished.err,
      AllOf(StartsWith("moonwright: error in actor 'exec': [string \"exec\"]:2: boom\n"),
            HasSubstr("stack traceback:\n"), HasSubstr("[string \"exec\"]:2: in main chunk")));
}

TEST(Exec, EndsWithThreeAtAMemoryLimit) {
  const Finished finished = run_command(
      {"exec", "--memory", "1MiB", "-e", "local t = {} for i = 1, 1e8 do t[i] = {} end"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_EQ(finished.out, "");
}

TEST(Exec, HasAMemoryLimitEvenIfNoneIsGiven) {
  EXPECT_EQ(run_command({"exec", "-e", "local t = {} for i = 1, 1e8 do t[i] = {} end"}).exit_code,
            3);
}

TEST(Exec, RefusesAResultThatCannotBeCarried) {
  const Finished finished = run_command({"exec", "-e", "return print"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, HasSubstr("function"));
}

// Sixty tables, each of which holds the one before it twice, are a tree of 2^60 leaves.
TEST(Exec, RefusesAResultThatWouldFillTheDisk) {
  const std::string code = "local t = {1} for i = 1, 60 do t = {t, t} end return t";
  for (const char* json : {"--json", "--workers=1"}) {
    const Finished finished = run_command({"exec", json, "-e", code});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("cannot print the result: the values take more than"));
  }
}

}  // namespace
}  // namespace moonwright::tests
