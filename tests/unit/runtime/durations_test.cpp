// durations_test.cpp: times as people read and write them.
#include "moonwright/durations.hpp"

#include <gtest/gtest.h>

#include <clocale>

#include "moonwright/limits.hpp"

namespace moonwright {
namespace {

using namespace std::chrono_literals;

TEST(Durations, HaveTheLargestUnitThatFits) {
  EXPECT_EQ(format_duration(0ns), "0 ns");
  EXPECT_EQ(format_duration(999ns), "999 ns");
  EXPECT_EQ(format_duration(1us), "1 us");
  EXPECT_EQ(format_duration(1'500us), "1.5 ms");
  EXPECT_EQ(format_duration(200ms), "200 ms");
  EXPECT_EQ(format_duration(1'250ms), "1.25 s");
  EXPECT_EQ(format_duration(59s), "59 s");
}

TEST(Durations, AreMinutesAndHoursOnlyWhereTheseAreExact) {
  EXPECT_EQ(format_duration(5min), "5 min");
  EXPECT_EQ(format_duration(90s), "1.5 min");
  EXPECT_EQ(format_duration(61s), "61 s");
  EXPECT_EQ(format_duration(90min), "1.5 h");
  EXPECT_EQ(format_duration(3'601s), "3601 s");
  EXPECT_EQ(format_duration(24h), "24 h");
}

TEST(Durations, AreRoundedToTheNearestHundredth) {
  EXPECT_EQ(format_duration(1'004ns), "1 us");
  EXPECT_EQ(format_duration(1'005ns), "1.01 us");
  EXPECT_EQ(format_duration(1'099ns), "1.1 us");
  EXPECT_EQ(format_duration(999'999ns), "1 ms");
  EXPECT_EQ(format_duration(999'999'999ns), "1 s");
  EXPECT_EQ(format_duration(61'234'567'890ns), "61.23 s");
}

TEST(Durations, MayBeNegativeOrNoLimit) {
  EXPECT_EQ(format_duration(-1'500ms), "-1.5 s");
  EXPECT_EQ(format_duration(kNoTimeLimit), "no limit");
  EXPECT_EQ(format_duration(std::chrono::nanoseconds::min()), "-9223372036.85 s");
}

TEST(Durations, DoNotDependOnTheLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);  // NOLINT(concurrency-mt-unsafe)
  std::setlocale(LC_ALL, "de_DE.UTF-8");                       // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(format_duration(1'500ms), "1.5 s");
  EXPECT_EQ(parse_duration("1.5s"), 1'500ms);
  std::setlocale(LC_ALL, before.c_str());  // NOLINT(concurrency-mt-unsafe)
}

TEST(Durations, AreReadInEveryUnit) {
  EXPECT_EQ(parse_duration("7ns"), 7ns);
  EXPECT_EQ(parse_duration("500us"), 500us);
  EXPECT_EQ(parse_duration("200ms"), 200ms);
  EXPECT_EQ(parse_duration("5s"), 5s);
  EXPECT_EQ(parse_duration("2m"), 2min);
  EXPECT_EQ(parse_duration("2 min"), 2min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("0s"), 0s);
  EXPECT_EQ(parse_duration("1.5s"), 1'500ms);
  EXPECT_EQ(parse_duration("0.1s"), 100ms);
  EXPECT_EQ(parse_duration("0.25 h"), 15min);
  EXPECT_EQ(parse_duration("1.4ns"), 1ns);
  EXPECT_EQ(parse_duration("007ms"), 7ms);
}

TEST(Durations, CanBeTypedBackAsPrinted) {
  for (const std::chrono::nanoseconds time :
       {0ns, 999ns, 1'500ns, 200'000'000ns, 61'000'000'000ns}) {
    EXPECT_EQ(parse_duration(format_duration(time)), time);
  }
}

TEST(Durations, AreRefusedIfTheyAreNoTime) {
  for (const char* text :
       {"",     " ",    "x",     "5",    "-1s",  "+1s",   "1.s",  ".5s",       "1..5s",   "1e3s",
        "0x1s", "1 ",   " 1s",   "1  s", "1 s ", "1S",    "1sec", "1d",        "1,5s",    "1s1",
        "inf",  "nans", "1 m s", "s",    "ms",   "1h30m", "1.5",  "unlimited", "no limit"}) {
    const auto time = parse_duration(text);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(time.error().message.find("such as 200ms"), std::string::npos);
  }
}

TEST(Durations, AreRefusedBeyondTheLargest) {
  EXPECT_EQ(parse_duration("9223372036854775806ns"), kNoTimeLimit - 1ns);
  for (const char* text : {"9223372036854775807ns", "9223372037s", "153722868m", "2562048h",
                           "2562047.99h", "99999999999999999999999999s"}) {
    const auto time = parse_duration(text);
    ASSERT_FALSE(time) << text << " gave " << time->count();
    EXPECT_NE(time.error().message.find("is too long"), std::string::npos);
  }
}

}  // namespace
}  // namespace moonwright
