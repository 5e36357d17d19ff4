// log_test.cpp: what a log line looks like, and that there is none unless somebody asked for it.
#include "actors/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/captured_output.hpp"
#include "support/temp_folder.hpp"

namespace moonwright::actors {
namespace {

using ::testing::MatchesRegex;
using Target = LogOptions::Target;

class LogFile : public ::testing::Test {
 protected:
  LogOptions options(LogFormat format) {
    LogOptions made;
    made.target = Target::file;
    made.format = format;
    made.path = folder_.path() + "/log";
    return made;
  }
  std::vector<std::string> lines() {
    std::ifstream file(folder_.path() + "/log");
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);) all.push_back(line);
    return all;
  }
  static std::unique_ptr<Log> open(const LogOptions& options) {
    auto log = Log::open(options);
    EXPECT_TRUE(log.has_value());
    return std::move(*log);
  }

  tests::TempFolder folder_;
};

constexpr const char* kTime = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\\.[0-9]{3} ";

TEST_F(LogFile, HasTimeLevelActorAndMessage) {
  open(options(LogFormat::text))->write({LogLevel::warn, "counter.lua", 3, "a message"});
  open(options(LogFormat::text))->write({LogLevel::error, "", 0, "of the runtime itself"});
  const auto written = lines();
  ASSERT_EQ(written.size(), 2u) << "a file is appended to";
  EXPECT_THAT(written[0],
              MatchesRegex(std::string(kTime) + "warn  \\[counter\\.lua#3\\] a message"));
  EXPECT_THAT(written[1], MatchesRegex(std::string(kTime) + "error of the runtime itself"));
}

TEST_F(LogFile, NamesLevelsAsTheOptionsDo) {
  LogOptions all = options(LogFormat::text);
  all.level = LogLevel::trace;
  const auto log = open(all);
  for (const LogLevel level :
       {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
    log->write({level, "a", 1, "x"});
    log->flush();
    EXPECT_NE(lines().back().find(" " + std::string(to_string(level)) + " "), std::string::npos)
        << lines().back();
  }
}

TEST_F(LogFile, IsOneJsonObjectALine) {
  const std::string text = "quote \" back \\ line\nfeed\ttab \x01 control \xc3\xa9";
  const auto log = open(options(LogFormat::json));
  log->write({LogLevel::warn, "a \"name\"", 17, text});
  log->flush();
  const auto written = lines();
  ASSERT_EQ(written.size(), 1u);
  const auto object = nlohmann::json::parse(written[0]);
  EXPECT_EQ(object["level"], "warn");
  EXPECT_EQ(object["actor"], "a \"name\"");
  EXPECT_EQ(object["id"], 17);
  EXPECT_EQ(object["message"], text);
  EXPECT_THAT(object["ts"].get<std::string>(),
              MatchesRegex("[-0-9]{10}T[0-9:]{8}\\.[0-9]{3}[-+][0-9]{2}:[0-9]{2}"));
  EXPECT_EQ(object.size(), 5u);
}

TEST_F(LogFile, TakesFormatCharactersAsTheyAre) {
  const auto log = open(options(LogFormat::text));
  log->write({LogLevel::warn, "{}%v", 1, "{} %s {0} %"});
  log->flush();
  EXPECT_TRUE(lines()[0].ends_with("[{}%v#1] {} %s {0} %")) << lines()[0];
}

TEST_F(LogFile, LeavesOutWhatIsBelowItsLevel) {
  LogOptions quiet = options(LogFormat::text);
  quiet.level = LogLevel::warn;
  const auto log = open(quiet);
  EXPECT_FALSE(log->enabled(LogLevel::info));
  EXPECT_TRUE(log->enabled(LogLevel::warn));
  log->write({LogLevel::info, "a", 1, "no"});
  log->write({LogLevel::error, "a", 1, "yes"});
  log->write({LogLevel::off, "a", 1, "no"});
  log->flush();
  ASSERT_EQ(lines().size(), 1u);
  quiet.level = LogLevel::off;
  EXPECT_FALSE(open(quiet)->enabled(LogLevel::error));
}

TEST_F(LogFile, NamesWhatIsMissingOrCannotBeOpened) {
  LogOptions made;
  made.target = Target::file;
  EXPECT_EQ(Log::open(made).error().code, ErrorCode::invalid_argument);
  EXPECT_NE(Log::open(made).error().message.find("log.path"), std::string::npos);
  made.path = folder_.path();
  EXPECT_EQ(Log::open(made).error().code, ErrorCode::io);
  made.target = Target::callback;
  EXPECT_EQ(Log::open(made).error().code, ErrorCode::invalid_argument);
  EXPECT_NE(Log::open(made).error().message.find("log.callback"), std::string::npos);
}

TEST(Log, GoesNowhereByDefault) {
  tests::CapturedOutput output;
  auto log = Log::open({});
  ASSERT_TRUE(log.has_value());
  EXPECT_FALSE((*log)->enabled(LogLevel::error));
  (*log)->write({LogLevel::error, "a", 1, "nobody hears this"});
  (*log)->flush();
  log->reset();
  EXPECT_EQ(output.finish(), "");
}

TEST(Log, HandsRecordsToACallbackAndSurvivesIt) {
  std::vector<std::string> seen;
  LogOptions options;
  options.target = Target::callback;
  options.callback = [&](const LogRecord& record) {
    seen.push_back(std::string(record.actor) + "#" + std::to_string(record.actor_id) + " " +
                   std::string(to_string(record.level)) + " " + std::string(record.message));
    throw 1;
  };
  auto log = Log::open(options);
  ASSERT_TRUE(log.has_value());
  (*log)->write({LogLevel::info, "a", 1, "one"});
  (*log)->write({LogLevel::debug, "a", 1, "two"});
  EXPECT_EQ(seen, std::vector<std::string>{"a#1 info one"});
}

TEST(Log, WritesToStandardErrorWhenAsked) {
  tests::CapturedOutput output;
  {
    LogOptions options;
    options.target = Target::standard_error;
    auto log = Log::open(options);
    ASSERT_TRUE(log.has_value());
    (*log)->write({LogLevel::info, "a", 1, "loud"});
  }
  EXPECT_NE(output.finish().find("[a#1] loud"), std::string::npos);
}

}  // namespace
}  // namespace moonwright::actors
