// string_slices_test.cpp: byte, lower, reverse, sub and upper are those of Lua.
#include "runtime/string_slices.hpp"

#include <gmock/gmock.h>

#include <string>

#include "lua_run.hpp"
#include "runtime/toll.hpp"
#include "upstream.hpp"

namespace moonwright::runtime {
namespace {

TEST(StringSlices, AnswerAsUpstreamDoesAtEveryPosition) {
  Upstream upstream;
  EXPECT_TRUE(upstream.agree(R"(
    local all = {}
    local places = { math.mininteger, -6, -5, -4, -3, -1, 0, 1, 2, 3, 4, 5, 6, math.maxinteger }
    for _, text in ipairs { "", "a", "abc\0e" } do
      for _, from in ipairs(places) do
        all[#all + 1] = text:sub(from)
        all[#all + 1] = table.concat({ text:byte(from) }, ",")
        for _, to in ipairs(places) do
          all[#all + 1] = text:sub(from, to)
          all[#all + 1] = table.concat({ text:byte(from, to) }, ",")
        end
      end
    end
    return table.concat(all, "|"))"));
}

TEST(StringSlices, AnswerAsUpstreamDoes) {
  Upstream upstream;
  for (const char* code : {
           "string.sub()",
           "string.sub('abc')",
           "string.sub('abc', {})",
           "string.sub('abc', 1.5)",
           "string.sub('abc', '2')",
           "string.sub('abc', 1, nil)",
           "string.sub('abc', 1, 'x')",
           "string.sub(12345, 2, 3)",
           "#string.sub(('x'):rep(5000), 2, -2)",
           "string.byte()",
           "string.byte('')",
           "string.byte('a')",
           "string.byte('abc', 1, nil)",
           "string.byte('abc', 10)",
           "string.byte('abc', {})",
           "string.byte('abc', 1, {})",
           "select('#', string.byte(('x'):rep(5000), 1, -1))",
           "pcall(string.byte, ('x'):rep(1000001), 1, -1)",
           "string.lower()",
           "string.lower({})",
           "string.lower(12)",
           "string.upper('aZ\\0\\228')",
           "string.reverse('abc')",
           "string.reverse('')",
           "string.char()",
           "string.char(256)",
           "string.char(-1)",
           "string.char(72, 105)",
           "string.len()",
           "string.len('a\\0b')",
       }) {
    EXPECT_TRUE(upstream.agree(std::string("return ") + code));
  }
}

TEST(StringSlices, GoThroughAllBytesOfTextsOfAnySize) {
  Upstream upstream;
  EXPECT_TRUE(upstream.agree(R"(
    local bytes, all = {}, {}
    for i = 0, 255 do bytes[i + 1] = string.char(i) end
    bytes = table.concat(bytes)
    for _, size in ipairs { 0, 1, 1023, 1024, 1025, 65535, 65536, 65537, 200001 } do
      local text = bytes:rep(size // 256 + 1):sub(1, size)
      for _, change in ipairs { "lower", "upper", "reverse" } do
        local changed, sum = string[change](text), 0
        for i = 1, #changed do sum = (sum * 31 + changed:byte(i)) & 0xffffffff end
        all[#all + 1] = #changed .. ":" .. sum
      end
    end
    return table.concat(all, " "))"));
}

TEST(StringSlices, PayForWhatTheyCopy) {
  const auto state = open_state();
  for (const char* call : {"s:sub(2)", "s:lower()", "s:upper()", "s:reverse()"}) {
    EXPECT_EQ(run(*state, "s = ('x'):rep(1 << 20) return #s"), "1048576");
    const std::uint64_t before = state->meter().paid();
    run(*state, std::string("local r = ") + call);
    EXPECT_GE(state->meter().paid() - before, (std::uint64_t{1} << 20) / Toll::kBytesPerStep)
        << call;
  }
  const std::uint64_t before = state->meter().paid();
  EXPECT_EQ(run(*state, "return select('#', s:byte(1, 500000))"), "500000");
  EXPECT_GE(state->meter().paid() - before, 500'000u);
}

TEST(StringSlices, LeaveEverythingInOrderWhenAnAllocationFails) {
  constexpr std::string_view kUse =
      "local s = ('aB'):rep(2000) return #s:lower() + #s:upper() + #s:reverse() + #s:sub(2) + "
      "#('%s'):rep(300):format(s:byte(1, 300)) + #string.pack('s', s) + "
      "#tostring({}) + utf8.len(s) + #os.date('%A'):rep(0) + math.random(0) * 0";
  expect_order_whatever_is_refused(kUse);
}

}  // namespace
}  // namespace moonwright::runtime
