// os_library_test.cpp: the safe part of the os library is that of Lua, but for the clock.
#include "runtime/os_library.hpp"

#include <gmock/gmock.h>

#include <clocale>
#include <string>

#include "lua_run.hpp"
#include "upstream.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::HasSubstr;

TEST(Os, DatesAreThoseOfUpstream) {
  Upstream upstream;
  for (const char* arguments : {
           "'!%c', 0",
           "'%c', 86400",
           "'!*t', 1700000000",
           "'*t', 1700000000",
           "'*t!', 1700000000",
           "'!%Y-%m-%d %H:%M:%S', 1700000000",
           "'!%a %A %b %B %d %D %e %F %g %G %h %I %j %m %M %n %p %r %R', 1700000000",
           "'!%S %t %T %u %U %V %w %W %x %X %y %Y %z %C %%', 1700000000",
           "'!%Ec %EC %Ex %EX %Ey %EY', 1700000000",
           "'!%Od %Oe %OH %OI %Om %OM %OS %Ou %OU %OV %Ow %OW %Oy', 1700000000",
           "'', 0",
           "'!', 0",
           "'plain', 0",
           "'!a\\0b%Yc', 0",
           "'%', 0",
           "'%E', 0",
           "'%Ez', 0",
           "'%O', 0",
           "'%Q', 0",
           "'%Ea', 0",
           "'%5', 0",
           "'!%c', -1",
           "'!%c', 1 << 40",
           "'!%c', math.maxinteger",
           "'!%c', 1.5",
           "'!%c', 'x'",
           "{}",
           "('!%Y '):rep(1000), 0",
       }) {
    EXPECT_TRUE(upstream.agree(std::string("return os.date(") + arguments + ")"));
  }
}

TEST(Os, TimesAreThoseOfUpstream) {
  Upstream upstream;
  for (const char* code : {
           "os.time { year = 2026, month = 8, day = 7 }",
           "os.time { year = 2026, month = 14, day = -3, hour = 30, min = 70, sec = 80 }",
           "os.time { year = 2026 }",
           "os.time {}",
           "os.time(1)",
           "os.time { year = 1e100, month = 1, day = 1 }",
           "os.time { year = 1 << 60, month = 1, day = 1 }",
           "os.difftime(10, 4)",
           "os.difftime()",
           "math.type(os.time())",
       }) {
    EXPECT_TRUE(upstream.agree(std::string("return ") + code));
  }
}

TEST(Os, ClockBeginsWhenTheLibraryIsOpenedAndNeverGoesBack) {
  EXPECT_EQ(run("local first = os.clock() local second = os.clock() "
                "return first >= 0, second >= first, math.type(first), first < 60"),
            "true, true, float, true");
}

TEST(Os, DatesAreWrittenAsInTheCLocale) {
  const std::string before = std::setlocale(LC_TIME, nullptr);
  std::setlocale(LC_TIME, "de_DE.UTF-8");
  EXPECT_EQ(run("return os.date('!%A %B %p', 0)"), "Thursday January AM");
  std::setlocale(LC_TIME, before.c_str());
}

TEST(Os, LongDatesAreCappedAndPaidFor) {
  const auto state = open_state({.memory_bytes_max = 4u << 20});
  EXPECT_THAT(run(*state, "return pcall(os.date, ('%c'):rep(200000), 0)"),
              HasSubstr("resulting string too large"));
  const std::uint64_t before = state->meter().paid();
  EXPECT_EQ(run(*state, "return #os.date(('!%Y'):rep(1) .. ('%Y'):rep(9999), 0)"), "40000");
  EXPECT_GE(state->meter().paid() - before, 100'000u);
}

}  // namespace
}  // namespace moonwright::runtime
