// checkpoint_test.cpp: what is in a checkpoint, what comes back, and what is refused.
#include <gtest/gtest.h>

#include <string>

#include "checkpoint_support.hpp"
#include "codec_support.hpp"
#include "runtime/checkpoint_body.hpp"
#include "runtime/ref_userdata.hpp"

namespace moonwright::runtime {
namespace {

TEST(Checkpoint, CarriesTheDataOfGlobals) {
  EXPECT_EQ(carried("", "n = 7 f = 0.5 s = 'text' b = false t = {1, 2, {x = 'y'}} _G[3] = 4",
                    "return n, f, s, b, t[1], t[2], t[3].x, _G[3], math.type(n), math.type(f)"),
            "7, 0.5, text, false, 1, 2, y, 4, integer, float");
}

TEST(Checkpoint, KeepsEveryNumberBitByBit) {
  EXPECT_EQ(carried("",
                    "t = {-0.0, 1/0, -1/0, 0/0, 2^53, math.maxinteger, math.mininteger, 1e308, "
                    "5e-324, 255, 256, -1, -32, -33, -128, -129, 65535, 65536, 2^31|0, -2^31|0}",
                    "return 1/t[1], t[2], t[3], t[4] ~= t[4], t[5], t[6] == math.maxinteger, "
                    "t[7] == math.mininteger, t[8], t[9] == 5e-324, t[10], t[11], t[12], t[13], "
                    "t[14], t[15], t[16], t[17], t[18], t[19], t[20]"),
            "-inf, inf, -inf, true, 9.007199254741e+15, true, true, 1e+308, true, 255, 256, -1, "
            "-32, -33, -128, -129, 65535, 65536, 2147483648, -2147483648");
}

TEST(Checkpoint, KeepsCyclesAndSharedReferences) {
  EXPECT_EQ(carried("", "a = {} a.self = a b = {a, a, {up = a}} k = {} t = {[k] = k, [a] = b}",
                    "return a.self == a, b[1] == a, b[2] == a, b[3].up == a, t[k] == k, t[a] == b"),
            "true, true, true, true, true, true");
}

TEST(Checkpoint, KeepsSharedStringsOnce) {
  const auto state = open_state();
  run(*state, "local s = ('x'):rep(100000) t = {} for i = 1, 100 do t[i] = s end");
  const auto checkpoint = take_checkpoint(*state);
  ASSERT_TRUE(checkpoint);
  EXPECT_LT(checkpoint->size_bytes(), 102'000u);
  const auto other = open_state();
  ASSERT_TRUE(restore(*other, *checkpoint));
  EXPECT_EQ(run(*other, "return #t, #t[1], t[100] == t[1]"), "100, 100000, true");
  EXPECT_LT(other->allocator().used(), 200'000u);
}

TEST(Checkpoint, KeepsTablesOfEveryShape) {
  EXPECT_EQ(carried("",
                    "empty = {} list = {} for i = 1, 1000 do list[i] = i end "
                    "mixed = {1, 2, 3, n = 3, [10] = 10, [-1] = -1, [0.5] = 'h', [true] = 't'} "
                    "holes = {1, nil, 3, nil, 5} back = {} for i = 100, 1, -1 do back[i] = i end "
                    "keys = {[{1}] = {2}, [{3}] = 4}",
                    "local sum = 0 for k, v in pairs(keys) do "
                    "sum = sum + k[1] * 10 + (type(v) == 'table' and v[1] or v) end "
                    "return next(empty), #list, list[1000], #mixed, mixed.n, mixed[10], mixed[-1], "
                    "mixed[0.5], mixed[true], holes[1], holes[2], holes[3], holes[5], #back, "
                    "back[50], sum"),
            "nil, 1000, 1000, 3, 3, 10, -1, h, t, 1, nil, 3, 5, 100, 50, 46");
}

TEST(Checkpoint, WritesFunctionsByName) {
  EXPECT_EQ(carried("function greet() return 'hello' end "
                    "util = {deep = {add = function(a, b) return a + b end}}",
                    "t = {greet, util.deep.add, string.upper, print, greet, math.floor}",
                    "return t[1] == greet, t[2] == util.deep.add, t[3] == string.upper, "
                    "t[4] == print, t[5] == greet, t[6](1.5), t[2](1, 2)"),
            "true, true, true, true, true, 1, 3");
}

TEST(Checkpoint, BindsFunctionsToTheCodeOfTheNewState) {
  const Checkpoint checkpoint =
      checkpoint_of("function version() return 1 end", "state = {f = version}");
  EXPECT_EQ(restored(checkpoint, "function version() return 2 end state = 'unset'",
                     "return state.f(), version()"),
            "2, 2");
}

TEST(Checkpoint, NamesWhatTheNewCodeNoLongerHas) {
  const Checkpoint checkpoint =
      checkpoint_of("Old = {gone = function() end}", "state = {f = Old.gone}");
  const auto state = open_state();
  run(*state, "state = 'as it was'");
  const auto done = restore(*state, checkpoint);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::incompatible);
  EXPECT_EQ(done.error().message,
            "the script has no function Old.gone, to which the checkpoint refers");
  EXPECT_EQ(run(*state, "return state"), "as it was");
}

TEST(Checkpoint, CodeIsWhatWasThereWhenTheScriptHadRun) {
  const char* const script =
      "function first() return 1 end function second() return 2 end "
      "Machine = {state = first, idle = {enter = function() end}} log = print";
  // What has changed since is data, whether it leads to code or not.
  EXPECT_EQ(carried(script, "Machine.state = second current = Machine.idle log = second",
                    "return Machine.state == second, current == Machine.idle, log == second"),
            "true, true, true");
  // What has not changed is the new code's affair.
  EXPECT_EQ(restored(checkpoint_of(script, "n = 1"),
                     "function second() return 2 end "
                     "Machine = {state = second, idle = {enter = second}} log = second",
                     "return Machine.state == second, log == second, n"),
            "true, true, 1");
  // A function that was made later is in no fresh state.
  EXPECT_EQ(refused_checkpoint("hook = function() end", {}, {}, script).message,
            "cannot checkpoint a function (defined at case:1) at hook: it has no name among the "
            "globals, the modules and the behaviour, by which another state could find it");
  EXPECT_EQ(refused_checkpoint("Machine.hook = function() end", {}, {}, script).code,
            ErrorCode::unsupported);
}

TEST(Checkpoint, OneFunctionMadeLaterDoesNotMakeATableCode) {
  EXPECT_EQ(refused_checkpoint("state.f = function() end", {}, {}, "state = {}").message,
            "cannot checkpoint a function (defined at case:1) at state.f: it has no name among the "
            "globals, the modules and the behaviour, by which another state could find it");
}

constexpr const char* kAccount =
    "Account = {} Account.__index = Account Account.opened = 0 "
    "function Account.new(n) Account.opened = Account.opened + 1 "
    "  return setmetatable({balance = n}, Account) end "
    "function Account:deposit(n) self.balance = self.balance + n return self.balance end";

TEST(Checkpoint, ObjectsKeepTheirClass) {
  EXPECT_EQ(carried(kAccount, "a = Account.new(10) list = {a, Account.new(5)}",
                    "return a:deposit(1), list[1] == a, list[2]:deposit(1), "
                    "getmetatable(a) == Account, Account.opened"),
            "11, true, 6, true, 2");
}

TEST(Checkpoint, ObjectsGetTheMethodsOfTheNewCode) {
  const std::string newer =
      std::string(kAccount) + " function Account:double() return self.balance * 2 end";
  EXPECT_EQ(restored(checkpoint_of(kAccount, "a = Account.new(10)"), newer,
                     "return a:double(), Account.opened"),
            "20, 1");
}

TEST(Checkpoint, DataOfAClassThatIsGoneIsDropped) {
  EXPECT_EQ(restored(checkpoint_of("Stats = {n = 3, add = function() end}", "kept = 4"), "",
                     "return Stats, kept"),
            "nil, 4");
}

TEST(Checkpoint, KeepsMetatablesThatAreData) {
  EXPECT_EQ(carried("function index(t, k) return k end",
                    "weak = setmetatable({}, {__mode = 'k'}) "
                    "local mt = {__index = index} mt.owner = setmetatable({}, mt) "
                    "a, b = setmetatable({1}, mt), setmetatable({2}, mt)",
                    "return getmetatable(weak).__mode, a.x, b.y, getmetatable(a) == "
                    "getmetatable(b), getmetatable(getmetatable(a).owner) == getmetatable(a)"),
            "k, x, y, true, true");
}

TEST(Checkpoint, NothingOfTheScriptRuns) {
  EXPECT_EQ(carried("calls = 0 local function call() calls = calls + 1 error('called') end "
                    "function noisy() return call() end",
                    "t = setmetatable({1, x = 2}, {__index = noisy, __newindex = noisy, "
                    "__pairs = noisy, __len = noisy, __eq = noisy, __name = 'n', __close = noisy, "
                    "__metatable = false}) "
                    "setmetatable(_G, {__index = function(t, k) error(k) end})",
                    "return calls, rawget(t, 'x'), rawlen(t)"),
            "0, 2, 1");
}

TEST(Checkpoint, LeavesLibrariesAlone) {
  const Checkpoint checkpoint =
      checkpoint_of("", "local s = math.pi .. ('x'):rep(2) m = math lib = string g = _G");
  EXPECT_LT(checkpoint.size_bytes(), 60u);
  EXPECT_EQ(restored(checkpoint, "", "return m == math, lib == string, g == _G, m.pi == math.pi"),
            "true, true, true, true");
}

TEST(Checkpoint, ResultsComeBackInTheirOrderWithTheirNils) {
  const auto state = open_state();
  run(*state, "hidden = coroutine.create(print)");
  const auto checkpoint =
      take_checkpoint(*state, {}, "local t = {} return nil, 1, t, nil, t, 'end', nil");
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  const auto other = open_state();
  ASSERT_TRUE(restore(*other, *checkpoint));
  EXPECT_EQ(
      run(*other, "local r = restored return r[1], r[2], r[3] == r[5], r[4], r[6], r[7], hidden"),
      "nil, 1, true, nil, end, nil, nil");
}

TEST(Checkpoint, RefusesWhatCannotBeCarriedAndSaysWhereItIs) {
  const auto message = [](std::string_view code) { return refused_checkpoint(code).message; };
  EXPECT_EQ(message("state = {jobs = {1, 2, {callback = function() end}}}"),
            "cannot checkpoint a function (defined at case:1) at state.jobs[3].callback: it has no "
            "name among the globals, the modules and the behaviour, by which another state could "
            "find it");
  EXPECT_EQ(message("list = {[true] = coroutine.create(print)}"),
            "cannot checkpoint a coroutine at list[true]: nothing could go on with it");
  EXPECT_EQ(message("co = coroutine.create(print)"),
            "cannot checkpoint a coroutine at co: nothing could go on with it");
  EXPECT_EQ(message("t = {['a key'] = {[{}] = 1, [1.5] = coroutine.wrap(print)}}"),
            "cannot checkpoint a function at t[\"a key\"][1.5]: it has no name among the globals, "
            "the modules and the behaviour, by which another state could find it");
  EXPECT_EQ(message("t = {[coroutine.create(print)] = 1}"),
            "cannot checkpoint a coroutine at t[coroutine] (the key): nothing could go on with it");
  EXPECT_EQ(message("t = {setmetatable({}, {co = coroutine.create(print)})}"),
            "cannot checkpoint a coroutine at t[1].<metatable>.co: nothing could go on with it");
  EXPECT_EQ(
      refused_checkpoint("C.list = {coroutine.create(print)}", {}, {}, "C = {f = function() end}")
          .message,
      "cannot checkpoint a coroutine at C.list[1]: nothing could go on with it");
  EXPECT_EQ(refused_checkpoint("", {}, "return 1, {x = {coroutine.create(print)}}").message,
            "cannot checkpoint a coroutine at result 2.x[1]: nothing could go on with it");
  EXPECT_EQ(refused_checkpoint("co = coroutine.create(print)").code, ErrorCode::unsupported);
}

TEST(Checkpoint, RefusesMoreThanItsLimit) {
  const Error error = refused_checkpoint("a = {} for i = 1, 1000 do a[i] = {i, 'some text'} end",
                                         {.bytes_max = 5'000});
  EXPECT_EQ(error.code, ErrorCode::too_large);
  EXPECT_TRUE(error.message.starts_with(
      "the checkpoint is larger than 4.88 KiB; the limit was reached at a["))
      << error.message;
  EXPECT_EQ(refused_checkpoint("s = ('x'):rep(100000)", {.bytes_max = 5'000}).message,
            "the checkpoint is larger than 4.88 KiB; the limit was reached at s");
}

TEST(Checkpoint, ListsOfAMillionNodesTakeNoStack) {
  const auto state = open_state();
  run(*state, "list = {'end', 0} for i = 1, 1000000 do list = {list, i} end");
  const auto checkpoint = take_checkpoint(*state);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  const auto other = open_state();
  ASSERT_TRUE(restore(*other, *checkpoint));
  EXPECT_EQ(run(*other,
                "local n, at = 0, list while at ~= 'end' do n = n + at[2] at = at[1] end return n"),
            "500000500000");
}

TEST(Checkpoint, KeysAndMetatablesMayBeDeepToo) {
  EXPECT_EQ(carried("",
                    "for i = 1, 50000 do k = {[k or 'end'] = i} end "
                    "for i = 1, 50000 do m = setmetatable({i}, m) end",
                    "local n = 0 while type(k) == 'table' do k = next(k) n = n + 1 end "
                    "local d = 0 while m do d = d + m[1] m = getmetatable(m) end return n, k, d"),
            "50000, end, 1250025000");
}

TEST(Checkpoint, StepsOfOneUnitGiveTheSame) {
  const char* const code =
      "shared = {1} big = ('y'):rep(200000) t = {} for i = 1, 300 do "
      "t[i] = setmetatable({id = i, s = shared, [{i}] = big}, {shared}) end "
      "Code = {f = function() end, n = 3, more = {1}}";
  const auto state = open_state();
  run(*state, code);
  const auto at_once = take_checkpoint(*state, {}, {}, ~std::size_t{0});
  const auto by_steps = take_checkpoint(*state, {}, {}, 1);
  ASSERT_TRUE(at_once && by_steps);
  EXPECT_EQ(at_once->encode().value().size(), by_steps->encode().value().size());
  for (const std::size_t work : {std::size_t{1}, std::size_t{7}, ~std::size_t{0}}) {
    const auto other = open_state();
    run(*other, "Code = {f = function() end}");
    ASSERT_TRUE(restore(*other, *by_steps, work));
    EXPECT_EQ(run(*other,
                  "local n = 0 for i, o in ipairs(t) do local k = next(o) "
                  "for k, v in pairs(o) do if type(k) == 'table' then n = n + k[1] + #v end end "
                  "assert(o.s == shared and getmetatable(o)[1] == shared) end "
                  "return #t, n, Code.n, Code.more[1], type(Code.f)"),
              "300, 60045150, 3, 1, function");
  }
}

TEST(Checkpoint, HasTheNamesOfModules) {
  const auto state = open_state({.sandbox = Sandbox::none});
  run(*state,
      "package.preload['my.module'] = function() return {f = function() end, data = {1}} end "
      "m = require 'my.module' f = {m.f} require 'string'");
  const auto checkpoint = take_checkpoint(*state);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  const auto modules = modules_of(*checkpoint);
  ASSERT_TRUE(modules);
  EXPECT_EQ(*modules, std::vector<std::string>{"my.module"});

  const auto without = open_state();
  const auto done = restore(*without, *checkpoint);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::incompatible);
  EXPECT_NE(done.error().message.find("require \"my.module\""), std::string::npos)
      << done.error().message;
}

TEST(Checkpoint, ReadingFailsAtEachAllocationAndTheStateIsInOrder) {
  const auto state = open_state();
  run(*state, "for i = 1, 20 do t = {t, i, name = 'n' .. i, s = ('z'):rep(50 + i)} end");
  const auto checkpoint = take_checkpoint(*state);
  ASSERT_TRUE(checkpoint);
  bool done = false;
  for (std::uint64_t allowed = 0; !done; ++allowed) {
    ASSERT_LT(allowed, 5'000u);
    const auto other = open_state();
    run(*other, "return 1");
    other->allocator().refuse_after(allowed);
    const auto result = restore(*other, *checkpoint, 10);
    done = result.has_value();
    other->allocator().refuse_after(~std::uint64_t{0});
    if (!done) {
      ASSERT_EQ(result.error().code, ErrorCode::memory_limit) << result.error().message;
      ASSERT_EQ(run(*other, "return t"), "nil");
    }
  }
}

TEST(Checkpoint, MemoryOfTheStateBoundsWhatIsRead) {
  const auto state = open_state();
  run(*state, "t = {} for i = 1, 20000 do t[i] = {i} end");
  const auto checkpoint = take_checkpoint(*state);
  ASSERT_TRUE(checkpoint);
  const auto other = open_state({.memory_bytes_max = 200'000});
  const auto done = restore(*other, *checkpoint);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::memory_limit);
  EXPECT_EQ(run(*other, "return t"), "nil");
}

// Sets the global `name` to a reference to `target`.
void set_actor(State& state, const char* name, const Target& target, bool granted) {
  lua_State* L = state.lua();
  push_ref(L, &target);
  if (granted) set_granted(L, -1);
  lua_setglobal(L, name);
}

TEST(Checkpoint, ActorsComeBackWithWhatWasGranted) {
  const Target one(1);
  const Target two(2);
  {
    const auto state = open_state();
    set_actor(*state, "one", one, false);
    set_actor(*state, "two", two, true);
    run(*state, "list = {one, two, two, [one] = true}");
    const auto checkpoint = take_checkpoint(*state);
    ASSERT_TRUE(checkpoint) << checkpoint.error().message;
    EXPECT_EQ(checkpoint->body().refs.size(), 2u);
    EXPECT_EQ(checkpoint->encode().error().code, ErrorCode::unsupported);

    const auto other = open_state();
    ASSERT_TRUE(restore(*other, *checkpoint));
    EXPECT_EQ(run(*other, "return list[1] == one, list[2] == two, list[3] == two, list[one]"),
              "true, true, true, true");
    lua_State* L = other->lua();
    lua_getglobal(L, "one");
    lua_getglobal(L, "two");
    EXPECT_EQ(to_ref(L, 1), &one);
    EXPECT_FALSE(is_granted(L, 1));
    EXPECT_TRUE(is_granted(L, 2));
    lua_settop(L, 0);
  }
  EXPECT_EQ(one.count, 0);
  EXPECT_EQ(two.count, 0);
}

TEST(Checkpoint, ActorsAreRefusedWhereTheyMeanNothing) {
  const Target one(1);
  const auto state = open_state();
  set_actor(*state, "one", one, false);
  run(*state, "peers = {a = {one}} one = nil");
  const auto refused = take_checkpoint(*state, {.actors = false});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "cannot checkpoint a reference to an actor at peers.a[1]: it means nothing outside of "
            "this process");
}

// Runs `code`, which returns a behaviour, and answers where the registry has it.
int anchor_behaviour(State& state, const char* code) {
  lua_State* L = state.lua();
  if (luaL_dostring(L, code) != LUA_OK) ADD_FAILURE() << lua_tostring(L, -1);
  return luaL_ref(L, LUA_REGISTRYINDEX);
}

TEST(Checkpoint, FunctionsOfTheBehaviourHaveNames) {
  const auto state = open_state();
  const int anchor =
      anchor_behaviour(*state,
                       "local h = {sub = {}} function h.add() end function h.sub.go() end "
                       "function h.keep() state = {h.add, h.sub.go, h} end return h");
  const CodeSnapshot code(CodeRoots::of(state->lua(), anchor));
  lua_rawgeti(state->lua(), LUA_REGISTRYINDEX, anchor);
  lua_getfield(state->lua(), -1, "keep");
  lua_call(state->lua(), 0, 0);
  lua_settop(state->lua(), 0);
  CheckpointWriter writer(*state, {});
  ASSERT_TRUE(writer.begin(state->lua(), 1, 0, anchor, &code));
  ASSERT_EQ(writer.step(), CheckpointProgress::done) << writer.error().message;
  const Checkpoint checkpoint = writer.take({});

  const auto other = open_state();
  const int other_anchor =
      anchor_behaviour(*other, "H = {add = function() end, sub = {go = function() end}} return H");
  CheckpointReader reader(*other, checkpoint, other_anchor);
  ASSERT_EQ(reader.step(), CheckpointProgress::done) << reader.error().message;
  ASSERT_TRUE(reader.restore_globals());
  EXPECT_EQ(run(*other, "return state[1] == H.add, state[2] == H.sub.go, state[3] == H"),
            "true, true, true");
}

TEST(Checkpoint, AWriterThatIsDroppedLeavesNothingBehind) {
  const auto state = open_state();
  run(*state, "t = {} for i = 1, 1000 do t[i] = {i} end");
  lua_State* L = state->lua();
  lua_createtable(L, 0, 0);
  {
    CheckpointWriter writer(*state, {});
    ASSERT_TRUE(writer.begin(L, 1, 1, 0, nullptr));
    ASSERT_EQ(writer.step(10), CheckpointProgress::more);
  }
  lua_settop(L, 0);
  lua_pushnil(L);
  while (lua_next(L, LUA_REGISTRYINDEX) != 0) {
    EXPECT_NE(lua_type(L, -2), LUA_TLIGHTUSERDATA);
    lua_pop(L, 1);
  }
}

}  // namespace
}  // namespace moonwright::runtime
