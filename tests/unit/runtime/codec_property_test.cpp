// codec_property_test.cpp: random values come back as they went in, and another reader of
// MessagePack agrees on what the bytes mean.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "codec_support.hpp"

namespace moonwright::runtime {
namespace {

using nlohmann::json;

struct Shape {
  int depth = 4;
  bool plain = false;  // only what JSON has: string keys, and no array with fields
};

Value random_value(const Shape& shape, Values& tables);

std::string random_bytes() {
  const auto length = *rc::gen::weightedElement<int>({{20, 5}, {3, 40}, {1, 300}, {1, 70'000}});
  const auto seed = *rc::gen::container<std::string>(5, rc::gen::arbitrary<char>());
  std::string text;
  while (static_cast<int>(text.size()) + 5 <= length) text += seed;
  return text + seed.substr(0, static_cast<std::size_t>(*rc::gen::inRange(0, 5)));
}

std::int64_t random_integer() {
  const auto bits = *rc::gen::inRange(1, 65);
  const auto all = *rc::gen::resize(1000, rc::gen::arbitrary<std::uint64_t>());
  return static_cast<std::int64_t>(*rc::gen::arbitrary<bool>() ? ~(all >> (64 - bits))
                                                               : all >> (64 - bits));
}

Value random_leaf() {
  switch (*rc::gen::inRange(0, 5)) {
    case 0: return nullptr;
    case 1: return *rc::gen::arbitrary<bool>();
    case 2: return random_integer();
    case 3: return *rc::gen::arbitrary<double>();
    default: return random_bytes();
  }
}

Value random_table(const Shape& shape, Values& tables) {
  const Shape inner{shape.depth - 1, shape.plain};
  const int form = *rc::gen::inRange(0, 3);
  const auto count = [] {
    return *rc::gen::weightedElement<int>({{10, 0}, {10, 1}, {20, 3}, {3, 15}, {3, 16}, {2, 40}});
  };
  Table table;
  if (form != 1) {
    for (int left = count(); left > 0; --left) {
      Value element = random_value(inner, tables);
      if (element.is_nil()) element = false;
      table.append(std::move(element));
    }
  }
  if (form == 1 || (form == 2 && !shape.plain)) {
    for (int left = count(); left > 0; --left) {
      Value key = shape.plain ? Value(random_bytes()) : random_leaf();
      table.set(std::move(key), random_value(inner, tables));
    }
  }
  tables.emplace_back(table);
  return tables.back();
}

Value random_value(const Shape& shape, Values& tables) {
  if (shape.depth == 0 || *rc::gen::inRange(0, 3) == 0) return random_leaf();
  if (!tables.empty() && *rc::gen::inRange(0, 8) == 0) return *rc::gen::elementOf(tables);
  return random_table(shape, tables);
}

Value random_value(const Shape& shape) {
  Values tables;
  Value value = random_value(shape, tables);
  return value;
}

// Pushes a Value by hand, without the codec. Shared tables stay shared.
void push(lua_State* L, const Value& value, int known) {
  luaL_checkstack(L, 10, nullptr);
  if (value.is_nil()) lua_pushnil(L);
  if (value.is_boolean()) lua_pushboolean(L, value.as_boolean() ? 1 : 0);
  if (value.is_integer()) lua_pushinteger(L, value.as_integer());
  if (value.is_float()) lua_pushnumber(L, value.as_float());
  if (value.is_string()) lua_pushlstring(L, value.as_string().data(), value.as_string().size());
  if (!value.is_table()) return;
  const Table& table = value.as_table();
  if (lua_rawgetp(L, known, &table) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, known, &table);
  lua_Integer index = 0;
  for (const Value& element : table.elements()) {
    push(L, element, known);
    lua_rawseti(L, -2, ++index);
  }
  for (const auto& [key, field] : table.fields()) {
    push(L, key, known);
    push(L, field, known);
    lua_rawset(L, -3);
  }
}

json to_json(const Value& value) {
  if (value.is_boolean()) return value.as_boolean();
  if (value.is_integer()) return value.as_integer();
  if (value.is_float()) return value.as_float();
  if (value.is_string()) return std::string(value.as_string());
  if (!value.is_table()) return nullptr;
  const Table& table = value.as_table();
  if (!table.elements().empty()) {
    json list = json::array();
    for (const Value& element : table.elements()) list.push_back(to_json(element));
    return list;
  }
  json fields = json::object();
  for (const auto& [key, field] : table.fields()) {
    fields[std::string(key.as_string())] = to_json(field);
  }
  return fields;
}

std::string written(const Value& value, const MessageLimits& limits) {
  ByteBuffer out;
  RefList refs;
  const auto done = encode_values({value}, limits, out, refs);
  RC_ASSERT(done.has_value());
  return std::string(out.view());
}

constexpr MessageLimits kRoomy{.entries_max = 10'000'000, .bytes_max = 1u << 30};

TEST(CodecProperties, LuaValuesComeBackAsTheyWent) {
  EXPECT_TRUE(rc::check([] {
    const Lua lua;
    lua_newtable(lua);
    push(lua, random_value({}), 1);
    lua_remove(lua, 1);
    Encoder encoder;
    RC_ASSERT(encoder.encode(lua, 1, 1, kRoomy));
    const std::string bytes(encoder.bytes());
    RC_ASSERT(decode(lua, bytes, {}) == 1);
    RC_ASSERT(lua.same(1, 2));
  }));
}

TEST(CodecProperties, CppValuesComeBackAsTheyWent) {
  EXPECT_TRUE(rc::check([] {
    const Value value = random_value({});
    const std::string bytes = written(value, kRoomy);
    const auto values = decode_values(bytes, {});
    RC_ASSERT(values.has_value());
    RC_ASSERT(values->size() == 1u);
    RC_ASSERT(values->front() == value || !(value == value));
    // Once read, fields are in order: from here on even the bytes are the same.
    const std::string ordered = written(values->front(), kRoomy);
    RC_ASSERT(ordered.size() == bytes.size());
    RC_ASSERT(written(decode_values(ordered, {})->front(), kRoomy) == ordered);
  }));
}

TEST(CodecProperties, LuaReadsWhatCppWrites) {
  EXPECT_TRUE(rc::check([] {
    const Value value = random_value({});
    const Lua lua;
    lua_newtable(lua);
    push(lua, value, 1);
    lua_remove(lua, 1);
    const std::string bytes = written(value, kRoomy);
    RC_ASSERT(decode(lua, bytes, {}) == 1);
    RC_ASSERT(lua.same(1, 2));
  }));
}

TEST(CodecProperties, AnotherReaderOfMessagePackAgrees) {
  EXPECT_TRUE(rc::check([] {
    Values tables;
    const Value value = random_value({.depth = 3, .plain = true}, tables);
    const std::string bytes = written(value, kRoomy);
    if (bytes.starts_with("\xd4\x04")) return;  // shared tables are an extension of ours
    RC_ASSERT(json::from_msgpack(bytes) == to_json(value));
  }));
}

TEST(CodecProperties, WhatAnotherWriterOfMessagePackWritesIsRead) {
  EXPECT_TRUE(rc::check([] {
    const Value value = random_value({.depth = 3, .plain = true});
    const std::vector<std::uint8_t> packed = json::to_msgpack(to_json(value));
    const std::string_view bytes(reinterpret_cast<const char*>(packed.data()), packed.size());
    const auto values = decode_values(bytes, {});
    RC_ASSERT(values.has_value());
    RC_ASSERT(json::from_msgpack(written(values->front(), kRoomy)) == to_json(value));
  }));
}

TEST(CodecProperties, RandomBytesAreDecodedOrRefused) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& random) {
    const std::string bytes(random.begin(), random.end());
    const Lua lua;
    int count = 0;
    RC_ASSERT(decode_protected(lua, bytes, &count) == LUA_OK);
    const auto values = decode_values(bytes, {});
    RC_ASSERT(!values || static_cast<int>(values->size()) == count);
  }));
}

}  // namespace
}  // namespace moonwright::runtime
