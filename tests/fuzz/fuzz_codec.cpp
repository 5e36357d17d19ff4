// fuzz_codec.cpp: any bytes are decoded or refused; what was decoded survives another round.
//
// The first byte says how deep tables may nest and how many references travel beside the bytes.
#include <cstdint>
#include <lua.hpp>
#include <string>

#include "input.hpp"
#include "runtime/allocator.hpp"
#include "runtime/codec.hpp"

namespace moonwright::fuzz {
namespace {

using namespace runtime;  // NOLINT(google-build-using-namespace): it is all about one folder

/// An actor of which only the references exist, counted.
class Target final : public detail::RefTarget {
 public:
  Target() : RefTarget(7) {}
  void add_ref() const noexcept override { ++count_; }
  void release() const noexcept override { --count_; }
  [[nodiscard]] int count() const noexcept { return count_; }

 private:
  mutable int count_ = 0;
};

struct Job {
  std::string_view bytes;
  const RefList& refs;
  std::uint32_t depth_max;
  int count = 0;
};

int decode_protected(lua_State* L) {
  auto* job = static_cast<Job*>(lua_touserdata(L, 1));
  lua_settop(L, 0);
  job->count = decode(L, job->bytes, job->refs, job->depth_max);
  return job->count < 0 ? 0 : job->count;
}

constexpr MessageLimits kLimits{.depth_max = 128, .entries_max = 1'000'000, .bytes_max = 1u << 24};

/// A bare state with little memory.
class Lua {
 public:
  Lua() : L_(lua_newstate(Allocator::allocate, &allocator_)) {}
  ~Lua() { lua_close(L_); }
  Lua(const Lua&) = delete;
  Lua& operator=(const Lua&) = delete;

  /// Leaves the results of `function` alone on the stack; answers the status of the call.
  [[nodiscard]] int call(lua_CFunction function, void* job) {
    lua_settop(L_, 0);
    lua_pushcfunction(L_, function);
    lua_pushlightuserdata(L_, job);
    return lua_pcall(L_, 1, LUA_MULTRET, 0);
  }
  [[nodiscard]] lua_State* state() const noexcept { return L_; }

 private:
  Allocator allocator_{1u << 20, 0};
  lua_State* L_;
};

bool same_table(lua_State* L, int a, int b);

/// Whether two values have the same graph. At index 1 is a table from tables to their twins.
bool same(lua_State* L, int a, int b) {
  if (lua_type(L, a) != lua_type(L, b) || lua_isinteger(L, a) != lua_isinteger(L, b)) return false;
  if (lua_type(L, a) == LUA_TTABLE) return same_table(L, a, b);
  const bool is_nan = lua_rawequal(L, a, a) == 0;
  return is_nan ? lua_rawequal(L, b, b) == 0 : lua_rawequal(L, a, b) != 0;
}

bool same_table(lua_State* L, int a, int b) {
  luaL_checkstack(L, 6, "too deep to compare");
  lua_pushvalue(L, a);
  if (lua_rawget(L, 1) != LUA_TNIL) {
    const bool known = lua_rawequal(L, -1, b) != 0;
    lua_pop(L, 1);
    return known;
  }
  lua_pop(L, 1);
  lua_pushvalue(L, a);
  lua_pushvalue(L, b);
  lua_rawset(L, 1);
  int entries = 0;
  const int top = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, a) != 0; lua_settop(L, top + 1)) {
    ++entries;
    if (lua_type(L, -2) == LUA_TTABLE) continue;  // its twin is another key
    lua_pushvalue(L, -2);
    lua_rawget(L, b);
    if (!same(L, top + 2, top + 3)) return false;
  }
  for (lua_pushnil(L); lua_next(L, b) != 0; lua_pop(L, 1)) --entries;
  return entries == 0;
}

struct Comparison {
  std::string_view first;
  std::string_view second;
  std::uint32_t depth_max;
  bool equal = false;
};

int compare_protected(lua_State* L) {
  auto* job = static_cast<Comparison*>(lua_touserdata(L, 1));
  static const RefList no_refs;
  lua_settop(L, 0);
  lua_newtable(L);
  const int count = decode(L, job->first, no_refs, job->depth_max);
  const bool as_many = decode(L, job->second, no_refs, 128) == count;
  job->equal = as_many;
  for (int i = 0; i < count && job->equal; ++i) job->equal = same(L, 2 + i, 2 + count + i);
  return 0;
}

/// Into Lua, back to bytes, into Lua again: the same values. Not the same bytes: in which order the
/// entries of a table come is Lua's affair.
void round_in_lua(std::string_view bytes, std::uint32_t depth_max, bool decoded) {
  static Lua lua;
  const RefList no_refs;  // without an actor around the state there are none to make
  Job job{bytes, no_refs, depth_max};
  const int status = lua.call(decode_protected, &job);
  require(status == LUA_OK || status == LUA_ERRMEM, "decoding raises memory errors only");
  if (status != LUA_OK) return;
  require(lua_gettop(lua.state()) == (job.count < 0 ? 0 : job.count), "the stack is in balance");
  if (job.count < 0) return require(!decoded, "Lua takes what C++ takes");

  Encoder encoder;
  if (!encoder.encode(lua.state(), 1, job.count, kLimits)) {
    return require(encoder.error().code == ErrorCode::memory_limit, "what was decoded can be sent");
  }
  require(lua_gettop(lua.state()) == job.count, "encoding leaves the stack as it was");
  Comparison comparison{bytes, encoder.bytes(), depth_max};
  if (lua.call(compare_protected, &comparison) != LUA_OK) return;
  require(comparison.equal, "a second round has the same values");
}

/// The same with C++ values: as many bytes. Tables that are keys are sorted by where they are, so
/// the bytes themselves may differ.
bool round_in_cpp(std::string_view bytes, const RefList& refs, std::uint32_t depth_max) {
  const auto values = decode_values(bytes, refs, depth_max);
  if (!values) {
    require(
        values.error().code == ErrorCode::corrupt || values.error().code == ErrorCode::unsupported,
        "bytes are corrupt or unsupported");
    return false;
  }
  ByteBuffer first;
  ByteBuffer second;
  RefList first_refs;
  RefList second_refs;
  const auto encoded = encode_values(*values, kLimits, first, first_refs);
  require(encoded.has_value(), "values that were decoded can be sent");
  const auto again = decode_values(first.view(), first_refs);
  require(again.has_value() && again->size() == values->size(), "and be decoded again");
  const auto once_more = encode_values(*again, kLimits, second, second_refs);
  require(once_more.has_value() && first.view().size() == second.view().size(), "to as many bytes");
  return true;
}

}  // namespace
}  // namespace moonwright::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace moonwright::fuzz;  // NOLINT(google-build-using-namespace)
  Input input(data, size);
  const std::uint8_t setting = input.byte();
  const std::uint32_t depth_max = (setting & 1) != 0 ? 128 : 4;
  const Target target;
  {
    moonwright::runtime::RefList refs;
    for (int i = 0; i < (setting >> 1) % 4; ++i) {
      refs.push_back(moonwright::ActorRef::of(&target));
    }
    const bool decoded = round_in_cpp(input.rest(), refs, depth_max);
    round_in_lua(input.rest(), depth_max, decoded && refs.empty());
    static_cast<void>(moonwright::runtime::peek_name(input.rest()));
  }
  require(target.count() == 0, "no reference is left");
  return 0;
}
