// string_format_test.cpp: string.format is that of Lua, but for addresses.
#include "runtime/string_format.hpp"

#include <gmock/gmock.h>

#include <clocale>
#include <string>

#include "lua_run.hpp"
#include "runtime/toll.hpp"
#include "upstream.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(StringFormat, AnswersAsUpstreamDoes) {
  Upstream upstream;
  for (const char* arguments : {
           "",
           "nil",
           "{}",
           "12",
           "''",
           "'plain'",
           "'100%%'",
           "'%'",
           "'%%%'",
           "'a%sb%sc', 1, 2",
           "'%s'",
           "'%s %s', 1",
           "'%d'",
           "'%d', '10'",
           "'%d', '0x10'",
           "'%d', 3.0",
           "'%d', 3.5",
           "'%d', 'x'",
           "'%d', {}",
           "'%d', nil",
           "'%d', 2^63",
           "'%i', -7",
           "'%u', 42",
           "'%u', -1",
           "'%+d|%-5d|%05d|% d|%5.3d|%.0d', 1, 2, 3, 4, 5, 0",
           "'%d', math.mininteger",
           "'%99d', 1",
           "'%-99d|', 1",
           "'%100d', 1",
           "'%.100d', 1",
           "'%.99d', 1",
           "'%099d', 7",
           "'%00d', 7",
           "'%#d', 7",
           "'%o %x %X %#x %#o %08x', 8, 255, 255, 255, 8, 255",
           "'%x', -1",
           "'%+x', 1",
           "'% x', 1",
           "'%c%c%c', 72, 105, 33",
           "'%c', 0",
           "'%5c|%-5c|', 65, 66",
           "'%.1c', 65",
           "'%05c', 65",
           "'%c', 'x'",
           "'%c', 321",
           "'%f %e %E %g %G', 1.5, 1.5, 1.5, 1.5, 1.5",
           "'%.0f %.20f %#.0f %+.3f % f %-12.2f| %012.2f', 2.5, .1, 2, 1, 1, 1, -1",
           "'%.99f', 1/3",
           "'%99.99f', -1.7976931348623157e308",
           "'%.100f', 1",
           "'%f', 1/0",
           "'%f', -1/0",
           "'%g %g %g', 1e15, 1e16, 1e-5",
           "'%5g|%.3g|%#g', 1e300, 0.1, 1",
           "'%a %A %.1a %+a', 1, 0.5, 0.1, 255.5",
           "'%a', 'x'",
           "'%f', '1e1'",
           "'%f', 'x'",
           "'%.3', 1",
           "'%.', 1",
           "'%5', 1",
           "'%-', 1",
           "'%y', 1",
           "'%L', 1",
           "'%ld', 1",
           "'%F', 1.5",
           "'%10.123f', 1",
           "'%0123456789d', 1",
           "'%0000000000000000000000000d', 1",
           "'%-+#0 -+#0 -+#0 -+#0d', 1",
           "'%\\0d', 1",
           "'%s', 'a\\0b'",
           "'%5s|%-5s|%.2s|%5.1s|%.0s|%.s', 'ab', 'ab', 'abc', 'abc', 'abc', 'abc'",
           "'%5s', 'a\\0b'",
           "'%.20s', ('x'):rep(500)",
           "'%20s', ('x'):rep(99)",
           "'%20s', ('x'):rep(100)",
           "'%99s', 'x'",
           "'%100s', 'x'",
           "'%05s', 'x'",
           "'%+s', 'x'",
           "'%s %s %s %s', nil, true, 1, 1.0",
           "'%s', setmetatable({}, {__tostring = function() return 'shown' end})",
           "'%s', setmetatable({}, {__tostring = function() return 1 end})",
           "'%s', setmetatable({}, {__tostring = function() error('mine', 0) end})",
           "'%10s', setmetatable({}, {__tostring = function() return 'shown' end})",
           "'%q', 'plain'",
           "'%q', 'a\\nb\\r\\t\\0c\\0001\\127\\200\"\\\\'",
           "'%q', ''",
           "'%q', 1",
           "'%q', math.mininteger",
           "'%q', math.maxinteger",
           "'%q', 0.1",
           "'%q', -0.0",
           "'%q', 1e100",
           "'%q', 1/0",
           "'%q', -1/0",
           "'%q', 0/0",
           "'%q', true",
           "'%q', nil",
           "'%q', {}",
           "'%q'",
           "'%5q', 'x'",
           "'%.3q', 'x'",
           "('%d '):rep(60), table.unpack({}, 1, 60)",
           "('%d '):rep(3), 1, 2, 3, 4",
           "('x'):rep(5000) .. '%s' .. ('y'):rep(5000), ('z'):rep(5000)",
           "('%s'):rep(100), table.unpack(setmetatable({}, {__index = function(_, i) "
           "return ('ab'):rep(i) end}), 1, 100)",
           "('%.99f '):rep(40), table.unpack(setmetatable({}, {__index = function(_, i) "
           "return 1 / i end}), 1, 40)",
       }) {
    EXPECT_TRUE(upstream.agree(std::string("return string.format(") + arguments + ")"));
  }
}

TEST(StringFormat, QuotesEachByteAsUpstreamDoes) {
  Upstream upstream;
  EXPECT_TRUE(upstream.agree(R"(
    local all = {}
    for byte = 0, 255 do
      for _, behind in ipairs { "", "1", "x" } do
        local text = string.char(byte) .. behind
        local quoted = string.format("%q", text)
        all[#all + 1] = quoted
        assert(load("return " .. quoted)() == text)
      end
    end
    return table.concat(all, " "))"));
}

TEST(StringFormat, ShowsNoAddressesBelowLevelNone) {
  for (const Sandbox level : {Sandbox::restricted, Sandbox::strict}) {
    EXPECT_THAT(run("return pcall(string.format, '%p', {})", level),
                HasSubstr("'%p' is not supported at this level"));
    EXPECT_EQ(run("local t = {} return ('%s'):format(t) == tostring(t), "
                  "('%40s'):format(t):match('%S.*') == tostring(t)",
                  level),
              "true, true");
  }
  EXPECT_THAT(run("return string.format('%p', {})", Sandbox::none), MatchesRegex("0x[0-9a-f]+"));
  EXPECT_EQ(run("local t = {} return tostring(t):match('0x%x+') == ('%p'):format(t), "
                "('%p'):format(1), ('%10p|%-9p|'):format(nil, true)",
                Sandbox::none),
            "true, (null),     (null)|(null)   |");
}

TEST(StringFormat, WritesNumbersWithAPointWhateverTheLocale) {
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  const bool has_comma = std::setlocale(LC_NUMERIC, "de_DE.UTF-8") != nullptr ||
                         std::setlocale(LC_NUMERIC, "fr_FR.UTF-8") != nullptr;
  EXPECT_EQ(run("return string.format('%.2f %q %a', 1.5, 1.5, 1.5)"), "1.50 0x1.8p+0 0x1.8p+0")
      << (has_comma ? "" : "(no locale with a comma here)");
  std::setlocale(LC_NUMERIC, before.c_str());
}

TEST(StringFormat, IsCappedAndPaysForWhatItWrites) {
  const auto state = open_state({.memory_bytes_max = 8u << 20});
  EXPECT_THAT(run(*state,
                  "local s = ('x'):rep(1 << 20) "
                  "return pcall(string.format, '%s%s%s%s%s', s, s, s, s, s)"),
              HasSubstr("resulting string too large"));
  const std::uint64_t before = state->meter().paid();
  EXPECT_EQ(run(*state, "local s = ('x'):rep(1 << 20) return #('%s'):format(s)"), "1048576");
  EXPECT_GE(state->meter().paid() - before, (std::uint64_t{2} << 20) / Toll::kBytesPerStep);
}

}  // namespace
}  // namespace moonwright::runtime
