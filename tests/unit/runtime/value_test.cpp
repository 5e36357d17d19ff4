// value_test.cpp: Lua values on the C++ side.
#include "moonwright/value.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace moonwright {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;

TEST(Value, KnowsWhatItIs) {
  EXPECT_EQ(Value().type_name(), "nil");
  EXPECT_EQ(Value(true).type_name(), "boolean");
  EXPECT_EQ(Value(1).type_name(), "integer");
  EXPECT_EQ(Value(1u).type_name(), "integer");
  EXPECT_EQ(Value(1.5f).type_name(), "float");
  EXPECT_EQ(Value("x").type_name(), "string");
  EXPECT_EQ(Value(std::string_view("x")).type_name(), "string");
  EXPECT_EQ(Value(ActorRef()).type_name(), "actor");
  EXPECT_EQ(Value(Table()).type_name(), "table");
  EXPECT_TRUE(Value(1).is_number());
  EXPECT_TRUE(Value(1.5).is_number());
  EXPECT_FALSE(Value("1").is_number());
  EXPECT_TRUE(Value(std::shared_ptr<const Table>()).is_nil());
}

TEST(Value, IsNotMadeFromAPointerByAccident) {
  EXPECT_FALSE((std::is_constructible_v<Value, int*>));
  EXPECT_FALSE((std::is_constructible_v<Value, const void*>));
  EXPECT_TRUE((std::is_constructible_v<Value, const char*>));
}

TEST(Value, ConvertsNumbersAsLuaDoes) {
  EXPECT_EQ(Value(3.0).as_integer(), 3);
  EXPECT_EQ(Value(3.5).as_integer(-1), -1);
  EXPECT_EQ(Value(-kTwoTo63).as_integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Value(kTwoTo63).as_integer(-1), -1);
  EXPECT_EQ(Value(std::nan("")).as_integer(-1), -1);
  EXPECT_EQ(Value(std::numeric_limits<double>::infinity()).as_integer(-1), -1);
  EXPECT_EQ(Value("3").as_integer(-1), -1);
  EXPECT_EQ(Value(3).as_float(), 3.0);
  EXPECT_EQ(Value("3").as_float(-1), -1.0);
}

TEST(Value, AnswersTheDefaultForAnotherType) {
  const Value nil;
  EXPECT_TRUE(nil.as_boolean(true));
  EXPECT_EQ(nil.as_string("none"), "none");
  EXPECT_FALSE(nil.as_ref());
  EXPECT_TRUE(nil.as_table().empty());
  EXPECT_EQ(nil.table_pointer(), nullptr);
  EXPECT_TRUE(nil["key"].is_nil());
  EXPECT_TRUE(nil[1].is_nil());
}

TEST(Value, FindsEntriesByNameAndIndex) {
  Table table = Table::list({"a", "b"});
  table.set("key", 7);
  table.set(10, "ten");
  const Value value = table;
  EXPECT_EQ(value["key"], Value(7));
  EXPECT_EQ(value[1], Value("a"));
  EXPECT_EQ(value[2], Value("b"));
  EXPECT_EQ(value[10], Value("ten"));
  EXPECT_TRUE(value[0].is_nil());
  EXPECT_TRUE(value[-1].is_nil());
  EXPECT_TRUE(value["other"].is_nil());
}

TEST(Value, LeavesAreEqualAsInLua) {
  EXPECT_EQ(Value(), Value(nullptr));
  EXPECT_EQ(Value(1), Value(1.0));
  EXPECT_EQ(Value(0.0), Value(-0.0));
  EXPECT_NE(Value(1), Value(1.5));
  EXPECT_NE(Value(1), Value("1"));
  EXPECT_NE(Value(1), Value(true));
  EXPECT_NE(Value(false), Value());
  EXPECT_NE(Value(std::nan("")), Value(std::nan("")));
  // 2^63 - 1 has no float, but rounds to one.
  EXPECT_NE(Value(std::numeric_limits<std::int64_t>::max()), Value(kTwoTo63));
  EXPECT_NE(Value((std::int64_t{1} << 53) + 1), Value(9007199254740992.0));
  EXPECT_EQ(Value(std::string("a\0b", 3)), Value(std::string_view("a\0b", 3)));
}

TEST(Value, TablesAreEqualByWhatIsInThem) {
  const Value a = Table{{"x", 1}, {"y", Table::list({1, 2})}};
  const Value b = Table{{"y", Table::list({1, 2.0})}, {"x", 1.0}};
  EXPECT_EQ(a, b);
  EXPECT_NE(a, Value(Table{{"x", 1}}));
  EXPECT_NE(Value(Table{{"x", 1}}), a);
  EXPECT_NE(a, (Value(Table{{"x", 1}, {"y", Table::list({1, 3})}})));
  EXPECT_NE(a, (Value(Table{{"x", 1}, {"z", Table::list({1, 2})}})));
  EXPECT_EQ(Value(Table::list({1, nullptr})), Value(Table::list({1})));
  EXPECT_EQ(Value(Table::list({nullptr, 2})), (Value(Table{{2, 2}})));
  EXPECT_EQ((Value(Table{{2, 2}})), Value(Table::list({nullptr, 2})));
}

TEST(Value, TablesAsKeysAreEqualByIdentity) {
  const Value key = Table::list({1});
  EXPECT_EQ((Value(Table{{key, 1}})), (Value(Table{{key, 1}})));
  EXPECT_NE((Value(Table{{key, 1}})), (Value(Table{{Table::list({1}), 1}})));
}

TEST(Value, ComparingDeepOrSharedTablesEnds) {
  Value a = 1;
  Value b = 1;
  for (int i = 0; i < 100; ++i) {
    a = Table::list({a, a});
    b = Table::list({b, b});
  }
  EXPECT_EQ(a, b);
  for (int i = 0; i < 1000; ++i) {
    a = Table::list({a});
    b = Table::list({b});
  }
  EXPECT_NE(a, b);
  EXPECT_EQ(a, Value(a));
}

TEST(Table, IntegerKeysThatContinueTheElementsBecomeElements) {
  Table table;
  table.set(2, "b");
  table.set(3, "c");
  EXPECT_EQ(table.elements().size(), 0u);
  table.set(1.0, "a");
  EXPECT_EQ(table.elements(), (Values{"a", "b", "c"}));
  EXPECT_TRUE(table.fields().empty());
  table.set(5, "e");
  table.append("d");
  EXPECT_EQ(table.elements().size(), 5u);
}

TEST(Table, SettingNilRemoves) {
  Table table = Table::list({1, 2});
  table.set("k", 1);
  table.set("k", nullptr);
  table.set("other", nullptr);
  EXPECT_TRUE(table.fields().empty());
  table.set(2, nullptr);
  EXPECT_TRUE(table.get(2).is_nil());
  EXPECT_EQ(table.get(1), Value(1));
}

TEST(Table, SettingAKeyAgainReplaces) {
  Table table{{"k", 1}, {"k", 2}};
  EXPECT_EQ(table.fields().size(), 1u);
  EXPECT_EQ(table.get("k"), Value(2));
  table.set(1, "a");
  table.set(1, "b");
  EXPECT_EQ(table.elements(), Values{"b"});
}

TEST(Table, IgnoresKeysThatNoLuaTableCanHold) {
  Table table;
  table.set(nullptr, 1);
  table.set(std::nan(""), 1);
  EXPECT_TRUE(table.empty());
}

TEST(Table, AppendingCoversAFieldOfTheSameIndex) {
  Table table = Table::list({1});
  table.set(3, "field");
  table.append(nullptr);
  EXPECT_EQ(table.elements(), (Values{1, nullptr, "field"}));
}

}  // namespace
}  // namespace moonwright
