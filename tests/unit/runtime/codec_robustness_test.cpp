// codec_robustness_test.cpp: any bytes are safe to decode, and so is any failure of memory.
//
// Every message of a sample is cut at every byte and has every bit flipped. The copies end where
// their memory ends, so that AddressSanitizer sees a read beyond. Decoding runs under an allocator
// with a small budget: a message of a few bytes must not make room for millions of entries.
#include <string>
#include <vector>

#include "codec_support.hpp"

namespace moonwright::runtime {
namespace {

std::vector<std::string> samples() {
  std::vector<std::string> all;
  for (const char* code : {
           "return nil, true, 1, 200, 70000, 1 << 40, -1, -200, -70000, -(1 << 40), 1.5, 'name'",
           "return {1, 2, {3, {}}}, {a = 1, b = {c = 'd'}}, {1, 2, x = {y = 1, 2}}",
           "local s = {1} local t = {s, s, k = s} t.t = t t[t] = s return t, s",
           "local t = {} for i = 1, 20 do t[i] = {n = i} end return t",
           "return ('x'):rep(40), {[1.5] = true, [-1] = ('y'):rep(300)}",
       }) {
    all.push_back(encoded(code));
  }
  // Forms that we read but never write.
  all.push_back(raw({0xc4, 1, 'x', 0xc5, 0, 1, 'x', 0xca, 0x3f, 0x80, 0, 0, 0xdc, 0, 1, 7}));
  all.push_back(raw({0xde, 0, 1, 7, 8, 0xcf, 255, 255, 255, 255, 255, 255, 255, 255}));
  return all;
}

void decodes_or_refuses(std::string_view bytes) {
  const Lua lua(1 << 20);
  int count = 0;
  ASSERT_EQ(decode_protected(lua, bytes, &count), LUA_OK) << hex(bytes);
  ASSERT_EQ(lua_gettop(lua), count < 0 ? 0 : count);
  (void)peek_name(bytes);
  const auto values = decode_values(bytes, {});
  if (values) {
    ASSERT_EQ(static_cast<int>(values->size()), count);
  } else {
    ASSERT_TRUE(values.error().code == ErrorCode::corrupt ||
                values.error().code == ErrorCode::unsupported);
  }
}

TEST(CodecRobustness, AnyTruncationIsDecodedOrRefused) {
  for (const std::string& bytes : samples()) {
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
      decodes_or_refuses(std::string_view(bytes).substr(0, size));
    }
  }
}

TEST(CodecRobustness, AnyFlippedBitIsDecodedOrRefused) {
  for (const std::string& bytes : samples()) {
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      decodes_or_refuses(flipped);
    }
  }
}

TEST(CodecRobustness, AnyThreeBytesAreDecodedOrRefused) {
  // One state for all of them: there are two hundred thousand.
  const Lua lua;
  for (int lead = 0x80; lead < 0x100; ++lead) {
    for (int second = 0; second < 0x100; second += 3) {
      for (int third = 0; third < 0x100; third += 5) {
        lua_settop(lua, 0);
        int count = 0;
        ASSERT_EQ(decode_protected(lua, raw({lead, second, third}), &count), LUA_OK);
      }
    }
  }
}

TEST(CodecRobustness, ACountBeyondTheEndMakesNoRoom) {
  for (const std::string& bytes : {
           raw({0xdd, 0xff, 0xff, 0xff, 0xff}),
           raw({0xdd, 0x7f, 0xff, 0xff, 0xff, 1}),
           raw({0xdf, 0xff, 0xff, 0xff, 0xff}),
           raw({0xdf, 0x80, 0, 0, 1, 1, 1}),
           raw({0xdb, 0xff, 0xff, 0xff, 0xff}),
           raw({0xc6, 0xff, 0xff, 0xff, 0xff, 0}),
           raw({0x93, 0xd4, 3, 0, 0xdd, 0xff, 0xff, 0xff, 0xff}),
       }) {
    decodes_or_refuses(bytes);
    EXPECT_TRUE(corrupt(bytes)) << hex(bytes);
  }
  // Each of 100 heads claims all of the rest; together they claim a hundred times what there is.
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += raw({0xdd, 0, 0, 0xc0, 0});
  bytes.resize(60'000);
  decodes_or_refuses(bytes);
  EXPECT_TRUE(corrupt(bytes));
}

TEST(CodecRobustness, RefusesWhatLuaCouldNotHold) {
  EXPECT_TRUE(corrupt(raw({0x81, 0xc0, 1})));                                // nil as a key
  EXPECT_TRUE(corrupt(raw({0x81, 0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0, 1})));  // NaN as a key
  EXPECT_TRUE(corrupt(raw({0x81, 0xca, 0x7f, 0xc0, 0, 0, 1})));              // the same, short
  EXPECT_TRUE(corrupt(raw({0xc1})));                                         // never used
  EXPECT_TRUE(corrupt(raw({0xd4, 5, 0})));                                   // foreign types
  EXPECT_TRUE(corrupt(raw({0xd6, 0xff, 0, 0, 0, 0})));                       // a time stamp
  EXPECT_TRUE(corrupt(raw({0xc7, 0, 3})));                                   // ext 8
  EXPECT_TRUE(corrupt(raw({0xd6, 2, 0, 0, 0, 0})));                          // no such actor
  EXPECT_TRUE(corrupt(raw({0x91, 0xd6, 1, 0, 0, 0, 0})));                    // no shared mark
  EXPECT_TRUE(corrupt(raw({0xd4, 4, 0, 0xd6, 1, 0, 0, 0, 0})));              // no such table
  EXPECT_TRUE(corrupt(raw({0xd4, 4, 0, 0x91, 0xd6, 1, 0, 0, 0, 1})));        // not yet
  EXPECT_TRUE(corrupt(raw({1, 0xd4, 4, 0})));                                // mark not first
  EXPECT_TRUE(corrupt(raw({0xd4, 3, 0})));                                   // mixed by itself
  EXPECT_TRUE(corrupt(raw({0x93, 0xd4, 3, 0, 0x81, 1, 1, 0x80})));           // no array in it
  EXPECT_TRUE(corrupt(raw({0x93, 0xd4, 3, 0, 0x90, 0x90})));                 // no map in it
  EXPECT_TRUE(corrupt(raw({0x93, 0xd4, 3, 0, 0x93, 0xd4, 3, 0, 0x90, 0x80, 0x80})));
}

TEST(CodecRobustness, MoreValuesThanAStackHoldsAreCorrupt) {
  EXPECT_FALSE(corrupt(std::string(100'000, '\xc0')));
  EXPECT_TRUE(corrupt(std::string(2'000'000, '\xc0')));
}

// Each run has one allocation more, until there are enough.
TEST(CodecRobustness, DecodingSurvivesTheFailureOfEachAllocation) {
  for (const std::string& bytes : samples()) {
    int status = LUA_ERRMEM;
    for (std::uint64_t allowed = 0; status != LUA_OK; ++allowed) {
      ASSERT_LT(allowed, 1000u);
      Lua lua;
      lua.allocator().refuse_after(allowed);
      int count = 0;
      status = decode_protected(lua, bytes, &count);
      if (status != LUA_OK) {
        ASSERT_EQ(status, LUA_ERRMEM);
      }
    }
  }
}

TEST(CodecRobustness, DecodingWithoutRoomForLuasStackIsAMemoryError) {
  Lua lua;
  const std::string bytes = encoded(lua, "local t = {} for i = 2, 64 do t = {t} end return t");
  const std::string many(1000, '\1');
  lua_gc(lua, LUA_GCCOLLECT);  // shrinks the stack
  for (const std::string& message : {bytes, many}) {
    lua.allocator().refuse_after(0);
    int count = 0;
    EXPECT_EQ(decode_protected(lua, message, &count), LUA_ERRMEM);
    lua_settop(lua, 0);
  }
}

TEST(CodecRobustness, EncodingWithoutRoomForLuasStackIsAMemoryLimit) {
  Lua lua;
  lua.run("local t = {} for i = 2, 128 do t = {t} end return t");
  Encoder encoder;
  lua.allocator().refuse_after(0);
  EXPECT_FALSE(encoder.encode(lua, 1, 1, {.depth_max = 128}));
  EXPECT_EQ(encoder.error().code, ErrorCode::memory_limit);
  EXPECT_EQ(lua_gettop(lua), 1);
  lua.allocator().refuse_after(1000);
  EXPECT_TRUE(encoder.encode(lua, 1, 1, {.depth_max = 128}));
}

}  // namespace
}  // namespace moonwright::runtime
