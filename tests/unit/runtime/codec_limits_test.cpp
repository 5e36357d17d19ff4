// codec_limits_test.cpp: the caps of a message, at the bound and one above.
#include <gmock/gmock.h>

#include "codec_support.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string nested(int depth) {
  return "local t = {} for i = 2, " + std::to_string(depth) + " do t = {t} end return t";
}

TEST(CodecLimits, NestsAsDeepAsAllowedAndNotDeeper) {
  EXPECT_TRUE(survives(nested(64)));
  const Error error = refused(nested(65));
  EXPECT_EQ(error.code, ErrorCode::too_large);
  EXPECT_THAT(error.message,
              HasSubstr("message is nested deeper than 64 tables (limits.message.depth_max)"));
  EXPECT_TRUE(survives("return {}", {.depth_max = 1}));
  EXPECT_EQ(refused("return {{}}", {.depth_max = 1}).code, ErrorCode::too_large);
  EXPECT_EQ(refused("return {[{}] = 1}", {.depth_max = 1}).code, ErrorCode::too_large);
  EXPECT_TRUE(survives("local t = {} t.t = t return t", {.depth_max = 1}));
}

TEST(CodecLimits, NeedsNoFreeStackOfItsCaller) {
  const Lua lua;
  lua.run(nested(128));
  while (lua_gettop(lua) < LUA_MINSTACK) lua_pushnil(lua);
  Encoder encoder;
  EXPECT_TRUE(encoder.encode(lua, 1, 1, {.depth_max = 128}));
}

TEST(CodecLimits, ReadsAsDeepAsAllowedAndNotDeeper) {
  const std::string bytes = encoded(nested(64));
  EXPECT_FALSE(corrupt(bytes, 64));
  EXPECT_TRUE(corrupt(bytes, 63));
  EXPECT_FALSE(corrupt("x", 0));
}

TEST(CodecLimits, CountsTableEntriesAndArguments) {
  EXPECT_TRUE(survives("return {1, 2, 3}", {.entries_max = 4}));
  const Error error = refused("return {1, 2, 3}", {.entries_max = 3});
  EXPECT_EQ(error.code, ErrorCode::too_large);
  EXPECT_EQ(error.message,
            "argument 1[3]: message has more than 3 values (limits.message.entries_max)");
  EXPECT_TRUE(survives("return {1, 2, a = {b = 3}}", {.entries_max = 5}));
  EXPECT_EQ(refused("return {1, 2, a = {b = 3}}", {.entries_max = 4}).code, ErrorCode::too_large);
  encoded("return 1, 2", {.entries_max = 2});
  EXPECT_THAT(refused("return 1, 2, 3", {.entries_max = 2}).message, StartsWith("argument 3: "));
}

TEST(CodecLimits, RefusesAnEnormousTableAtItsFirstEntryTooMany) {
  const Lua lua;
  lua_createtable(lua, 10'000'000, 0);
  for (int i = 1; i <= 10'000'000; ++i) {
    lua_pushboolean(lua, 1);
    lua_rawseti(lua, 1, i);
  }
  Encoder encoder;
  EXPECT_FALSE(encoder.encode(lua, 1, 1, {}));
  EXPECT_EQ(encoder.error().message,
            "argument 1[100000]: message has more than 100000 values (limits.message.entries_max)");
}

TEST(CodecLimits, AllowsEverySizeUpToTheCapExactly) {
  for (const char* code : {
           "return nil",
           "return 1",
           "return 300, -300, 1 << 40",
           "return 1.5",
           "return 'short'",
           "return ('x'):rep(300)",
           "return {}",
           "return {1, 2, 3}",
           "return {1, 2, a = 3}",
           "local t = {} for i = 1, 40 do t[i] = i end return t",
           "local t = {} for i = 1, 40 do t['k' .. i] = {i} end return t",
           "local s = {} return {s, s, s}",
           "return ('x'):rep(70000), {('y'):rep(100)}",
       }) {
    const auto size = static_cast<std::uint32_t>(encoded(code).size());
    EXPECT_EQ(encoded(code, {.bytes_max = size}).size(), size) << code;
    const std::uint32_t below_least = size > 200 ? size - 200 : 0;
    for (std::uint32_t below = below_least; below < size; ++below) {
      const Error error = refused(code, {.bytes_max = below});
      EXPECT_EQ(error.code, ErrorCode::too_large) << code << " in " << below;
    }
  }
}

TEST(CodecLimits, NamesTheCapOnBytes) {
  EXPECT_EQ(refused("return 'name', {rows = {('x'):rep(1 << 20)}}").message,
            "argument 2.rows[1]: message is larger than 1.00 MiB (limits.message.bytes_max)");
  EXPECT_EQ(refused("return ('x'):rep(1000)", {.bytes_max = 999}).message,
            "argument 1: message is larger than 999 B (limits.message.bytes_max)");
}

}  // namespace
}  // namespace moonwright::runtime
