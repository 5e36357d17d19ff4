// check_test.cpp: files that are compiled and not run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class Check : public ::testing::Test {
 protected:
  [[nodiscard]] Finished check(std::vector<std::string> files) const {
    files.insert(files.begin(), "check");
    return run_command(std::move(files), {.folder = folder_.path()});
  }

  const TempFolder folder_;
};

TEST_F(Check, SaysNothingAboutFilesThatCompile) {
  folder_.write("a.lua", "print('not run')");
  folder_.write("b.lua", "#!/usr/bin/env moonwright\nerror('not run')");
  const Finished finished = check({"a.lua", "b.lua"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.err, "");
}

TEST_F(Check, PrintsFileLineAndMessage) {
  folder_.write("bad.lua", "local x = 1\nif x then\n");
  const Finished finished = check({"bad.lua"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, MatchesRegex("bad\\.lua:[23]: [^\n]*'end' expected[^\n]*\n"));
}

TEST_F(Check, LooksAtEveryFileWhateverIsWrongBefore) {
  folder_.write("one.lua", "x =");
  folder_.write("two.lua", "return 2");
  folder_.write("three.lua", "\n\n= 3");
  const Finished finished = check({"one.lua", "two.lua", "three.lua"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, AllOf(HasSubstr("one.lua:1:"), HasSubstr("three.lua:3:")));
}

TEST_F(Check, EndsWithTwoWhenAFileIsMissing) {
  folder_.write("bad.lua", "x =");
  const Finished finished = check({"nowhere.lua", "bad.lua", "."});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_THAT(finished.err,
              AllOf(HasSubstr("moonwright: cannot check 'nowhere.lua': no such file\n"),
                    HasSubstr("bad.lua:1:"),
                    HasSubstr("moonwright: cannot check '.': it is a directory\n")));
}

TEST_F(Check, RefusesBytecode) {
  folder_.write("code.lua", "\x1bLua");
  const Finished finished = check({"code.lua"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, StartsWith("code.lua: "));
}

TEST_F(Check, TakesFilesBehindTwoDashes) {
  folder_.write("-odd.lua", "return 1");
  EXPECT_EQ(check({"--", "-odd.lua"}).exit_code, 0);
}

}  // namespace
}  // namespace moonwright::tests
