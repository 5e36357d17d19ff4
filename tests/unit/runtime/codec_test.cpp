// codec_test.cpp: what the encoding looks like, and that values come back as they went in.
#include "runtime/codec.hpp"

#include <gmock/gmock.h>

#include "codec_support.hpp"
#include "runtime/ref_userdata.hpp"
#include "runtime/state.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::HasSubstr;

TEST(Codec, WritesEachValueInItsShortestForm) {
  EXPECT_EQ(hex(encoded("return nil, true, false")), "c0 c3 c2");
  EXPECT_EQ(hex(encoded("return 0, 127, -1, -32")), "00 7f ff e0");
  EXPECT_EQ(hex(encoded("return 128, 255, -33, -128")), "cc 80 cc ff d0 df d0 80");
  EXPECT_EQ(hex(encoded("return 256, 65535, -129, -32768")), "cd 01 00 cd ff ff d1 ff 7f d1 80 00");
  EXPECT_EQ(hex(encoded("return 65536, 0xffffffff, -32769, -0x80000000")),
            "ce 00 01 00 00 ce ff ff ff ff d2 ff ff 7f ff d2 80 00 00 00");
  EXPECT_EQ(hex(encoded("return 0x100000000, -0x80000001")),
            "cf 00 00 00 01 00 00 00 00 d3 ff ff ff ff 7f ff ff ff");
  EXPECT_EQ(hex(encoded("return 1.5")), "cb 3f f8 00 00 00 00 00 00");
  EXPECT_EQ(hex(encoded("return 'sink', 1")), "a4 73 69 6e 6b 01");
}

TEST(Codec, WritesTablesAsArraysMapsOrBoth) {
  EXPECT_EQ(hex(encoded("return {}")), "80");
  EXPECT_EQ(hex(encoded("return {1, 2, {}}")), "93 01 02 80");
  EXPECT_EQ(hex(encoded("return {a = 1}")), "81 a1 61 01");
  EXPECT_EQ(hex(encoded("return {[2] = 1}")), "81 02 01");
  EXPECT_EQ(hex(encoded("return {7, 8, a = 1}")), "93 d4 03 00 92 07 08 81 a1 61 01");
  EXPECT_EQ(hex(encoded("local t = {} t.t = t return t")), "d4 04 00 81 a1 74 d6 01 00 00 00 00");
}

TEST(Codec, KeepsIntegersAndFloatsApart) {
  for (const char* code :
       {"return 1", "return 1.0", "return -0.0", "return 0/0", "return math.huge",
        "return -math.huge", "return math.maxinteger", "return math.mininteger", "return 2^53",
        "return 5e-324", "return {[1.5] = 1, [-1] = 2, [math.mininteger] = 3, [2^60] = 4}"}) {
    EXPECT_TRUE(survives(code)) << code;
  }
  const Lua lua;
  int count = 0;
  ASSERT_EQ(decode_protected(lua, encoded(lua, "return -0.0"), &count), LUA_OK);
  EXPECT_TRUE(std::signbit(lua_tonumber(lua, -1)));
}

TEST(Codec, KeepsEveryIntegerAroundAPowerOfTwo) {
  EXPECT_TRUE(survives(R"(
    local list = {}
    for bit = 0, 63 do
      for step = -2, 2 do
        list[#list + 1] = (1 << bit) + step
        list[#list + 1] = -(1 << bit) + step
      end
    end
    return list)",
                       {.entries_max = 1000}));
}

TEST(Codec, KeepsStringsOfEveryLengthClassAndByte) {
  for (const int length : {0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 255, 256, 65535, 65536, 200000}) {
    EXPECT_TRUE(survives("return ('x'):rep(" + std::to_string(length) + ")")) << length;
  }
  EXPECT_TRUE(survives(R"(
    local bytes = {}
    for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
    return table.concat(bytes))"));
}

TEST(Codec, KeepsTablesOfEverySizeClass) {
  for (const int size : {1, 14, 15, 16, 17, 31, 32, 65535, 65536, 99998}) {
    const std::string n = std::to_string(size);
    EXPECT_TRUE(survives("local t = {} for i = 1, " + n + " do t[i] = i end return t")) << n;
    EXPECT_TRUE(survives("local t = {} for i = 1, " + n + " do t[-i] = i end return t")) << n;
    EXPECT_TRUE(survives("local t = {x = 1} for i = 1, " + n + " do t[i] = i end return t")) << n;
    EXPECT_TRUE(survives("local t = {1} for i = 2, " + n + " do t[i + 0.5] = i end return t",
                         {.bytes_max = 2u << 20}))
        << n;
  }
}

TEST(Codec, KeepsTheHeadsOfNestedTablesThatGrow) {
  EXPECT_TRUE(survives(R"(
    local function grow(depth)
      local t = {}
      for i = 1, 17 do t[i] = (i % 8 == 0 and depth > 0) and grow(depth - 1) or i end
      for i = 1, 17 do t['k' .. i] = (i % 8 == 0 and depth > 0) and grow(depth - 1) or i end
      return t
    end
    return grow(4))"));
}

TEST(Codec, KeepsHolesAndSparseTables) {
  EXPECT_TRUE(survives("return {1, nil, 3}"));
  EXPECT_TRUE(survives("return {nil, nil, 3}"));
  EXPECT_TRUE(survives("local t = {1, 2, 3, 4} t[2] = nil return t"));
  EXPECT_TRUE(survives("local t = {} for i = 1, 62 do t[1 << i] = i end return t"));
  EXPECT_TRUE(survives("local t = {} for i = 20, 1, -1 do t[i] = i end return t"));
  EXPECT_TRUE(survives("return {[math.maxinteger] = 1, [0] = 2, [1] = 3}"));
}

TEST(Codec, KeepsKeysOfEveryType) {
  EXPECT_TRUE(survives("return {[true] = 1, [false] = 2, [1.5] = 3, [''] = 4, [-7] = 5}"));
  EXPECT_TRUE(survives("return {[{1}] = {2}, [{}] = 3}"));
}

TEST(Codec, KeepsSharedTablesShared) {
  EXPECT_TRUE(survives("local s = {} return {s, s, {s}, a = s}"));
  EXPECT_TRUE(survives("return {{}, {}}"));
  const Lua lua;
  int count = 0;
  ASSERT_EQ(decode_protected(lua, encoded("local s = {} return s, s"), &count), LUA_OK);
  ASSERT_EQ(count, 2);
  EXPECT_TRUE(lua_rawequal(lua, -1, -2));
}

TEST(Codec, KeepsSharingAmongManyTables) {
  EXPECT_TRUE(survives(R"(
    local all, list = {}, {}
    for i = 1, 3000 do all[i] = {i} end
    for i = 1, 3000 do list[i] = all[i * 7 % 3000 + 1] end
    return {all, list})"));
}

TEST(Codec, KeepsCycles) {
  EXPECT_TRUE(survives("local t = {} t[1] = t return t"));
  EXPECT_TRUE(survives("local t = {} t[t] = t return t"));
  EXPECT_TRUE(survives("local a, b = {}, {} a.b, b.a, b[1] = b, a, b return a"));
}

TEST(Codec, AnEncoderCanBeUsedAgainAfterAnyMessage) {
  const Lua lua;
  Encoder encoder;
  for (int round = 0; round < 3; ++round) {
    int count = lua.run("local t = {} for i = 1, 100 do t[i] = {i} end t.t = t return t");
    ASSERT_TRUE(encoder.encode(lua, 1, count, {}));
    count = lua.run("return {print}");
    ASSERT_FALSE(encoder.encode(lua, 1, count, {}));
    count = lua.run("return {{}, {}}, 1");
    ASSERT_TRUE(encoder.encode(lua, 1, count, {}));
    EXPECT_EQ(hex(encoder.bytes()), "92 80 80 01");
    ASSERT_TRUE(encoder.encode(lua, 1, 0, {}));
    EXPECT_TRUE(encoder.bytes().empty());
    encoder.trim();
  }
}

TEST(Codec, NeitherAsksNorSendsMetatables) {
  const std::string bytes = encoded(R"(
    local function fail() error('a metamethod was called') end
    local events = {}
    for _, name in ipairs{'index', 'newindex', 'len', 'pairs', 'eq', 'tostring', 'call', 'gc'} do
      events['__' .. name] = fail
    end
    events.__metatable = false
    return setmetatable({1, 2}, events))");
  EXPECT_EQ(hex(bytes), "92 01 02");
}

TEST(Codec, ReadsEveryFormOfMessagePack) {
  const Lua lua;
  const auto reads = [&lua](const std::string& bytes, const char* code) {
    lua.run(code);
    int count = 0;
    EXPECT_EQ(decode_protected(lua, bytes, &count), LUA_OK);
    return count == 1 && lua.same(1, 2);
  };
  EXPECT_TRUE(reads(raw({0xc4, 1, 'x'}), "return 'x'"));
  EXPECT_TRUE(reads(raw({0xc5, 0, 1, 'x'}), "return 'x'"));
  EXPECT_TRUE(reads(raw({0xc6, 0, 0, 0, 1, 'x'}), "return 'x'"));
  EXPECT_TRUE(reads(raw({0xd9, 1, 'x'}), "return 'x'"));
  EXPECT_TRUE(reads(raw({0xdb, 0, 0, 0, 1, 'x'}), "return 'x'"));
  EXPECT_TRUE(reads(raw({0xca, 0x3f, 0x80, 0, 0}), "return 1.0"));
  EXPECT_TRUE(reads(raw({0xcf, 0, 0, 0, 0, 0, 0, 0, 5}), "return 5"));
  EXPECT_TRUE(reads(raw({0xcf, 128, 0, 0, 0, 0, 0, 0, 0}), "return 2^63"));
  EXPECT_TRUE(reads(raw({0xd3, 255, 255, 255, 255, 255, 255, 255, 255}), "return -1"));
  EXPECT_TRUE(reads(raw({0xdc, 0, 1, 7}), "return {7}"));
  EXPECT_TRUE(reads(raw({0xdd, 0, 0, 0, 1, 7}), "return {7}"));
  EXPECT_TRUE(reads(raw({0xde, 0, 1, 7, 8}), "return {[7] = 8}"));
  EXPECT_TRUE(reads(raw({0xdf, 0, 0, 0, 1, 7, 8}), "return {[7] = 8}"));
  EXPECT_TRUE(reads(raw({0x93, 1, 0xc0, 3}), "return {1, nil, 3}"));
  EXPECT_TRUE(reads(raw({0x81, 1, 0xc0}), "return {}"));
  EXPECT_TRUE(reads(raw({0x82, 1, 2, 1, 3}), "return {3}"));
}

TEST(Codec, SendsReferencesBesideTheBytes) {
  const Target target(7);
  auto state = State::open({});
  ASSERT_TRUE(state) << state.error().message;
  lua_State* L = (*state)->lua();
  lua_createtable(L, 0, 1);
  push_ref(L, &target);
  push_ref(L, &target);
  lua_rawset(L, -3);

  Encoder encoder;
  ASSERT_TRUE(encoder.encode(L, lua_gettop(L), 1, {})) << encoder.error().message;
  EXPECT_EQ(hex(encoder.bytes()), "81 d6 02 00 00 00 00 d6 02 00 00 00 01");
  ASSERT_EQ(encoder.refs().size(), 2u);

  ASSERT_EQ(decode(L, encoder.bytes(), encoder.refs()), 1);
  push_ref(L, &target);
  ASSERT_EQ(lua_rawget(L, -2), LUA_TUSERDATA);
  EXPECT_EQ(to_ref(L, -1), &target);

  ASSERT_TRUE(encoder.encode(L, 1, 0, {}));
  state->reset();
  EXPECT_EQ(target.count, 0);
}

TEST(Codec, ReadsTheNameOfAMessageWithoutDecodingIt) {
  EXPECT_EQ(peek_name(encoded("return 'sink', 1")), "sink");
  EXPECT_EQ(peek_name(encoded("local s = {} return ('x'):rep(40), s, s")), std::string(40, 'x'));
  EXPECT_EQ(peek_name(encoded("return 1")), "");
  EXPECT_EQ(peek_name(raw({0xa4, 's'})), "");
  EXPECT_EQ(peek_name(""), "");
}

TEST(Codec, SaysWhatCannotBeSentAndWhere) {
  EXPECT_EQ(refused("return print").code, ErrorCode::unsupported);
  EXPECT_THAT(refused("return print").message, HasSubstr("argument 1: a function cannot be sent"));
  EXPECT_THAT(refused("return 1, {items = {0, 0, {on_click = print}}}").message,
              HasSubstr("argument 2.items[3].on_click: a function cannot be sent"));
  EXPECT_THAT(refused("return {['two words'] = {['a\"\\n'] = coroutine.create(print)}}").message,
              HasSubstr(R"(argument 1["two words"]["a\"\x0a"]: a coroutine cannot be sent)"));
  EXPECT_THAT(refused("return {[1.5] = {[true] = {[{}] = io.stdout}}}").message,
              HasSubstr("argument 1[1.5][true][table]: a userdata cannot be sent"));
  EXPECT_THAT(refused("return {[print] = 1}").message,
              HasSubstr("argument 1[function]: a function cannot be sent"));
  EXPECT_THAT(refused("return {[('k'):rep(50)] = print}").message,
              HasSubstr("argument 1." + std::string(40, 'k') + "...: "));
  EXPECT_THAT(refused("return {[('-'):rep(50)] = print}").message,
              HasSubstr("argument 1[\"" + std::string(40, '-') + "...\"]: "));
}

TEST(Codec, ShowsBothEndsOfALongPath) {
  const std::string message = refused(R"(
    local t = {last = print}
    for i = 1, 50 do t = {['field_' .. i] = t} end
    return t)")
                                  .message;
  EXPECT_THAT(message, HasSubstr("argument 1.field_50.field_49"));
  EXPECT_THAT(message, HasSubstr(" ... "));
  EXPECT_THAT(message, HasSubstr("field_1.last: a function"));
  EXPECT_LT(message.size(), 350u);
}

}  // namespace
}  // namespace moonwright::runtime
