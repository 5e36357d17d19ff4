// codec_support.hpp: what the tests of the codec share: states, round trips, bytes as hex.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <lua.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/allocator.hpp"
#include "runtime/codec.hpp"

namespace moonwright::runtime {

/// Compares tables by their graphs: entries, sharing and cycles. A table that is a key is found by
/// the shape of what it leads to, which the tests keep distinct.
inline constexpr char kSame[] = R"(
  local function same(a, b, known)
    if math.type(a) ~= math.type(b) or type(a) ~= type(b) then return false end
    if type(a) ~= 'table' then return a == b or (a ~= a and b ~= b) end
    if known[a] or known[b] then return known[a] == b and known[b] == a end
    known[a], known[b] = b, a
    local count = 0
    for k, v in next, a do
      count = count + 1
      local other = b[k]
      if type(k) == 'table' then
        other = nil
        for bk, bv in next, b do
          if type(bk) == 'table' and (known[k] == bk or not known[bk]) and same(k, bk, known) then
            other = bv
            break
          end
        end
      end
      if other == nil or not same(v, other, known) then return false end
    end
    for _ in next, b do count = count - 1 end
    return count == 0
  end
  return same)";

/// An actor of which only the references exist, counted.
class Target final : public detail::RefTarget {
 public:
  explicit Target(std::uint64_t id) : RefTarget(id) {}
  virtual ~Target() = default;
  void add_ref() const noexcept override { ++count; }
  void release() const noexcept override { --count; }

  mutable int count = 0;
};

/// A plain Lua state with upstream's libraries. Nothing of the runtime's but its allocator, which
/// can refuse.
class Lua {
 public:
  explicit Lua(std::uint64_t memory_bytes_max = kUnlimited)
      : allocator_(memory_bytes_max, 0), L_(lua_newstate(Allocator::allocate, &allocator_)) {
    luaL_openlibs(L_);
  }
  ~Lua() { lua_close(L_); }
  Lua(const Lua&) = delete;
  Lua& operator=(const Lua&) = delete;

  operator lua_State*() const { return L_; }  // NOLINT(google-explicit-constructor)

  Allocator& allocator() { return allocator_; }

  /// Leaves the results of `code` alone on the stack; returns how many.
  int run(std::string_view code) const {
    lua_settop(L_, 0);
    const bool done = luaL_loadbuffer(L_, code.data(), code.size(), "=test") == LUA_OK &&
                      lua_pcall(L_, 0, LUA_MULTRET, 0) == LUA_OK;
    EXPECT_TRUE(done) << lua_tostring(L_, -1);
    return done ? lua_gettop(L_) : 0;
  }

  /// Whether the values at `a` and `b` are the same graph.
  bool same(int a, int b) const {
    EXPECT_EQ(luaL_dostring(L_, kSame), LUA_OK);
    lua_pushvalue(L_, a);
    lua_pushvalue(L_, b);
    lua_newtable(L_);
    EXPECT_EQ(lua_pcall(L_, 3, 1, 0), LUA_OK) << lua_tostring(L_, -1);
    const bool result = lua_toboolean(L_, -1) != 0;
    lua_pop(L_, 1);
    return result;
  }

 private:
  Allocator allocator_;
  lua_State* L_;
};

/// The bytes of the values that `code` returns; fails the test if they are refused.
inline std::string encoded(const Lua& lua, std::string_view code,
                           const MessageLimits& limits = {}) {
  Encoder encoder;
  const int count = lua.run(code);
  EXPECT_TRUE(encoder.encode(lua, 1, count, limits)) << encoder.error().message;
  EXPECT_EQ(lua_gettop(lua), count);
  return std::string(encoder.bytes());
}

inline std::string encoded(std::string_view code, const MessageLimits& limits = {}) {
  return encoded(Lua(), code, limits);
}

/// Why the values that `code` returns are refused; fails the test if they are not.
inline Error refused(std::string_view code, const MessageLimits& limits = {}) {
  const Lua lua;
  Encoder encoder;
  const int count = lua.run(code);
  EXPECT_FALSE(encoder.encode(lua, 1, count, limits));
  EXPECT_TRUE(encoder.bytes().empty());
  EXPECT_TRUE(encoder.refs().empty());
  EXPECT_EQ(lua_gettop(lua), count);
  return encoder.error();
}

/// decode() in protected mode, from a copy of `bytes` that ends where its memory ends. The status
/// of the call; the count is left in `count`, the values on the stack.
inline int decode_protected(lua_State* L, std::string_view bytes, int* count,
                            std::uint32_t depth_max = 128) {
  struct Call {
    std::string_view bytes;
    const RefList* refs;
    std::uint32_t depth_max;
    int count;
  };
  static const RefList kNoRefs;
  const std::unique_ptr<char[]> copy(new char[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), copy.get());
  Call call{{copy.get(), bytes.size()}, &kNoRefs, depth_max, 0};
  const auto body = [](lua_State* state) {
    auto* request = static_cast<Call*>(lua_touserdata(state, 1));
    lua_settop(state, 0);
    request->count = decode(state, request->bytes, *request->refs, request->depth_max);
    EXPECT_EQ(lua_gettop(state), request->count < 0 ? 0 : request->count);
    return lua_gettop(state);
  };
  lua_pushcfunction(L, body);
  lua_pushlightuserdata(L, &call);
  const int status = lua_pcall(L, 1, LUA_MULTRET, 0);
  *count = call.count;
  return status;
}

/// Whether the bytes are refused as corrupt.
inline bool corrupt(std::string_view bytes, std::uint32_t depth_max = 128) {
  const Lua lua;
  int count = 0;
  EXPECT_EQ(decode_protected(lua, bytes, &count, depth_max), LUA_OK);
  return count < 0;
}

/// Whether what `code` returns (one value) comes out of its bytes as it went in.
inline bool survives(std::string_view code, const MessageLimits& limits = {}) {
  const Lua lua;
  const std::string bytes = encoded(lua, code, limits);
  int count = 0;
  EXPECT_EQ(decode_protected(lua, bytes, &count), LUA_OK);
  EXPECT_EQ(count, 1);
  return lua.same(1, 2);
}

inline std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (!text.empty()) text += ' ';
    text += {kDigits[byte >> 4], kDigits[byte & 0xf]};
  }
  return text;
}

/// `raw({0x93, 1, 2, 3})`.
inline std::string raw(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text += static_cast<char>(byte);
  return text;
}

}  // namespace moonwright::runtime
