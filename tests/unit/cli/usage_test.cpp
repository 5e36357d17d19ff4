// usage_test.cpp: help, version, and what a wrong command line is told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <moonwright/version.hpp>
#include <string>
#include <vector>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Every mistake ends like this: exit code 2, nothing but talk, one hint.
void expect_usage_error(const std::vector<std::string>& words, const std::string& message,
                        const std::string& hint) {
  const Finished finished = run_command(words);
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.err, "moonwright: " + message + "\ntry '" + hint + "'\n");
}

TEST(Help, ShowsExamplesBeforeAnythingElse) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--help"},
                                                {"help"},
                                                {"run", "--help"},
                                                {"exec", "-h"},
                                                {"check", "--help"},
                                                {"help", "run"}}) {
    const Finished finished = run_command(words);
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_EQ(finished.err, "");
    const std::size_t examples = finished.out.find("\nExamples:\n  moonwright ");
    ASSERT_NE(examples, std::string::npos) << finished.out;
    EXPECT_LT(examples, finished.out.find("\nUsage: moonwright "));
  }
}

TEST(Help, NamesEveryCommandAndEveryExitCode) {
  const Finished finished = run_command({"--help"});
  for (const char* word : {"\n  run ", "\n  exec ", "\n  check ", "\n  version ", "\n  0 ",
                           "\n  1 ", "\n  2 ", "\n  3 ", "130, 143"}) {
    EXPECT_THAT(finished.out, HasSubstr(word));
  }
}

TEST(Help, OfACommandListsItsOptions) {
  for (const char* command : {"run", "exec"}) {
    EXPECT_THAT(run_command({command, "--help"}).out,
                AllOf(HasSubstr("--workers N"), HasSubstr("--memory SIZE"), HasSubstr("--json"),
                      HasSubstr("--log-level LEVEL"), HasSubstr("--log-format FORMAT"),
                      HasSubstr("--sandbox LEVEL"), HasSubstr("--profile NAME"),
                      HasSubstr("--instructions N"), HasSubstr("--cpu-time TIME"),
                      HasSubstr("--timeout TIME"), HasSubstr("--config FILE")));
  }
}

TEST(Help, GoesToStandardErrorWhenThereIsNoCommand) {
  const Finished finished = run_command({});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, HasSubstr("Usage: moonwright COMMAND"));
}

TEST(Version, IsOneLine) {
  const std::string expected = std::string("moonwright ") + kVersion + " (Lua 5.4)\n";
  EXPECT_EQ(run_command({"version"}).out, expected);
  EXPECT_EQ(run_command({"--version"}).out, expected);
  EXPECT_EQ(run_command({"version"}).exit_code, 0);
}

TEST(Usage, NamesTheUnknownCommand) {
  expect_usage_error({"rnu", "main.lua"}, "unknown command 'rnu'", "moonwright --help");
}

TEST(Usage, RemindsOfRunWhenTheCommandIsAFile) {
  expect_usage_error({"main.lua"},
                     "unknown command 'main.lua'; to run a file: moonwright run main.lua",
                     "moonwright --help");
}

TEST(Usage, WantsOptionsBehindTheCommand) {
  expect_usage_error({"--workers", "2", "run", "main.lua"},
                     "unknown option '--workers'; options come after the command",
                     "moonwright --help");
}

TEST(Usage, NamesTheUnknownOption) {
  expect_usage_error({"run", "--wrokers", "2", "main.lua"}, "unknown option '--wrokers'",
                     "moonwright run --help");
  expect_usage_error({"exec", "-x", "-e", "return"}, "unknown option '-x'",
                     "moonwright exec --help");
  expect_usage_error({"check", "main.lua", "--fast"}, "unknown option '--fast'",
                     "moonwright check --help");
}

TEST(Usage, NamesWhatIsMissing) {
  expect_usage_error({"run"}, "'run' needs a FILE", "moonwright run --help");
  expect_usage_error({"run", "--json"}, "'run' needs a FILE", "moonwright run --help");
  expect_usage_error({"exec"}, "'exec' needs -e CODE", "moonwright exec --help");
  expect_usage_error({"exec", "return 1"}, "'exec' needs -e CODE", "moonwright exec --help");
  expect_usage_error({"exec", "-e"}, "-e needs a value", "moonwright exec --help");
  expect_usage_error({"run", "--memory"}, "--memory needs a value", "moonwright run --help");
  expect_usage_error({"check"}, "'check' needs a FILE", "moonwright check --help");
}

TEST(Usage, NamesTheWrongValueAndTheRightOnes) {
  for (const char* workers : {"0", "-1", "1025", "two", "2x", ""}) {
    expect_usage_error(
        {"run", "--workers", workers, "main.lua"},
        std::string("--workers '") + workers + "' is not a whole number from 1 to 1024",
        "moonwright run --help");
  }
  for (const char* memory : {"0", "-1MiB", "8XB", "much"}) {
    expect_usage_error(
        {"exec", "--memory", memory, "-e", "return"},
        std::string("--memory '") + memory + "' is not a size such as 512KiB, 8MiB or 1.5GiB",
        "moonwright exec --help");
  }
  for (const char* option : {"--cpu-time", "--timeout"}) {
    for (const char* time : {"0s", "5", "-1s", "soon", ""}) {
      expect_usage_error(
          {"exec", option, time, "-e", "return"},
          std::string(option) + " '" + time + "' is not a time such as 200ms, 1.5s or 2m",
          "moonwright exec --help");
    }
  }
  for (const char* count : {"0", "-1", "1e6", "many", ""}) {
    expect_usage_error({"exec", "--instructions", count, "-e", "return"},
                       std::string("--instructions '") + count + "' is not a whole number above 0",
                       "moonwright exec --help");
  }
  expect_usage_error({"run", "--sandbox", "open", "main.lua"},
                     "--sandbox 'open' is not one of none, restricted, strict",
                     "moonwright run --help");
  expect_usage_error({"run", "--log-level", "loud", "main.lua"},
                     "--log-level 'loud' is not one of trace, debug, info, warn, error, off",
                     "moonwright run --help");
  expect_usage_error({"run", "--log-format", "xml", "main.lua"},
                     "--log-format 'xml' is not one of text, json", "moonwright run --help");
}

TEST(Usage, RefusesTwoTextsToRun) {
  expect_usage_error({"exec", "-e", "return 1", "-e", "return 2"}, "-e was given more than once",
                     "moonwright exec --help");
}

TEST(Usage, TakesTheLastOfSeveralValues) {
  EXPECT_EQ(run_command({"exec", "--workers", "1", "--workers", "2", "-e", "return 1"}).out, "1\n");
}

TEST(Usage, DoesNotConfuseAHelpTopic) {
  expect_usage_error({"help", "actors"}, "there is no help about 'actors'", "moonwright --help");
}

}  // namespace
}  // namespace moonwright::tests
