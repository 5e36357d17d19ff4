// memory_bench.cpp: the heap of a state against malloc.
//
// Each benchmark runs its program by turns with our allocator, with malloc as the `lua` program
// uses it, which limits nothing, and with malloc and the books that a limit needs. It reads the
// clock of its own processor time and prints how the best runs compare: `of_malloc` and
// `of_counted` below 1 mean that ours is faster.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <lua.hpp>
#include <memory>
#include <string>

#include "runtime/allocator.hpp"
#include "runtime/code.hpp"
#include "runtime/state.hpp"

namespace moonwright::runtime {
namespace {

/// These are Allocators, too, because a state asks its allocator for the seed of its strings.
struct PlainMalloc : Allocator {
  PlainMalloc() : Allocator(0, 0) {}

  static void* allocate(void*, void* block, std::size_t, std::size_t new_size) noexcept {
    if (new_size != 0) return std::realloc(block, new_size);
    std::free(block);
    return nullptr;
  }
};

/// What the runtime's states had before they had heaps of their own.
struct CountedMalloc : Allocator {
  CountedMalloc() : Allocator(0, 0) {}

  std::uint64_t used = 0;
  std::uint64_t peak = 0;
  std::uint64_t limit = kUnlimited;

  static void* allocate(void* self, void* block, std::size_t old_size,
                        std::size_t new_size) noexcept {
    auto& mine = *static_cast<CountedMalloc*>(self);
    if (block == nullptr) old_size = 0;
    if (new_size == 0) {
      std::free(block);
      mine.used -= old_size;
      return nullptr;
    }
    if (new_size > old_size && new_size - old_size > mine.limit - mine.used) return nullptr;
    void* const moved = std::realloc(block, new_size);
    if (moved == nullptr) return nullptr;
    mine.used += new_size;
    mine.used -= old_size;
    mine.peak = std::max(mine.peak, mine.used);
    return moved;
  }
};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

constexpr const char* kSmallTables =
    "local s = 0 for i = 1, 300000 do local t = {i, x = i} s = s + t[1] end return s";
constexpr const char* kBinaryTrees = R"(
  local function make(d)
    if d == 0 then return {} end
    return {make(d - 1), make(d - 1)}
  end
  local function count(t) return t[1] and 1 + count(t[1]) + count(t[2]) or 1 end
  local long, n = make(14), 0
  for i = 1, 8 do n = n + count(make(12)) end
  return n + count(long))";
constexpr const char* kObjects = R"(
  local Point = {}
  Point.__index = Point
  local function new(x, y) return setmetatable({x = x, y = y, name = "p"}, Point) end
  local keep = {}
  for i = 1, 200000 do keep[i % 5000] = new(i, i) end
  return #keep)";
constexpr const char* kStrings = R"(
  local t = {}
  for i = 1, 150000 do t[i % 1000 + 1] = "key" .. i .. "v" end
  return #table.concat(t))";
constexpr const char* kClosures = R"(
  local s = 0
  for i = 1, 400000 do local f = function() return i end s = s + f() end
  return s)";
constexpr const char* kGrowingArrays = R"(
  for r = 1, 40 do local t = {} for i = 1, 10000 do t[i] = i end end
  for r = 1, 15 do local t = {} for i = 1, 5000 do t["k" .. i] = i end end)";
constexpr const char* kLargeArrays = R"(
  for r = 1, 3 do local t = {} for i = 1, 600000 do t[i] = i end end)";
constexpr const char* kCoroutines = R"(
  for i = 1, 100000 do coroutine.wrap(function(a) coroutine.yield(a) end)(i) end)";
// All of the heap in one size after the other; a few blocks of each stay.
constexpr const char* kManySizes = R"(
  local keep = {}
  for size = 10, 900, 50 do
    local all, text = {}, ("x"):rep(size)
    for i = 1, 4000 do all[i] = text .. i end
    for i = 1, #all, 50 do keep[#keep + 1] = all[i] end
  end
  return #keep)";
constexpr const char* kBuffers = R"(
  for i = 1, 300 do local s = ("x"):rep(i * 100) .. ("y"):rep(i * 10) s = s:upper() end)";

/// The time that `program` takes with this allocator, in a state of its own; not of making that.
template <class Memory>
double time_program(Memory& memory, const char* program) {
  lua_State* const L = lua_newstate(Memory::allocate, &memory);
  luaL_openlibs(L);
  if (luaL_loadstring(L, program) != LUA_OK) std::abort();
  const double begin = cpu_seconds();
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) std::abort();
  const double seconds = cpu_seconds() - begin;
  lua_close(L);
  return seconds;
}

void bench_program(benchmark::State& bench, const char* program) {
  ChunkPool pool(BlockSource(nullptr), 64u << 20);
  double arena_best = std::numeric_limits<double>::infinity();
  double malloc_best = arena_best;
  double counted_best = arena_best;
  for (auto _ : bench) {
    PlainMalloc plain;
    malloc_best = std::min(malloc_best, time_program(plain, program));
    CountedMalloc counted;
    counted_best = std::min(counted_best, time_program(counted, program));
    Allocator allocator(kUnlimited, 0, nullptr, &pool);
    const double seconds = time_program(allocator, program);
    arena_best = std::min(arena_best, seconds);
    bench.SetIterationTime(seconds);
  }
  bench.counters["of_malloc"] = arena_best / malloc_best;
  bench.counters["of_counted"] = arena_best / counted_best;
  bench.counters["best_ms"] = arena_best * 1e3;
}

/// A state of the runtime's: made, a small script loaded from our own dump and run, dropped.
void bench_state(benchmark::State& bench) {
  const auto code = compile(
      "local n = 0 local t = {echo = function(...) n = n + 1 return ... end} return t", "=small");
  if (!code) std::abort();
  ChunkPool pool(BlockSource(nullptr), 1u << 20);
  const auto body = [](lua_State* L) {
    static_cast<const Code*>(lua_touserdata(L, 1))->push(L);
    lua_call(L, 0, 1);
    return 0;
  };
  for (auto _ : bench) {
    StateOptions options;
    options.pool = &pool;
    auto state = State::open(options);
    if (!state || !(*state)->protect(body, const_cast<Code*>(&*code))) std::abort();
  }
}

/// Dropping a heap of 300,000 tables, with a pool that can hold it and without one.
void bench_drop(benchmark::State& bench, bool pooled) {
  ChunkPool pool(BlockSource(nullptr), 64u << 20);
  const auto fill = [](lua_State* L) {
    lua_createtable(L, 300'000, 0);
    for (int i = 1; i <= 300'000; ++i) {
      lua_createtable(L, 0, 0);
      lua_rawseti(L, -2, i);
    }
    lua_setfield(L, LUA_REGISTRYINDEX, "tables");
    return 0;
  };
  for (auto _ : bench) {
    StateOptions options;
    options.pool = pooled ? &pool : nullptr;
    auto state = State::open(options);
    if (!state || !(*state)->protect(fill, nullptr)) std::abort();
    const double begin = cpu_seconds();
    state->reset();
    bench.SetIterationTime(cpu_seconds() - begin);
  }
}

/// What the others are compared to: the same heap closed object by object.
void bench_close(benchmark::State& bench) {
  for (auto _ : bench) {
    CountedMalloc counted;
    lua_State* const L = lua_newstate(CountedMalloc::allocate, &counted);
    luaL_openlibs(L);
    if (luaL_dostring(L, "t = {} for i = 1, 300000 do t[i] = {} end") != LUA_OK) std::abort();
    const double begin = cpu_seconds();
    lua_close(L);
    bench.SetIterationTime(cpu_seconds() - begin);
  }
}

BENCHMARK_CAPTURE(bench_program, small_tables, kSmallTables)
    ->Name("Memory/small_tables")
    ->UseManualTime();
BENCHMARK_CAPTURE(bench_program, binary_trees, kBinaryTrees)
    ->Name("Memory/binary_trees")
    ->UseManualTime();
BENCHMARK_CAPTURE(bench_program, objects, kObjects)->Name("Memory/objects")->UseManualTime();
BENCHMARK_CAPTURE(bench_program, strings, kStrings)->Name("Memory/strings")->UseManualTime();
BENCHMARK_CAPTURE(bench_program, closures, kClosures)->Name("Memory/closures")->UseManualTime();
BENCHMARK_CAPTURE(bench_program, growing, kGrowingArrays)
    ->Name("Memory/growing_arrays")
    ->UseManualTime();
BENCHMARK_CAPTURE(bench_program, large, kLargeArrays)->Name("Memory/large_arrays")->UseManualTime();
BENCHMARK_CAPTURE(bench_program, coroutines, kCoroutines)
    ->Name("Memory/coroutines")
    ->UseManualTime();
BENCHMARK_CAPTURE(bench_program, many_sizes, kManySizes)
    ->Name("Memory/many_sizes")
    ->UseManualTime();
BENCHMARK_CAPTURE(bench_program, buffers, kBuffers)->Name("Memory/buffers")->UseManualTime();
BENCHMARK(bench_state)->Name("Memory/state_made_run_dropped");
BENCHMARK_CAPTURE(bench_drop, pooled, true)
    ->Name("Memory/drop_300k/pooled")
    ->UseManualTime()
    ->Iterations(30);
BENCHMARK_CAPTURE(bench_drop, alone, false)
    ->Name("Memory/drop_300k/alone")
    ->UseManualTime()
    ->Iterations(30);
BENCHMARK(bench_close)->Name("Memory/drop_300k/lua_close")->UseManualTime()->Iterations(30);

}  // namespace
}  // namespace moonwright::runtime
