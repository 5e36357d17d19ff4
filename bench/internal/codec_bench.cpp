// codec_bench.cpp: what it costs to turn messages into bytes and back.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <lua.hpp>
#include <memory>

#include "runtime/allocator.hpp"
#include "runtime/codec.hpp"

namespace moonwright::runtime {
namespace {

struct CloseState {
  void operator()(lua_State* L) const { lua_close(L); }
};

// The messages, as the arguments that a script would send.
constexpr const char* kSmall = "return 'sink', 1";
constexpr const char* kFanIn = "return 1, 2, 3, 4, {a = 1, b = 2, c = {d = 1, e = 2, f = 3}}";
constexpr const char* kPayload = R"(
  local rows = {}
  for i = 1, 100 do rows[i] = {id = i, name = 'row', value = i * 0.5} end
  return rows)";
constexpr const char* kIntegers = R"(
  local list = {}
  for i = 1, 1000 do list[i] = i end
  return list)";

// A state whose stack holds the message.
class Message {
 public:
  explicit Message(const char* code) : state_(lua_newstate(Allocator::allocate, &allocator_)) {
    if (luaL_dostring(state_.get(), code) != LUA_OK) std::abort();
    count_ = lua_gettop(state_.get());
  }

  lua_State* state() const { return state_.get(); }
  bool encode(Encoder& encoder) const { return encoder.encode(state(), 1, count_, limits_); }

 private:
  Allocator allocator_{kUnlimited, 0};
  std::unique_ptr<lua_State, CloseState> state_;
  int count_ = 0;
  MessageLimits limits_;
};

void bench_encode(benchmark::State& bench, const char* code) {
  const Message message(code);
  Encoder encoder;
  for (auto _ : bench) {
    if (!message.encode(encoder)) std::abort();
    benchmark::DoNotOptimize(encoder.bytes().data());
  }
  bench.counters["bytes"] = static_cast<double>(encoder.bytes().size());
}

void bench_decode(benchmark::State& bench, const char* code) {
  const Message message(code);
  Encoder encoder;
  if (!message.encode(encoder)) std::abort();
  lua_State* L = message.state();
  const int top = lua_gettop(L);
  for (auto _ : bench) {
    benchmark::DoNotOptimize(decode(L, encoder.bytes(), encoder.refs()));
    lua_settop(L, top);
  }
}

void bench_encode_values(benchmark::State& bench, const char* code) {
  const Message message(code);
  Encoder encoder;
  if (!message.encode(encoder)) std::abort();
  const auto values = decode_values(encoder.bytes(), encoder.refs());
  ByteBuffer out;
  RefList refs;
  for (auto _ : bench) {
    if (!encode_values(*values, {}, out, refs)) std::abort();
    benchmark::DoNotOptimize(out.data());
  }
}

void bench_decode_values(benchmark::State& bench, const char* code) {
  const Message message(code);
  Encoder encoder;
  if (!message.encode(encoder)) std::abort();
  for (auto _ : bench) {
    benchmark::DoNotOptimize(decode_values(encoder.bytes(), encoder.refs()));
  }
}

BENCHMARK_CAPTURE(bench_encode, small, kSmall)->Name("Codec/encode/small");
BENCHMARK_CAPTURE(bench_encode, fan_in, kFanIn)->Name("Codec/encode/fan_in");
BENCHMARK_CAPTURE(bench_encode, payload, kPayload)->Name("Codec/encode/payload");
BENCHMARK_CAPTURE(bench_encode, integers, kIntegers)->Name("Codec/encode/integers");
BENCHMARK_CAPTURE(bench_decode, small, kSmall)->Name("Codec/decode/small");
BENCHMARK_CAPTURE(bench_decode, fan_in, kFanIn)->Name("Codec/decode/fan_in");
BENCHMARK_CAPTURE(bench_decode, payload, kPayload)->Name("Codec/decode/payload");
BENCHMARK_CAPTURE(bench_decode, integers, kIntegers)->Name("Codec/decode/integers");
BENCHMARK_CAPTURE(bench_encode_values, small, kSmall)->Name("Codec/encode_values/small");
BENCHMARK_CAPTURE(bench_encode_values, payload, kPayload)->Name("Codec/encode_values/payload");
BENCHMARK_CAPTURE(bench_decode_values, small, kSmall)->Name("Codec/decode_values/small");
BENCHMARK_CAPTURE(bench_decode_values, payload, kPayload)->Name("Codec/decode_values/payload");

}  // namespace
}  // namespace moonwright::runtime
