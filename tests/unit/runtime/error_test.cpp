// error_test.cpp: codes, levels and their names.
#include "moonwright/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "moonwright/log.hpp"
#include "moonwright/result.hpp"

namespace moonwright {
namespace {

TEST(Error, EveryCodeHasANameOfItsOwnThatLeadsBack) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorCode::unsupported); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_TRUE(names.insert(to_string(code)).second) << to_string(code);
    EXPECT_EQ(parse_error_code(to_string(code)), code);
  }
}

TEST(Error, NamesAreThoseThatScriptsSee) {
  EXPECT_EQ(to_string(ErrorCode::error), "error");
  EXPECT_EQ(to_string(ErrorCode::no_handler), "no_handler");
  EXPECT_EQ(to_string(ErrorCode::too_large), "too_large");
  EXPECT_EQ(to_string(ErrorCode::instruction_limit), "instruction_limit");
  EXPECT_EQ(to_string(ErrorCode::unsupported), "unsupported");
}

TEST(Error, UnknownCodesAndNamesAreNoError) {
  EXPECT_EQ(to_string(static_cast<ErrorCode>(200)), "error");
  EXPECT_EQ(parse_error_code("no_such_code"), std::nullopt);
  EXPECT_EQ(parse_error_code(""), std::nullopt);
  EXPECT_EQ(parse_error_code("Timeout"), std::nullopt);
}

TEST(Error, TravelsThroughResults) {
  const Result<int> result = fail(ErrorCode::io, "cannot open x", "at y");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), (Error{ErrorCode::io, "cannot open x", "at y"}));
  const Result<void> passed_on = fail(result.error());
  EXPECT_EQ(passed_on.error(), result.error());
}

TEST(LogLevel, EveryLevelHasANameThatLeadsBack) {
  for (const LogLevel level : {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn,
                               LogLevel::error, LogLevel::off}) {
    EXPECT_EQ(parse_log_level(to_string(level)), level);
  }
  EXPECT_EQ(to_string(LogLevel::warn), "warn");
  EXPECT_EQ(to_string(static_cast<LogLevel>(99)), "off");
}

TEST(LogLevel, AnUnknownNameIsAnsweredWithTheKnownOnes) {
  const auto level = parse_log_level("loud");
  ASSERT_FALSE(level);
  EXPECT_EQ(level.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(level.error().message,
            "no log level \"loud\": expected trace, debug, info, warn, error or off");
}

}  // namespace
}  // namespace moonwright
