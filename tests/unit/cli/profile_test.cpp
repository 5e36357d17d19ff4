// profile_test.cpp: --profile-cpu and --profile-memory write what they are told to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Long enough for a sample, whatever the machine.
constexpr const char* kWorks = R"(
  local actor = require "actor"
  local function work() local x = 0 for i = 1, 20000000 do x = x + i % 3 end return x end
  actor.mark("before")
  work()
)";

TEST(Profiles, AreWrittenAsText) {
  const TempFolder folder;
  const std::string cpu = folder.path() + "/time.folded";
  const std::string memory = folder.path() + "/memory.csv";
  const Finished finished = run_source(kWorks, {"--profile-cpu", cpu, "--profile-memory", memory});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.err, "");
  EXPECT_THAT(content_of(cpu),
              ContainsRegex("main.lua;main [^;]*main.lua;work [^;]*main.lua:3 [1-9]"));
  const std::string table = content_of(memory);
  EXPECT_THAT(table, StartsWith("time_ms,used_bytes,bytes_per_second,stack_depth,label\n"));
  for (const char* label : {"initial", "execution", "before", "after_execution", "after_gc"}) {
    EXPECT_THAT(table, HasSubstr(std::string(",") + label + "\n"));
  }
}

TEST(Profiles, AreWrittenAsPictures) {
  const TempFolder folder;
  const std::string cpu = folder.path() + "/time.svg";
  const std::string memory = folder.path() + "/memory.svg";
  const Finished finished =
      run_command({"exec", "--profile-cpu", cpu, "--profile-memory", memory, "-e", "return 6 * 7"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.out, "42\n");
  EXPECT_THAT(content_of(cpu), StartsWith("<svg "));
  EXPECT_THAT(content_of(memory), HasSubstr("after_gc"));
}

TEST(Profiles, AreWrittenWhenTheScriptFails) {
  const TempFolder folder;
  const std::string memory = folder.path() + "/memory.csv";
  const Finished finished = run_command({"exec", "--profile-memory", memory, "-e", "error 'x'"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(content_of(memory), HasSubstr("after_gc"));
}

TEST(Profiles, ThatCannotBeWrittenKeepTheProgramFromBeginning) {
  const TempFolder folder;
  for (const char* option : {"--profile-cpu", "--profile-memory"}) {
    const Finished finished =
        run_command({"exec", option, folder.path() + "/none/x", "-e", "print 'ran'"});
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_EQ(finished.out, "");
    EXPECT_THAT(finished.err, HasSubstr("none/x': No such file or directory"));
  }
  const Finished full = run_command({"exec", "--profile-memory", "/dev/full", "-e", "return 1"});
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.err, HasSubstr("cannot write the profile '/dev/full': No space left"));
}

}  // namespace
}  // namespace moonwright::tests
