// checkpoint_bench.cpp: what it costs to take a checkpoint of a state, and to restore it.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <lua.hpp>
#include <memory>

#include "runtime/checkpoint_reader.hpp"
#include "runtime/checkpoint_writer.hpp"
#include "runtime/chunk_pool.hpp"
#include "runtime/state.hpp"

namespace moonwright::runtime {
namespace {

// What a thread keeps of dropped states.
constexpr std::uint64_t kPoolBytes = 32u << 20;

constexpr const char* kNumbers = "t = {} for i = 1, 1000000 do t[i] = i * 0.5 end";
constexpr const char* kIntegers = "t = {} for i = 1, 1000000 do t[i] = i * 1000 end";
constexpr const char* kFields =
    "t = {} for i = 1, 200000 do t['a field of number ' .. i] = i * 0.5 end";
constexpr const char* kTexts =
    "t = {} for i = 1, 100000 do t[i] = ('some words '):rep(10) .. i end";
// 100,000 records of three tables each.
constexpr const char* kRecords =
    "t = {} for i = 1, 100000 do "
    "t[i] = {id = i, name = 'user' .. i, pos = {x = i * 0.5, y = -i}, tags = {'a', 'b'}} end "
    "t.self = t";
constexpr const char* kObjects =
    "C = {} C.__index = C function C.get() end "
    "t = {} for i = 1, 100000 do t[i] = setmetatable({id = i, next = t[i - 1]}, C) end";
constexpr const char* kSmall =
    "function add() end function get() end counts = {a = 1, b = 2, c = 3} name = 'small'";

std::unique_ptr<State> open_and_run(const char* code, ChunkPool& pool) {
  auto state = State::open({.pool = &pool});
  if (!state || luaL_dostring((*state)->lua(), code) != LUA_OK) std::abort();
  return std::move(*state);
}

Checkpoint take(State& state, const CodeSnapshot& code) {
  CheckpointWriter writer(state, {.bytes_max = 1u << 30});
  if (!writer.begin(state.lua(), 1, 0, 0, &code)) std::abort();
  while (writer.step() == CheckpointProgress::more) {
  }
  return writer.take({});
}

void bench_take(benchmark::State& bench, const char* code) {
  ChunkPool pool(BlockSource(nullptr), kPoolBytes);
  const auto state = open_and_run(code, pool);
  const CodeSnapshot snapshot(CodeRoots::of(state->lua(), 0));
  std::size_t bytes = 0;
  for (auto _ : bench) {
    const Checkpoint checkpoint = take(*state, snapshot);
    bytes = checkpoint.size_bytes();
    benchmark::DoNotOptimize(bytes);
  }
  bench.SetBytesProcessed(bench.iterations() * static_cast<std::int64_t>(bytes));
  bench.counters["bytes"] = static_cast<double>(bytes);
}

void bench_restore(benchmark::State& bench, const char* code) {
  ChunkPool pool(BlockSource(nullptr), kPoolBytes);
  Checkpoint checkpoint;
  {
    const auto state = open_and_run(code, pool);
    checkpoint = take(*state, CodeSnapshot(CodeRoots::of(state->lua(), 0)));
  }
  const char* const script = code == kObjects ? "C = {} function C.get() end" : "";
  for (auto _ : bench) {
    bench.PauseTiming();
    auto state = open_and_run(script, pool);
    bench.ResumeTiming();
    CheckpointReader reader(*state, checkpoint, 0);
    CheckpointProgress progress;
    while ((progress = reader.step()) == CheckpointProgress::more) {
    }
    if (progress == CheckpointProgress::refused || !reader.restore_globals()) std::abort();
    bench.PauseTiming();
    state.reset();
    bench.ResumeTiming();
  }
  bench.SetBytesProcessed(bench.iterations() * static_cast<std::int64_t>(checkpoint.size_bytes()));
}

// What each actor pays for the right to be checkpointed later.
void bench_snapshot(benchmark::State& bench) {
  ChunkPool pool(BlockSource(nullptr), kPoolBytes);
  const auto state = open_and_run(kSmall, pool);
  for (auto _ : bench) {
    const CodeSnapshot snapshot(CodeRoots::of(state->lua(), 0));
    benchmark::DoNotOptimize(snapshot.memory_bytes());
  }
}

void bench_encode(benchmark::State& bench) {
  ChunkPool pool(BlockSource(nullptr), kPoolBytes);
  const auto state = open_and_run(kNumbers, pool);
  const Checkpoint checkpoint = take(*state, CodeSnapshot(CodeRoots::of(state->lua(), 0)));
  for (auto _ : bench) benchmark::DoNotOptimize(checkpoint.encode());
  bench.SetBytesProcessed(bench.iterations() * static_cast<std::int64_t>(checkpoint.size_bytes()));
}

void bench_decode(benchmark::State& bench) {
  ChunkPool pool(BlockSource(nullptr), kPoolBytes);
  const auto state = open_and_run(kNumbers, pool);
  const Checkpoint checkpoint = take(*state, CodeSnapshot(CodeRoots::of(state->lua(), 0)));
  const std::string bytes = *checkpoint.encode();
  for (auto _ : bench) benchmark::DoNotOptimize(Checkpoint::decode(bytes));
  bench.SetBytesProcessed(bench.iterations() * static_cast<std::int64_t>(bytes.size()));
}

BENCHMARK_CAPTURE(bench_take, numbers, kNumbers)->Name("Checkpoint/take/numbers");
BENCHMARK_CAPTURE(bench_take, integers, kIntegers)->Name("Checkpoint/take/integers");
BENCHMARK_CAPTURE(bench_take, fields, kFields)->Name("Checkpoint/take/fields");
BENCHMARK_CAPTURE(bench_take, texts, kTexts)->Name("Checkpoint/take/texts");
BENCHMARK_CAPTURE(bench_take, records, kRecords)->Name("Checkpoint/take/records");
BENCHMARK_CAPTURE(bench_take, objects, kObjects)->Name("Checkpoint/take/objects");
BENCHMARK_CAPTURE(bench_take, small, kSmall)->Name("Checkpoint/take/small");
BENCHMARK_CAPTURE(bench_restore, numbers, kNumbers)->Name("Checkpoint/restore/numbers");
BENCHMARK_CAPTURE(bench_restore, integers, kIntegers)->Name("Checkpoint/restore/integers");
BENCHMARK_CAPTURE(bench_restore, fields, kFields)->Name("Checkpoint/restore/fields");
BENCHMARK_CAPTURE(bench_restore, texts, kTexts)->Name("Checkpoint/restore/texts");
BENCHMARK_CAPTURE(bench_restore, records, kRecords)->Name("Checkpoint/restore/records");
BENCHMARK_CAPTURE(bench_restore, objects, kObjects)->Name("Checkpoint/restore/objects");
BENCHMARK_CAPTURE(bench_restore, small, kSmall)->Name("Checkpoint/restore/small");
BENCHMARK(bench_snapshot)->Name("Checkpoint/snapshot/small");
BENCHMARK(bench_encode)->Name("Checkpoint/encode");
BENCHMARK(bench_decode)->Name("Checkpoint/decode");

}  // namespace
}  // namespace moonwright::runtime
