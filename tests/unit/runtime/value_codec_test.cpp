// value_codec_test.cpp: C++ values to bytes and back, and the same bytes as the Lua codec's.
#include <gmock/gmock.h>

#include <limits>

#include "codec_support.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::HasSubstr;

std::string written(const Values& values, const MessageLimits& limits = {}) {
  ByteBuffer out;
  RefList refs;
  const auto done = encode_values(values, limits, out, refs);
  EXPECT_TRUE(done) << done.error().message;
  return std::string(out.view());
}

Error refused_values(const Values& values, const MessageLimits& limits = {}) {
  ByteBuffer out;
  RefList refs;
  const auto done = encode_values(values, limits, out, refs);
  EXPECT_FALSE(done);
  EXPECT_EQ(out.size(), 0u);
  EXPECT_TRUE(refs.empty());
  return done ? Error{} : done.error();
}

Values read(std::string_view bytes) {
  const auto values = decode_values(bytes, {});
  EXPECT_TRUE(values) << values.error().message;
  return values.value_or(Values());
}

Error unreadable(std::string_view bytes, std::uint32_t depth_max = 128) {
  const auto values = decode_values(bytes, {}, depth_max);
  EXPECT_FALSE(values);
  return values ? Error{} : values.error();
}

TEST(ValueCodec, WritesWhatTheLuaCodecWrites) {
  const auto same = [](const Values& values, const char* code) {
    EXPECT_EQ(hex(written(values)), hex(encoded(code))) << code;
  };
  same({nullptr, true, 1, 2.5, "x"}, "return nil, true, 1, 2.5, 'x'");
  same({128, -129, 70000, std::int64_t{1} << 40}, "return 128, -129, 70000, 1 << 40");
  same({Table()}, "return {}");
  same({Table::list({1, 2, Table::list({3})})}, "return {1, 2, {3}}");
  same({Table{{"a", 1}}}, "return {a = 1}");
  Table mixed = Table::list({7, 8});
  mixed.set("a", 1);
  same({mixed}, "return {7, 8, a = 1}");
  const Value shared = Table::list({1});
  same({Table::list({shared, shared})}, "local s = {1} return {s, s}");
}

TEST(ValueCodec, ReadsWhatScriptsWrite) {
  const Values values = read(encoded("return 'name', {1, 2, x = {y = 'z'}, [7] = true}"));
  ASSERT_EQ(values.size(), 2u);
  EXPECT_EQ(values[0], Value("name"));
  Table expected = Table::list({1, 2});
  expected.set("x", Table{{"y", "z"}});
  expected.set(7, true);
  EXPECT_EQ(values[1], Value(expected));
}

TEST(ValueCodec, GivesBackElementsWhateverTheOrderOnTheWire) {
  // A table that was filled from the end keeps its integer keys in the hash part.
  const Values values = read(encoded("local t = {} for i = 9, 1, -1 do t[i] = i end return t"));
  EXPECT_EQ(values.at(0).as_table().elements().size(), 9u);
  EXPECT_TRUE(values.at(0).as_table().fields().empty());
}

TEST(ValueCodec, KeepsHolesAmongElements) {
  const Values values = {Table::list({1, nullptr, 3})};
  EXPECT_EQ(read(written(values)), values);
}

TEST(ValueCodec, KeepsSharedTablesShared) {
  const Value shared = Table{{"k", 1}};
  const Values values = read(written({shared, Table::list({shared, shared}), shared}));
  EXPECT_EQ(values.at(0).table_pointer(), values.at(2).table_pointer());
  EXPECT_EQ(values.at(0).table_pointer(), values.at(1)[1].table_pointer());
  EXPECT_EQ(values.at(1)[1].table_pointer(), values.at(1)[2].table_pointer());
}

TEST(ValueCodec, WritesAGraphWithManyPathsOnce) {
  Value graph = 1;
  for (int i = 0; i < 60; ++i) graph = Table::list({graph, graph});
  const std::string bytes = written({graph});
  EXPECT_LT(bytes.size(), 1000u);
  // Each side has 2^60 paths.
  EXPECT_EQ(read(bytes).at(0), graph);
}

TEST(ValueCodec, RefusesCyclesWhichOnlyScriptsCanHold) {
  EXPECT_EQ(unreadable(encoded("local t = {} t.t = t return t")).code, ErrorCode::unsupported);
  EXPECT_EQ(unreadable(encoded("local t = {} t[t] = 1 return t")).code, ErrorCode::unsupported);
}

TEST(ValueCodec, TheLaterOfTwoEqualKeysWins) {
  EXPECT_EQ(read(raw({0x82, 0xa1, 'k', 1, 0xa1, 'k', 2})).at(0)["k"], Value(2));
  // The float 1.0 and the integer 1 are one key, and an element overridden by a field.
  EXPECT_EQ(read(raw({0x82, 1, 5, 0xca, 0x3f, 0x80, 0, 0, 6})).at(0)[1], Value(6));
  EXPECT_EQ(read(raw({0x93, 0xd4, 3, 0, 0x91, 5, 0x81, 1, 6})).at(0)[1], Value(6));
  EXPECT_TRUE(read(raw({0x82, 7, 5, 7, 0xc0})).at(0).as_table().empty());
}

TEST(ValueCodec, ReadsALargeMapInReasonableTime) {
  std::string bytes = raw({0xdf, 0, 1, 0x86, 0xa0});
  for (int i = 0; i < 100'000; ++i) {
    bytes += raw({0xce, i >> 24 & 255, i >> 16 & 255, i >> 8 & 255, i & 255, 1});
  }
  EXPECT_EQ(read(bytes).at(0).as_table().elements().size(), 99'999u);
}

TEST(ValueCodec, SendsReferencesBesideTheBytes) {
  const Target target(7);
  {
    const ActorRef ref = ActorRef::of(&target);
    ByteBuffer out;
    RefList refs;
    ASSERT_TRUE(encode_values({ref, Table{{ref, ref}}}, {}, out, refs));
    EXPECT_EQ(refs.size(), 3u);
    const auto values = decode_values(out.view(), refs);
    ASSERT_TRUE(values);
    EXPECT_EQ(values->at(0).as_ref(), ref);
    EXPECT_EQ(values->at(1).as_table().get(ref).as_ref(), ref);
    EXPECT_EQ(decode_values(out.view(), {}).error().code, ErrorCode::corrupt);
    EXPECT_EQ(decode_values(out.view(), {ActorRef(), ref, ref}).error().code, ErrorCode::corrupt);
  }
  EXPECT_EQ(target.count, 0);
}

TEST(ValueCodec, RefusesAnEmptyReference) {
  const Error error = refused_values({1, Table{{"to", ActorRef()}}});
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_THAT(error.message, HasSubstr("argument 2.to: the reference is empty"));
}

TEST(ValueCodec, NamesTheCapAndThePlace) {
  const Value list = Table::list({1, 2, 3});
  EXPECT_EQ(written({list}, {.entries_max = 4}).size(), 4u);
  EXPECT_EQ(refused_values({list}, {.entries_max = 3}).message,
            "argument 1[3]: message has more than 3 values (limits.message.entries_max)");
  EXPECT_EQ(refused_values({1, Table{{"text", std::string(100, 'x')}}}, {.bytes_max = 50}).message,
            "argument 2.text: message is larger than 50 B (limits.message.bytes_max)");
  EXPECT_EQ(refused_values({Table{{true, Table{{2.5, Table()}}}}}, {.depth_max = 2}).message,
            "argument 1[boolean][float]: message is nested deeper than 2 tables "
            "(limits.message.depth_max)");
}

TEST(ValueCodec, NestsAsDeepAsAllowedAndNotDeeper) {
  Value value = Table();
  for (int i = 1; i < 64; ++i) value = Table::list({value});
  const std::string bytes = written({value});
  EXPECT_EQ(read(bytes), Values{value});
  EXPECT_EQ(unreadable(bytes, 63).code, ErrorCode::corrupt);
  EXPECT_EQ(refused_values({Table::list({value})}).code, ErrorCode::too_large);
}

TEST(ValueCodec, AllowsEverySizeUpToTheCapExactly) {
  Table table = Table::list({1, 2.5, "text", std::string(300, 'x')});
  for (int i = 0; i < 20; ++i) table.set("key " + std::to_string(i), Table::list({i}));
  const Value shared = table;
  const Values values = {shared, 300, shared};
  const auto size = static_cast<std::uint32_t>(written(values).size());
  EXPECT_EQ(written(values, {.bytes_max = size}).size(), size);
  for (std::uint32_t below = 0; below < size; ++below) {
    EXPECT_EQ(refused_values(values, {.bytes_max = below}).code, ErrorCode::too_large);
  }
}

}  // namespace
}  // namespace moonwright::runtime
