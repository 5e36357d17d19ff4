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

/// A bare state with little memory; its objects go with it.
class Lua {
 public:
  Lua() : L_(lua_newstate(Allocator::allocate, &allocator_)) {}
  ~Lua() { lua_close(L_); }
  Lua(const Lua&) = delete;
  Lua& operator=(const Lua&) = delete;

  /// Leaves what was decoded alone on the stack; answers the status of the call.
  [[nodiscard]] int decode(Job& job) {
    lua_settop(L_, 0);
    lua_pushcfunction(L_, decode_protected);
    lua_pushlightuserdata(L_, &job);
    return lua_pcall(L_, 1, LUA_MULTRET, 0);
  }
  [[nodiscard]] lua_State* state() const noexcept { return L_; }

 private:
  Allocator allocator_{1u << 20, 0};
  lua_State* L_;
};

/// Into Lua, back to bytes, into Lua again: as many values, and the same number of bytes.
void round_in_lua(std::string_view bytes, std::uint32_t depth_max, bool decoded) {
  Lua lua;
  const RefList no_refs;  // without an actor around the state there are none to make
  Job job{bytes, no_refs, depth_max};
  const int status = lua.decode(job);
  require(status == LUA_OK || status == LUA_ERRMEM, "decoding raises memory errors only");
  if (status != LUA_OK) return;
  require(lua_gettop(lua.state()) == (job.count < 0 ? 0 : job.count), "the stack is in balance");
  if (job.count < 0) {
    require(!decoded, "C++ takes what Lua refuses");
    return;
  }
  const MessageLimits limits{.depth_max = 128, .entries_max = 1'000'000, .bytes_max = 1u << 24};
  Encoder encoder;
  if (!encoder.encode(lua.state(), 1, job.count, limits)) {
    require(encoder.error().code == ErrorCode::memory_limit, "what was decoded can be sent");
    return;
  }
  require(lua_gettop(lua.state()) == job.count, "encoding leaves the stack as it was");
  const std::string once(encoder.bytes());
  Job again{once, no_refs, 128};
  const int second = lua.decode(again);
  if (second == LUA_ERRMEM) return;
  require(second == LUA_OK && again.count == job.count, "what was encoded is decoded");
  if (!encoder.encode(lua.state(), 1, again.count, limits)) return;
  require(encoder.bytes().size() == once.size(), "a second round has the same size");
}

/// The same with C++ values, which keep their order: the same bytes.
bool round_in_cpp(std::string_view bytes, const RefList& refs, std::uint32_t depth_max) {
  const auto values = decode_values(bytes, refs, depth_max);
  if (!values) {
    require(
        values.error().code == ErrorCode::corrupt || values.error().code == ErrorCode::unsupported,
        "bytes are corrupt or unsupported");
    return false;
  }
  const MessageLimits limits{.depth_max = 128, .entries_max = 1'000'000, .bytes_max = 1u << 24};
  ByteBuffer first;
  ByteBuffer second;
  RefList first_refs;
  RefList second_refs;
  const auto encoded = encode_values(*values, limits, first, first_refs);
  require(encoded.has_value(), "values that were decoded can be sent");
  const auto again = decode_values(first.view(), first_refs);
  require(again.has_value() && again->size() == values->size(), "and be decoded again");
  const auto once_more = encode_values(*again, limits, second, second_refs);
  require(once_more.has_value() && first.view() == second.view(), "to the same bytes");
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
