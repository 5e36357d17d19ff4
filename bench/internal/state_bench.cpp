// state_bench.cpp: what it costs to make a state, to run a little in it, and to drop it; beside
// Lua's own states with malloc.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdlib>
#include <lua.hpp>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "moonwright/options.hpp"
#include "runtime/chunk_pool.hpp"
#include "runtime/code.hpp"
#include "runtime/state.hpp"

namespace moonwright::runtime {
namespace {

constexpr std::string_view kSmallScript = R"(
  local count = 0
  local handlers = {}
  function handlers.add(n) count = count + n return count end
  function handlers.get() return count end
  for i, name in ipairs{ "a", "b", "c" } do handlers[name] = function() return i end end
  return handlers
)";
constexpr std::string_view kEcho = "return { echo = function(...) return ... end }";
constexpr std::string_view kManyTables = "kept = {} for i = 1, 300000 do kept[i] = {} end";

const Code& code_of(std::string_view source) {
  // One entry is all that each benchmark needs.
  static std::optional<std::pair<std::string_view, Code>> last;
  if (!last || last->first != source) {
    last.emplace(source, compile(source, "=bench").value());
  }
  return last->second;
}

/// As a worker does it: with what the states before have left.
std::unique_ptr<State> open_state() {
  static ChunkPool pool(BlockSource(nullptr), RuntimeOptions{}.spare_memory_bytes_max);
  StateOptions options;
  options.memory_bytes_max = 256u << 20;
  options.pool = &pool;
  return State::open(options).value();
}

int run_code(lua_State* L) {
  static_cast<const Code*>(lua_touserdata(L, 1))->push(L);
  lua_call(L, 0, 0);
  return 0;
}

void run(State& state, const Code& code) {
  if (!state.protect(run_code, const_cast<Code*>(&code))) std::abort();
}

/// What luaL_newstate() uses; the other argument says how large a block was.
void* allocate_plainly(void*, void* block, std::size_t, std::size_t size) {
  if (size != 0) return std::realloc(block, size);
  std::free(block);
  return nullptr;
}

/// Our build of Lua asks the state's Allocator for its seed, so there has to be one.
class PlainState {
 public:
  explicit PlainState(std::string_view source) {
    luaL_openlibs(L_);
    if (luaL_loadbuffer(L_, source.data(), source.size(), "=bench") != LUA_OK) std::abort();
    if (lua_pcall(L_, 0, 0, 0) != LUA_OK) std::abort();
  }
  ~PlainState() { lua_close(L_); }
  PlainState(const PlainState&) = delete;
  PlainState& operator=(const PlainState&) = delete;

 private:
  Allocator unused_{kUnlimited, 0};
  lua_State* const L_ = lua_newstate(allocate_plainly, &unused_);
};

/// The time of `work` is that of one iteration, and nothing else is.
template <class Work>
void time(benchmark::State& bench, Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  std::forward<Work>(work)();
  bench.SetIterationTime(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

// Made, a small script run from code that is compiled already, dropped.
void bench_state_turnover(benchmark::State& bench) {
  const Code& code = code_of(kSmallScript);
  for (auto _ : bench) {
    const std::unique_ptr<State> state = open_state();
    run(*state, code);
  }
}

// Made, all libraries opened, the same script parsed and run, closed.
void bench_plain_turnover(benchmark::State& bench) {
  for (auto _ : bench) {
    const PlainState state(kSmallScript);
  }
}

void bench_state_drop(benchmark::State& bench) {
  const Code& code = code_of(kManyTables);
  for (auto _ : bench) {
    std::unique_ptr<State> state = open_state();
    run(*state, code);
    time(bench, [&] { state.reset(); });
  }
}

void bench_plain_drop(benchmark::State& bench) {
  for (auto _ : bench) {
    std::optional<PlainState> state(std::in_place, kManyTables);
    time(bench, [&] { state.reset(); });
  }
}

int run_echo_in_coroutine(lua_State* L) {
  lua_State* const thread = lua_newthread(L);
  luaL_ref(L, LUA_REGISTRYINDEX);
  static_cast<const Code*>(lua_touserdata(L, 1))->push(thread);
  int results = 0;
  if (lua_resume(thread, L, 0, &results) != LUA_OK) return luaL_error(L, "echo.lua failed");
  lua_xmove(thread, L, 1);
  luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

// The counter is what counts here: a state whose chunk has run in a coroutine, and which waits.
void bench_idle_echo(benchmark::State& bench) {
  const Code& code = code_of(kEcho);
  std::uint64_t bytes = 0;
  for (auto _ : bench) {
    const std::unique_ptr<State> state = open_state();
    if (!state->protect(run_echo_in_coroutine, const_cast<Code*>(&code))) std::abort();
    lua_gc(state->lua(), LUA_GCCOLLECT);
    bytes = state->memory().used;
  }
  bench.counters["bytes"] = static_cast<double>(bytes);
}

BENCHMARK(bench_state_turnover)->Name("State/turnover");
BENCHMARK(bench_plain_turnover)->Name("State/turnover_of_plain_lua");
BENCHMARK(bench_state_drop)->Name("State/drop_300000_tables")->UseManualTime()->Iterations(20);
BENCHMARK(bench_plain_drop)
    ->Name("State/drop_300000_tables_of_plain_lua")
    ->UseManualTime()
    ->Iterations(20);
BENCHMARK(bench_idle_echo)->Name("State/idle_echo");

}  // namespace
}  // namespace moonwright::runtime
