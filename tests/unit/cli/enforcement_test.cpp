// enforcement_test.cpp: limits that end what the command runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Case {
  std::vector<std::string> options;
  const char* code;
  const char* allowed;  ///< as it is printed
};

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases = {
      {{"--instructions", "100000"}, "instruction_limit", "100"},
      {{"--instructions", "unlimited", "--cpu-time", "20ms"}, "cpu_limit", "20 ms"},
      {{"--instructions", "unlimited", "--timeout", "20ms"}, "timeout", "20 ms"},
      {{"--profile", "strict"}, "instruction_limit", "1"},
  };
  return kCases;
}

TEST(Enforcement, EndsTheCommandWithThreeAndOneLine) {
  for (const Case& limit : cases()) {
    std::vector<std::string> words{"exec"};
    words.insert(words.end(), limit.options.begin(), limit.options.end());
    words.insert(words.end(), {"-e", "while true do end"});
    const Finished finished = run_command(words);
    EXPECT_EQ(finished.exit_code, 3) << limit.code;
    EXPECT_EQ(finished.out, "");
    EXPECT_THAT(finished.err, StartsWith("moonwright: a limit stopped actor 'exec': "));
    EXPECT_THAT(finished.err, HasSubstr(limit.allowed));
    EXPECT_EQ(finished.err.find('\n'), finished.err.size() - 1) << finished.err;
  }
}

TEST(Enforcement, HoldsForAProgramToo) {
  for (const Case& limit : cases()) {
    EXPECT_EQ(run_source("while true do end", limit.options).exit_code, 3) << limit.code;
  }
}

TEST(Enforcement, IsNamedInTheJsonObject) {
  for (const Case& limit : cases()) {
    std::vector<std::string> words{"exec", "--json"};
    words.insert(words.end(), limit.options.begin(), limit.options.end());
    words.insert(words.end(), {"-e", "while true do end"});
    const Json object = Json::parse(run_command(words).out, nullptr, false);
    ASSERT_TRUE(object.is_object());
    EXPECT_EQ(object.at("error").at("code"), limit.code);
    EXPECT_EQ(object.at("reason"), limit.code);
    EXPECT_GT(object.at("cpu_time_ms"), 0);
  }
}

TEST(Enforcement, OfATimeoutCoversWaits) {
  const Finished finished =
      run_command({"exec", "--timeout", "20ms", "-e", "require('actor').sleep(1000)"});
  EXPECT_EQ(finished.exit_code, 3) << finished.err;
}

TEST(Enforcement, ComesFromTheFile) {
  const TempFolder folder;
  folder.write("c.toml", "[defaults]\ninstructions = \"unlimited\"\ntimeout = \"20ms\"\n");
  const Finished finished = run_command({"exec", "--config", "c.toml", "-e", "while true do end"},
                                        {.folder = folder.path()});
  EXPECT_EQ(finished.exit_code, 3) << finished.err;
}

}  // namespace
}  // namespace moonwright::tests
