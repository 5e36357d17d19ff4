// string_pack_test.cpp: pack, packsize and unpack are those of Lua.
#include "runtime/string_pack.hpp"

#include <gmock/gmock.h>

#include <string>

#include "lua_run.hpp"
#include "runtime/toll.hpp"
#include "upstream.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::HasSubstr;

TEST(StringPack, AnswersAsUpstreamDoes) {
  Upstream upstream;
  for (const char* code : {
           "string.pack()",
           "string.pack('')",
           "string.pack('b')",
           "string.pack('b', 'x')",
           "string.pack('b', 1.5)",
           "string.pack('b', '7')",
           "string.pack('bBhHlLjJTiI', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)",
           "string.pack('<i1i2i3i4i5i6i7i8', -1, -2, -3, -4, -5, -6, -7, -8)",
           "string.pack('>i1i2i3i4i5i6i7i8', -1, -2, -3, -4, -5, -6, -7, -8)",
           "string.pack('<i16>i16=I16', -2, -2, -2)",
           "string.pack('i17', 1)",
           "string.pack('i0', 1)",
           "string.pack('i99999999999', 1)",
           "string.pack('b', 128)",
           "string.pack('b', -129)",
           "string.pack('b', -128)",
           "string.pack('B', 256)",
           "string.pack('B', -1)",
           "string.pack('i7', 1 << 55)",
           "string.pack('I7', 1 << 55)",
           "string.pack('i7', (1 << 55) - 1)",
           "string.pack('J', -1)",
           "string.pack('fdn', 1.5, 1.5, 1.5)",
           "string.pack('>f<d>n', 1e10, 1e-10, 'x')",
           "string.pack('>f<d>n', 1e10, 1e-10, '1')",
           "string.pack('f', 1e300)",
           "string.pack('c5', 'abc')",
           "string.pack('c5', 'abcdef')",
           "string.pack('c', 'abc')",
           "string.pack('c0', '')",
           "string.pack('c0', 'a')",
           "string.pack('c600', 'a')",
           "string.pack('s', 'abc')",
           "string.pack('s1', ('x'):rep(255))",
           "string.pack('s1', ('x'):rep(256))",
           "string.pack('s2', ('x'):rep(256))",
           "string.pack('<s16', 'abc')",
           "string.pack('s', 12)",
           "string.pack('s', {})",
           "string.pack('z', 'abc')",
           "string.pack('z', 'a\\0c')",
           "string.pack('zz', '', '')",
           "string.pack('xbx', 1)",
           "string.pack('!4 b i4 b', 1, 2, 3)",
           "string.pack('!8 b Xi8 b', 1, 2)",
           "string.pack('!8 b Xd', 1)",
           "string.pack('! b j', 1, 2)",
           "string.pack('!2 b i8', 1, 2)",
           "string.pack('!16 b i16', 1, 2)",
           "string.pack('!3 b i3', 1, 2)",
           "string.pack('!4 b i3', 1, 2)",
           "string.pack('!17', 1)",
           "string.pack('X', 1)",
           "string.pack('Xc4', 1)",
           "string.pack('Xz', 1)",
           "string.pack('XX', 1)",
           "string.pack('X ', 1)",
           "string.pack('Xx', 1)",
           "string.pack('X!4i4', 1)",
           "string.pack('!8 b s', 1, 'ab')",
           "string.pack(' < > = b ', 1)",
           "string.pack('y', 1)",
           "string.pack('b\\0y', 1)",
           "string.pack('b', 1, 2, 3)",
           "string.pack(('b'):rep(200), table.unpack({}, 1, 200))",
           "string.packsize()",
           "string.packsize('')",
           "string.packsize('bhijld')",
           "string.packsize('!bhijld')",
           "string.packsize('!8 b Xi8 b')",
           "string.packsize('s')",
           "string.packsize('z')",
           "string.packsize('c10x')",
           "string.packsize('c2147483647')",
           "string.packsize('c2147483647c1')",
           "string.packsize('c2147483640 c9')",
           "string.packsize('c21474836470')",
           "string.packsize('!4 c2147483645 i4')",
           "string.unpack()",
           "string.unpack('b')",
           "string.unpack('', '')",
           "string.unpack('b', '')",
           "string.unpack('b', 'a')",
           "string.unpack('bB', '\\255\\255')",
           "string.unpack('<i2>i2<I2>I2', '\\1\\255\\1\\255\\1\\255\\1\\255')",
           "string.unpack('<i3>i3', '\\1\\2\\255\\255\\1\\2')",
           "string.unpack('<i16', ('\\255'):rep(16))",
           "string.unpack('<I16', ('\\255'):rep(16))",
           "string.unpack('<i16', ('\\255'):rep(8) .. ('\\0'):rep(8))",
           "string.unpack('<I16', ('\\255'):rep(8) .. ('\\0'):rep(8))",
           "string.unpack('<i9', '\\1\\0\\0\\0\\0\\0\\0\\0\\1')",
           "string.unpack('f', string.pack('f', 1.5))",
           "string.unpack('>d', string.pack('>d', -0.1))",
           "string.unpack('n', 'short')",
           "string.unpack('c3', 'abcd')",
           "string.unpack('c5', 'abcd')",
           "string.unpack('c0', '')",
           "string.unpack('s1', '\\3abcd')",
           "string.unpack('s1', '\\5abcd')",
           "string.unpack('s', ('\\255'):rep(20))",
           "string.unpack('z', 'abc\\0def')",
           "string.unpack('z', 'abc')",
           "string.unpack('zz', 'a\\0\\0')",
           "string.unpack('z', '')",
           "string.unpack('b', 'abc', 2)",
           "string.unpack('b', 'abc', -1)",
           "string.unpack('b', 'abc', 4)",
           "string.unpack('b', 'abc', 5)",
           "string.unpack('', 'abc', 4)",
           "string.unpack('b', 'abc', -10)",
           "string.unpack('b', 'abc', 0)",
           "string.unpack('!4 b i4 b', '\\1\\0\\0\\0\\2\\0\\0\\0\\3')",
           "string.unpack('!8 b Xi8 b', '\\1\\0\\0\\0\\0\\0\\0\\0\\2')",
           "string.unpack('!4 i4', 'xabcdefgh', 2)",
           "string.unpack('xbx', 'abc')",
           "string.unpack('c2147483647', 'abc')",
           "string.unpack(('b'):rep(300), ('a'):rep(300))",
       }) {
    EXPECT_TRUE(upstream.agree(std::string("return ") + code));
  }
}

TEST(StringPack, PaysForLongFormatsAndValues) {
  const auto state = open_state({.memory_bytes_max = 16u << 20});
  const auto cost = [&](const std::string& code) {
    const std::uint64_t before = state->meter().paid();
    EXPECT_THAT(run(*state, code), Not(HasSubstr("error"))) << code;
    return state->meter().paid() - before;
  };
  EXPECT_GE(cost("return string.packsize((' '):rep(1000000))"), 1'000'000u);
  EXPECT_GE(cost("return #string.pack(('x'):rep(1000000))"), 1'000'000u);
  EXPECT_GE(cost("return string.unpack((' '):rep(1000000), '')"), 1'000'000u);
  EXPECT_GE(cost("return #string.pack('c4000000', '')"), 4'000'000 / Toll::kBytesPerStep);
  EXPECT_GE(cost("return #string.unpack('z', ('x'):rep(4000000) .. '\\0')"),
            4'000'000 / Toll::kBytesPerStep);
  EXPECT_THAT(run(*state, "return pcall(string.pack, 'c2147483647', '')"),
              HasSubstr("resulting string too large"));
}

}  // namespace
}  // namespace moonwright::runtime
