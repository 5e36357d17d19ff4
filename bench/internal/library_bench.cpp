// library_bench.cpp: what the bounded string and table functions cost, as a ratio to upstream's.
//
// Both run in one state, by turns, so that whatever disturbs the machine disturbs both.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <lua.hpp>
#include <memory>
#include <string>
#include <vector>

#include "runtime/state.hpp"

namespace moonwright::runtime {
namespace {

/// A workload: `setup` makes what it works on, `body` is one round. Both see `string`, `table` and
/// `utf8` as locals.
struct Work {
  const char* name;
  const char* setup;
  const char* body;
};

constexpr Work kWorks[] = {
    {"find/plain_short", "local s = ('lorem ipsum '):rep(4) .. 'dolor'",
     "for _ = 1, 1000 do string.find(s, 'dolor', 1, true) end"},
    {"find/plain_long", "local s = ('lorem ipsum '):rep(10000) .. 'dolor'",
     "string.find(s, 'dolor', 1, true)"},
    {"find/class", "local s = ('lorem ipsum '):rep(4) .. '4711'",
     "for _ = 1, 1000 do string.find(s, '%d+') end"},
    {"find/one_byte", "local s = 'key=value'", "for _ = 1, 1000 do string.find(s, '=') end"},
    {"match/anchored", "local s = 'GET /index.html HTTP/1.1'",
     "for _ = 1, 1000 do string.match(s, '^(%u+) (%S+) HTTP/(%d)%.(%d)$') end"},
    {"match/set", "local s = 'some_identifier_1 = 5'",
     "for _ = 1, 1000 do string.match(s, '^[%a_][%w_]*') end"},
    {"match/trim", "local s = '   some text to trim   '",
     "for _ = 1, 1000 do string.match(s, '^%s*(.-)%s*$') end"},
    {"match/fails", "local s = ('a'):rep(50)",
     "for _ = 1, 1000 do string.match(s, '(%w+)=(%w+)') end"},
    {"match/lazy", "local s = '<b>' .. ('text '):rep(50) .. '</b>'",
     "for _ = 1, 1000 do string.match(s, '<b>(.-)</b>') end"},
    {"match/balanced", "local s = 'f(' .. ('(x)'):rep(30) .. ')'",
     "for _ = 1, 1000 do string.match(s, '%b()') end"},
    {"gmatch/words", "local s = ('lorem ipsum dolor '):rep(1000)",
     "for w in string.gmatch(s, '%a+') do end"},
    {"gmatch/pairs", "local s = ('key=value, '):rep(1000)",
     "for k, v in string.gmatch(s, '(%w+)=(%w+)') do end"},
    {"gmatch/bytes", "local s = ('x'):rep(10000)", "for c in string.gmatch(s, '.') do end"},
    {"gmatch/short", "local s = 'a b'",
     "for _ = 1, 1000 do for w in string.gmatch(s, '%a') do end end"},
    {"gsub/string", "local s = ('lorem ipsum dolor '):rep(1000)", "string.gsub(s, '%s+', ' ')"},
    {"gsub/captures", "local s = ('key=value, '):rep(1000)",
     "string.gsub(s, '(%w+)=(%w+)', '%2=%1')"},
    {"gsub/function",
     "local s = ('lorem ipsum dolor '):rep(1000) local f = function(w) return w end",
     "string.gsub(s, '%a+', f)"},
    {"gsub/table", "local s = ('$a $b $c '):rep(1000) local t = {a = '1', b = '2'}",
     "string.gsub(s, '%$(%w+)', t)"},
    {"gsub/escape", "local s = ('some text & more <tags> '):rep(500)",
     "string.gsub(s, '[&<>]', {['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;'})"},
    {"gsub/short", "local s = 'hello world'", "for _ = 1, 1000 do string.gsub(s, 'o', '0') end"},
    {"gsub/function_short", "local s = 'hello world' local f = string.upper",
     "for _ = 1, 1000 do string.gsub(s, 'o', f) end"},
    {"gsub/function_lua", "local s = 'hello world' local function f(c) return c end",
     "for _ = 1, 1000 do string.gsub(s, 'o', f) end"},
    {"format/integer", "", "for i = 1, 1000 do string.format('%d', i) end"},
    {"format/mixed", "",
     "for i = 1, 1000 do string.format('%s: %5.2f (%d)', 'name', i / 3, i) end"},
    {"format/string", "local s = ('x'):rep(50)", "for _ = 1, 1000 do string.format('<%s>', s) end"},
    {"format/padded", "", "for i = 1, 1000 do string.format('%-10s|%08x', 'name', i) end"},
    {"format/float", "", "for i = 1, 1000 do string.format('%.14g', i / 7) end"},
    {"format/quoted", "local s = 'a \"quoted\" text\\n' .. ('x'):rep(100)",
     "for _ = 1, 1000 do string.format('%q', s) end"},
    {"format/literal", "local f = ('plain text '):rep(10) .. '%d'",
     "for i = 1, 1000 do string.format(f, i) end"},
    {"pack/integers", "", "for i = 1, 1000 do string.pack('<i4i4i8', i, i, i) end"},
    {"pack/record", "", "for i = 1, 1000 do string.pack('>s2I2dB', 'name', i, i / 3, 1) end"},
    {"pack/aligned", "", "for i = 1, 1000 do string.pack('!8 b i4 d', 1, i, i) end"},
    {"unpack_bytes/integers", "local s = string.pack('<i4i4i8', 1, 2, 3)",
     "for _ = 1, 1000 do string.unpack('<i4i4i8', s) end"},
    {"unpack_bytes/record", "local s = string.pack('>s2I2dB', 'name', 2, 1.5, 1)",
     "for _ = 1, 1000 do string.unpack('>s2I2dB', s) end"},
    {"slices/sub", "local s = 'hello world'", "for _ = 1, 1000 do string.sub(s, 3, 7) end"},
    {"slices/sub_byte", "local s = 'hello world'", "for _ = 1, 1000 do string.sub(s, 4, 4) end"},
    {"slices/byte", "local s = 'hello world'", "for _ = 1, 1000 do string.byte(s, 3) end"},
    {"slices/bytes", "local s = ('x'):rep(100)", "for _ = 1, 100 do string.byte(s, 1, -1) end"},
    {"slices/upper", "local s = 'hello world'", "for _ = 1, 1000 do string.upper(s) end"},
    {"slices/lower_long", "local s = ('Hello '):rep(10000)", "string.lower(s)"},
    {"slices/reverse", "local s = 'hello world'", "for _ = 1, 1000 do string.reverse(s) end"},
    {"utf8/len", "local s = ('h\\u{e4}llo '):rep(100)", "for _ = 1, 10 do utf8.len(s) end"},
    {"utf8/codes", "local s = ('h\\u{e4}llo '):rep(100)", "for _, c in utf8.codes(s) do end"},
    {"utf8/codepoint", "local s = ('h\\u{e4}llo '):rep(10)",
     "for _ = 1, 100 do utf8.codepoint(s, 1, -1) end"},
    {"utf8/offset", "local s = ('h\\u{e4}llo '):rep(10)",
     "for _ = 1, 100 do utf8.offset(s, 40) end"},
    {"rep/byte", "", "for _ = 1, 1000 do string.rep('x', 100) end"},
    {"rep/long", "local s = ('lorem ipsum '):rep(10)", "string.rep(s, 10000, ', ')"},
    {"concat/words", "local t = {} for i = 1, 1000 do t[i] = 'word' .. i end",
     "for _ = 1, 10 do table.concat(t, ', ') end"},
    {"concat/short", "local t = {'a', 'b', 'c'}", "for _ = 1, 1000 do table.concat(t, '/') end"},
    {"concat/numbers", "local t = {} for i = 1, 1000 do t[i] = i end", "table.concat(t, ',')"},
    {"concat/many", "local t = {} for i = 1, 100000 do t[i] = 'word' .. i end",
     "table.concat(t, ', ')"},
    {"concat/large", "local t = {} for i = 1, 1000 do t[i] = ('x'):rep(1000) end",
     "table.concat(t)"},
    {"insert/append", "", "local t = {} for i = 1, 10000 do table.insert(t, i) end"},
    {"insert/front", "", "local t = {} for i = 1, 300 do table.insert(t, 1, i) end"},
    {"remove/last", "local t = {}",
     "for i = 1, 1000 do t[i] = i end for _ = 1, 1000 do table.remove(t) end"},
    {"remove/front", "local t = {}",
     "for i = 1, 300 do t[i] = i end for _ = 1, 300 do table.remove(t, 1) end"},
    {"move/forward", "local t, u = {}, {} for i = 1, 10000 do t[i] = i end",
     "table.move(t, 1, #t, 1, u)"},
    {"unpack/few", "local t = {1, 2, 3}", "for _ = 1, 1000 do local a, b, c = table.unpack(t) end"},
    {"unpack/many", "local t = {} for i = 1, 200 do t[i] = i end",
     "for _ = 1, 100 do select('#', table.unpack(t)) end"},
    {"unpack/proxy", "local t = setmetatable({}, {__index = function(_, i) return i end})",
     "for _ = 1, 100 do select('#', table.unpack(t, 1, 10)) end"},
    {"sort/integers", "local r = {} for i = 1, 5000 do r[i] = i * 7919 % 10007 end",
     "table.sort(table.move(r, 1, #r, 1, {}))"},
    {"sort/strings", "local r = {} for i = 1, 5000 do r[i] = 'k' .. i * 7919 % 10007 end",
     "table.sort(table.move(r, 1, #r, 1, {}))"},
    {"sort/by_function",
     "local r = {} for i = 1, 5000 do r[i] = i * 7919 % 10007 end "
     "local function after(a, b) return a > b end",
     "table.sort(table.move(r, 1, #r, 1, {}), after)"},
    {"sort/by_field",
     "local r = {} for i = 1, 5000 do r[i] = {key = i * 7919 % 10007} end "
     "local function by_key(a, b) return a.key < b.key end",
     "table.sort(table.move(r, 1, #r, 1, {}), by_key)"},
    {"sort/sorted", "local r = {} for i = 1, 5000 do r[i] = i end",
     "table.sort(table.move(r, 1, #r, 1, {}))"},
    {"sort/short", "", "for _ = 1, 100 do table.sort({5, 2, 4, 1, 3}) end"},
};

/// Thread CPU time: other work on the machine is none of our business.
double seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// The state in which a workload runs, and its two rounds, in the registry.
class Stage {
 public:
  explicit Stage(const Work& work) {
    auto state = State::open({});
    if (!state) std::abort();
    state_ = std::move(*state);
    ours_ = load(work, "string, table, utf8");
    // Opened last: this makes upstream's the methods of strings, which no workload uses.
    theirs_ = load(work, "select(2, ...)");
  }

  double run_ours() { return run(ours_); }
  double run_theirs() { return run(theirs_); }

 private:
  int load(const Work& work, const std::string& libraries) {
    lua_State* L = state_->lua();
    const std::string code = "local string, table, utf8 = " + libraries + "\n" + work.setup +
                             "\nreturn function() " + work.body + " end";
    if (luaL_loadstring(L, code.c_str()) != LUA_OK) fail(L);
    lua_pushnil(L);
    luaopen_string(L);
    luaopen_table(L);
    luaopen_utf8(L);
    if (lua_pcall(L, 4, 1, 0) != LUA_OK) fail(L);
    return luaL_ref(L, LUA_REGISTRYINDEX);
  }

  double run(int round) {
    lua_State* L = state_->lua();
    lua_rawgeti(L, LUA_REGISTRYINDEX, round);
    const double begin = seconds();
    if (lua_pcall(L, 0, 0, 0) != LUA_OK) fail(L);
    return seconds() - begin;
  }

  [[noreturn]] static void fail(lua_State* L) {
    std::fprintf(stderr, "%s\n", lua_tostring(L, -1));
    std::abort();
  }

  std::unique_ptr<State> state_;
  int ours_ = 0;
  int theirs_ = 0;
};

/// What was measured so far.
std::vector<double>& ratios() {
  static std::vector<double> all;
  return all;
}

/// One round of each by turns; the counter is the ratio of the quickest ones.
void bench_work(benchmark::State& bench, const Work& work) {
  Stage stage(work);
  double best_ours = 1e9;
  double best_theirs = 1e9;
  for (auto _ : bench) {
    const double ours = stage.run_ours();
    best_ours = std::min(best_ours, ours);
    best_theirs = std::min(best_theirs, stage.run_theirs());
    bench.SetIterationTime(ours);
  }
  bench.counters["of_upstream"] = best_ours / best_theirs;
  ratios().push_back(best_ours / best_theirs);
}

/// The counters are those over all of the above.
void sum_up(benchmark::State& bench) {
  double logarithms = 0;
  double worst = 0;
  for (const double ratio : ratios()) {
    logarithms += std::log(ratio);
    worst = std::max(worst, ratio);
  }
  for (auto _ : bench) benchmark::DoNotOptimize(worst);
  bench.counters["geometric_mean"] = std::exp(logarithms / static_cast<double>(ratios().size()));
  bench.counters["worst"] = worst;
}

const bool kRegistered = [] {
  for (const Work& work : kWorks) {
    benchmark::RegisterBenchmark((std::string("Library/") + work.name).c_str(),
                                 [&work](benchmark::State& bench) { bench_work(bench, work); })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond)
        ->Iterations(200);
  }
  benchmark::RegisterBenchmark("Library/all", sum_up)->Iterations(1);
  return true;
}();

}  // namespace
}  // namespace moonwright::runtime
