// memory_test.cpp: a state within its memory, whatever that is, wherever it comes from and however
// the state goes.
#include <gmock/gmock.h>

#include <cstdint>
#include <lua.hpp>
#include <string>
#include <string_view>

#include "fake_actor.hpp"
#include "lua_run.hpp"
#include "memory_sources.hpp"
#include "runtime/code.hpp"
#include "runtime/node.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::HasSubstr;

/// Makes and drops most kinds of objects, small and big, and frees, grows and shrinks them.
constexpr std::string_view kScript = R"(
  local list, text = {}, {}
  for i = 1, 200 do list[i] = {i, name = "item " .. i} end
  for i = 1, 200 do text[i] = tostring(i):rep(i % 7) list[i] = nil end
  local co = coroutine.wrap(function(...) coroutine.yield(select("#", ...)) return math.pi end)
  assert(co(1, 2, 3) == 3 and co() == math.pi)
  assert(not pcall(error, setmetatable({}, {__index = list})))
  local deep = function(n, f) return n == 0 and 0 or 1 + f(n - 1, f) end
  collectgarbage()
  return #table.concat(text, ",") + deep(100, deep))";

/// What a script is to a state: created, loaded from our own dump, called, dropped.
Result<void> live_once(const StateOptions& options, const Code& code, std::string& out) {
  struct Job {
    const Code& code;
    std::string& out;
  };
  auto state = State::open(options);
  if (!state) return fail(std::move(state.error()));
  Job job{code, out};
  const auto body = [](lua_State* L) {
    const auto* work = static_cast<Job*>(lua_touserdata(L, 1));
    work->code.push(L);
    lua_call(L, 0, 1);
    std::size_t size = 0;
    const char* text = luaL_tolstring(L, -1, &size);
    work->out.assign(text, size);
    return 0;
  };
  auto done = (*state)->protect(body, &job);
  const MemoryFigures figures = (*state)->memory();
  EXPECT_LE(figures.peak, figures.limit);
  EXPECT_LE(figures.used, figures.peak);
  EXPECT_LE(figures.used, figures.reserved);
  EXPECT_TRUE((*state)->allocator().consistent());
  EXPECT_EQ(done.has_value(), figures.violations == 0) << figures.violations;
  return done;
}

TEST(Memory, AtAnyLimitAStateEitherDoesItsWorkOrEndsAsMemoryLimit) {
  const auto code = compile(kScript, "=case");
  ASSERT_TRUE(code);
  CountingSource source;
  std::uint64_t enough = 0;
  for (std::uint64_t limit = 0; limit <= 48u << 10; limit += 8) {
    std::string out;
    StateOptions options{.memory_bytes_max = limit};
    options.source = &source;
    const auto done = live_once(options, *code, out);
    ASSERT_EQ(source.bytes(), 0u) << "a leak at " << limit;
    if (done) {
      EXPECT_EQ(out, "1774");
      if (enough == 0) enough = limit;
    } else {
      ASSERT_EQ(done.error().code, ErrorCode::memory_limit) << limit << done.error().message;
    }
    if (HasFailure()) break;
  }
  EXPECT_GT(enough, 0u);
}

TEST(Memory, TheSourceMayRefuseAtEachCall) {
  const auto code = compile(kScript, "=case");
  ASSERT_TRUE(code);
  // For good, and only once: then the collection and the second try mend it, or the state fails.
  for (const std::uint64_t refused : {~std::uint64_t{0}, std::uint64_t{1}}) {
    CountingSource source;
    std::uint64_t failures = 0;
    for (std::uint64_t allowed = 0;; ++allowed) {
      ASSERT_LT(allowed, 5'000u);
      std::string out;
      StateOptions options;
      options.source = &source;
      source.refuse_after(allowed, refused);
      const std::uint64_t before = source.refusals();
      const auto done = live_once(options, *code, out);
      ASSERT_EQ(source.bytes(), 0u) << "a leak after " << allowed;
      if (done) {
        EXPECT_EQ(out, "1774") << "after " << allowed;
        if (source.refusals() == before) break;
      } else {
        EXPECT_EQ(done.error().code, ErrorCode::memory_limit) << done.error().message;
        ++failures;
      }
      if (HasFailure()) return;
    }
    EXPECT_GT(failures, 1u);
  }
}

TEST(Memory, ChunksOfOneStateServeTheNext) {
  CountingSource source;
  {
    ChunkPool pool(BlockSource(&source), 4u << 20);
    std::uint64_t chunks = 0;
    for (int i = 0; i < 10; ++i) {
      StateOptions options;
      options.source = &source;
      options.pool = &pool;
      const auto state = open_state(options);
      EXPECT_EQ(run(*state, kScript), "1774");
      if (i == 0) chunks = source.blocks();
      EXPECT_LE(source.blocks(), chunks + 5) << i;
    }
  }
  EXPECT_EQ(source.bytes(), 0u);
}

TEST(Memory, OfAnIdleActorIsSmall) {
  FakeActor actor("return {echo = function(...) return ... end}");
  actor.start();
  EXPECT_EQ(actor.answer(actor.ask({"echo", 1})), "1");
  actor.script->state().collect();
  const MemoryFigures figures = actor.script->state().memory();
  RecordProperty("used", std::to_string(figures.used));
  RecordProperty("reserved", std::to_string(figures.reserved));
  EXPECT_LE(figures.used, 5'760u);
  EXPECT_LE(figures.reserved, 10'752u);
}

// Collections -------------------------------------------------------------------------------------

TEST(MemoryFigures, TellWhatAForcedCollectionFreed) {
  const auto state = open_state();
  EXPECT_EQ(run(*state, "t = {} for i = 1, 10000 do t[i] = {i} end"), "");
  const MemoryFigures full = state->memory();
  EXPECT_EQ(run(*state, "t = nil"), "");
  const Collection done = state->collect();
  EXPECT_LT(done.after, 20'000u);
  EXPECT_GT(done.before, 700'000u);
  const MemoryFigures after = state->memory();
  EXPECT_EQ(after.used, done.after);
  EXPECT_EQ(after.forced_collections, 1u);
  EXPECT_EQ(after.forced_freed, done.before - done.after);
  EXPECT_GE(after.peak, full.used) << "the peak stays";
  EXPECT_LT(after.reserved, full.reserved / 3) << "chunks go back";
  state->collect();
  EXPECT_EQ(state->memory().forced_collections, 2u);
}

TEST(MemoryFigures, TellEmergencyCollectionsFromFailures) {
  const auto state = open_state({.memory_bytes_max = 400'000});
  lua_gc(state->lua(), LUA_GCSTOP);
  EXPECT_EQ(run(*state, "for i = 1, 20000 do local t = {i} end"), "");
  const MemoryFigures garbage = state->memory();
  EXPECT_GT(garbage.emergency_collections, 0u);
  EXPECT_GT(garbage.emergency_freed, 300'000u);
  EXPECT_EQ(garbage.violations, 0u);
  EXPECT_FALSE(state->allocator().refusal_pending());
  EXPECT_THAT(run(*state, "t = {} for i = 1, 20000 do t[i] = {i} end"), HasSubstr("memory"));
  EXPECT_EQ(state->memory().violations, 1u);
}

TEST(MemoryFigures, CountWhatLuaDoesNotAskForASecondTime) {
  {
    // The buffers of Lua's library, whose error is an ordinary one.
    const auto state = open_state({.memory_bytes_max = 350'000});
    EXPECT_EQ(run(*state, "local s = ('x'):rep(120000) return pcall(print, s, s)"),
              "false, not enough memory");
    EXPECT_EQ(state->memory().violations, 1u);
  }
  // A stack.
  const auto state = open_state({.memory_bytes_max = 350'000});
  EXPECT_THAT(run(*state, "local function f(n) return n == 0 and 0 or 1 + f(n - 1) end f(9000)"),
              HasSubstr("memory"));
  EXPECT_EQ(state->memory().violations, 1u);
}

TEST(MemoryThrashing, EndsWhoeverKeepsNearlyEverything) {
  const auto state = open_state({.memory_bytes_max = 2'000'000});
  bool refused = false;
  state->allocator().set_watcher(
      {&refused, nullptr, [](void* context, MemoryRefusal reason) noexcept {
         if (reason == MemoryRefusal::thrashing) {
           *static_cast<bool*>(context) = true;
         }
       }});
  // Catches every memory error and goes on as before: it is up to the owner to end it.
  EXPECT_EQ(run(*state, R"(
    local t = {}
    local function fill() while true do t[#t + 1] = {} end end
    for i = 1, 20 do pcall(fill) end)"),
            "");
  EXPECT_TRUE(refused);
  EXPECT_TRUE(state->allocator().thrashing());
}

TEST(MemoryReserve, IsBoundedEvenForScriptsThatCrumbleTheirHeap) {
  constexpr std::uint64_t kLimit = 1'000'000;
  CountingSource source;
  StateOptions options{.memory_bytes_max = kLimit};
  options.source = &source;
  const auto state = open_state(options);
  for (int size = 8; size <= 1'000; size += 16) {
    // All memory in strings of one size; of these one in fifty stays.
    static_cast<void>(run(*state, "local size = " + std::to_string(size) + R"(
      kept = kept or {}
      local all = {}
      pcall(function()
        for i = 1, math.huge do all[i] = ("%06d"):format(i) .. ("x"):rep(size) end
      end)
      for i = 1, #all, 50 do pcall(function() kept[#kept + 1] = all[i] end) end
      all = nil
      if #kept * size > 300000 then kept = nil end
      collectgarbage())"));
    state->allocator().forgive();
    ASSERT_LE(source.bytes(), 2 * kLimit + (64u << 10)) << size;
  }
  EXPECT_TRUE(state->allocator().consistent());
}

// How a state goes --------------------------------------------------------------------------------

int finalized = 0;

int finalize(lua_State*) {
  ++finalized;
  return 0;
}

struct Counter : HostNode {
  int* releases;
  explicit Counter(int* counter) : releases(counter) {}
  ~Counter() { ++*releases; }
};
constexpr luaL_Reg kNoMethods[] = {{nullptr, nullptr}};
constexpr NodeType kCounterType{"counter", kNoMethods, nullptr};

/// A host object, and a table with a finalizer as only C code and the debug library can make it.
int make_things(lua_State* L) {
  static_cast<void>(push_node<Counter>(L, kCounterType, static_cast<int*>(lua_touserdata(L, 1))));
  lua_setglobal(L, "counter");
  lua_newtable(L);
  lua_newtable(L);
  lua_pushcfunction(L, finalize);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_setglobal(L, "finalized");
  return 0;
}

TEST(MemoryDrop, ReleasesEverythingAndRunsNothing) {
  for (const Sandbox sandbox : {Sandbox::none, Sandbox::restricted}) {
    CountingSource source;
    StateOptions options{.sandbox = sandbox};
    options.source = &source;
    auto state = open_state(options);
    int releases = 0;
    finalized = 0;
    ASSERT_TRUE(state->protect(make_things, &releases));
    EXPECT_EQ(run(*state, "t = {} for i = 1, 300000 do t[i] = {} end"), "");
    EXPECT_GT(source.bytes(), 300'000u * 56);
    state->drop_without_closing();
    state.reset();
    EXPECT_EQ(source.bytes(), 0u);
    EXPECT_EQ(releases, 1);
    EXPECT_EQ(finalized, 0);
  }
}

TEST(MemoryDrop, ClosesTrustedStatesThatEndInPeace) {
  for (const bool trusted : {true, false}) {
    auto state = open_state({.sandbox = trusted ? Sandbox::none : Sandbox::restricted});
    int releases = 0;
    finalized = 0;
    ASSERT_TRUE(state->protect(make_things, &releases));
    state.reset();
    EXPECT_EQ(releases, 1);
    EXPECT_EQ(finalized, trusted ? 1 : 0) << "there are none below the level none";
  }
}

TEST(MemoryDrop, ClosesTrustedStatesEvenWhereNoMemoryIsLeft) {
  CountingSource source;
  StateOptions options{.memory_bytes_max = 100'000, .sandbox = Sandbox::none};
  options.source = &source;
  auto state = open_state(options);
  EXPECT_THAT(run(*state, "local t = {} repeat t[#t + 1] = io.tmpfile() until false"),
              HasSubstr("memory"));
  source.refuse_after(0);
  state->allocator().refuse_after(0);
  state.reset();
  EXPECT_EQ(source.bytes(), 0u);
}

}  // namespace
}  // namespace moonwright::runtime
