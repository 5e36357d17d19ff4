// base_library_test.cpp: the base functions do what the manual says, errors to the letter.
//
// The expected results are those of the reference interpreter.
#include "runtime/base_library.hpp"

#include <gmock/gmock.h>

#include <string_view>

#include "fake_actor.hpp"
#include "lua_run.hpp"

namespace moonwright::runtime {
namespace {

struct Case {
  std::string_view code;
  std::string_view expected;
};

/// Each case in a state of its own, in which nothing has been used yet.
template <std::size_t kCount>
void check(const Case (&cases)[kCount]) {
  for (const auto& [code, expected] : cases) EXPECT_EQ(run(code), expected) << code;
}

constexpr Case kErrors[] = {
    {"return assert(1, 2, 3)", "1, 2, 3"},
    {"assert(false)", "error: case:1: assertion failed!"},
    {"assert(nil, 'why')", "error: case:1: why"},
    {"return select('#', assert(1, nil))", "2"},
    {"assert()", "error: case:1: bad argument #1 to 'assert' (value expected)"},
    {"return pcall(assert, false, nil)", "false, nil"},
    {"return pcall(assert, false, {}) == false", "true"},
    {"error('a')", "error: case:1: a"},
    {"error('a', 0)", "error: a"},
    {"error('a', 1)", "error: case:1: a"},
    {"local function f() error('a', 2) end\nf()", "error: case:2: a"},
    {"error('a', 50)", "error: a"},
    {"return pcall(error)", "false, nil"},
    {"return pcall(error, nil)", "false, nil"},
    {"local ok, e = pcall(error, 5) return math.type(e)", "integer"},
    {"local t = {} local ok, e = pcall(error, t) return e == t", "true"},
};
TEST(BaseLibrary, AssertAndErrorPutThePositionBeforeATextMessage) { check(kErrors); }

constexpr Case kProtectedCalls[] = {
    {"return pcall(function(...) return ... end, 1, nil, 3)", "true, 1, nil, 3"},
    {"return select('#', pcall(function() end))", "1"},
    {"pcall()", "error: case:1: bad argument #1 to 'pcall' (value expected)"},
    {"return pcall(nil)", "false, attempt to call a nil value"},
    {"return xpcall(function(...) return ... end, error, 1, nil)", "true, 1, nil"},
    {"return xpcall(error, function(m) return 'h:' .. m end, 'x', 0)", "false, h:x"},
    {"return xpcall(function() local x = nil + 1 end, function(m) return '<' .. m .. '>' end)",
     "false, <case:1: attempt to perform arithmetic on a nil value>"},
    {"xpcall(print)",
     "error: case:1: bad argument #2 to 'xpcall' (function expected, got no value)"},
    {"xpcall(print, 1)",
     "error: case:1: bad argument #2 to 'xpcall' (function expected, got number)"},
    {"return xpcall(error, function() error('again', 0) end, 'x')",
     "false, error in error handling"},
    {"return pcall(pcall, error, 'e')", "true, false, e"},
    {"local function f(n) if n == 0 then error('deep', 0) end return pcall(f, n - 1) end return "
     "f(20)",
     "true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, "
     "true, true, true, true, false, deep"},
};
TEST(BaseLibrary, PcallAndXpcallCatchWhatIsRaised) { check(kProtectedCalls); }

constexpr Case kSelect[] = {
    {"return select('#')", "0"},
    {"return select('#', nil, nil)", "2"},
    {"return select(2, 'a', 'b', 'c')", "b, c"},
    {"return select(-1, 'a', 'b', 'c')", "c"},
    {"return select(-3, 'a', 'b', 'c')", "a, b, c"},
    {"select(-4, 'a', 'b', 'c')",
     "error: case:1: bad argument #1 to 'select' (index out of range)"},
    {"select(0)", "error: case:1: bad argument #1 to 'select' (index out of range)"},
    {"return select(4, 'a')", ""},
    {"select()", "error: case:1: bad argument #1 to 'select' (number expected, got no value)"},
    {"select('x')", "error: case:1: bad argument #1 to 'select' (number expected, got string)"},
    {"return select('2', 'a', 'b')", "b"},
    {"select(1.5, 1)",
     "error: case:1: bad argument #1 to 'select' (number has no integer representation)"},
};
TEST(BaseLibrary, SelectCountsFromEitherEnd) { check(kSelect); }

constexpr Case kToNumber[] = {
    {"return tonumber('0x10'), tonumber(' 12 '), tonumber('1e2'), tonumber('1 2'), tonumber(''), "
     "tonumber('0x'), tonumber('1e')",
     "16, 12, 100.0, nil, nil, nil, nil"},
    {"return tonumber('10', 2), tonumber('zz', 36), tonumber('-ff', 16), tonumber(' +7 ', 8), "
     "tonumber('8', 8), tonumber('', 10), tonumber('1.0', 10)",
     "2, 1295, -255, 7, nil, nil, nil"},
    {"return tonumber('7fffffffffffffff', 16), tonumber('ffffffffffffffff', 16), "
     "tonumber('10000000000000000', 16)",
     "9223372036854775807, -1, 0"},
    {"return tonumber('1\\0', 10), tonumber('1\\0'), tonumber('- 1', 10), tonumber('1 ', 10), "
     "tonumber('\\n1\\t', 10)",
     "nil, nil, nil, 1, 1"},
    {"tonumber(10, 10)",
     "error: case:1: bad argument #1 to 'tonumber' (string expected, got number)"},
    {"tonumber('1', 1)", "error: case:1: bad argument #2 to 'tonumber' (base out of range)"},
    {"tonumber('1', 37)", "error: case:1: bad argument #2 to 'tonumber' (base out of range)"},
    {"tonumber()", "error: case:1: bad argument #1 to 'tonumber' (value expected)"},
    {"return tonumber(nil)", "nil"},
    {"return tonumber({}), tonumber(true)", "nil, nil"},
    {"tonumber('1', 'x')",
     "error: case:1: bad argument #2 to 'tonumber' (number expected, got string)"},
    {"return tonumber(5), tonumber(5.5), math.type(tonumber('5')), math.type(tonumber('5.0')), "
     "tonumber('inf'), tonumber('nan')",
     "5, 5.5, integer, float, nil, nil"},
    {"tonumber({}, 10)",
     "error: case:1: bad argument #1 to 'tonumber' (string expected, got table)"},
    {"return tonumber('1', nil)", "1"},
    {"return tonumber('0x1p4'), tonumber('0x.8')", "16.0, 0.5"},
    {"return tonumber('1', 10.0)", "1"},
};
TEST(BaseLibrary, TonumberReadsEveryBaseAndNothingBehindTheNumber) { check(kToNumber); }

constexpr Case kToString[] = {
    {"return tostring(nil), tostring(true), tostring(1), tostring(1.0), tostring(-0.0), "
     "tostring('x')",
     "nil, true, 1, 1.0, -0.0, x"},
    {"tostring()", "error: case:1: bad argument #1 to 'tostring' (value expected)"},
    {"return tostring(setmetatable({}, {__tostring = function() return 'T' end}))", "T"},
    {"tostring(setmetatable({}, {__tostring = function() return 1 end}))", ""},
    {"return (tostring(setmetatable({}, {__name = 'N'})):gsub('0x%x+', 'A'))", "N: A"},
    {"return tostring(2^63), tostring(1e15), tostring(1e100), tostring(0/0):gsub('-', '')",
     "9.2233720368548e+18, 1e+15, 1e+100, nan, 1"},
    {"return math.type(2^53), 2^53 | 0", "float, 9007199254740992"},
    {"return type(nil), type(type), type(''), type(coroutine.create(print))",
     "nil, function, string, thread"},
    {"type()", "error: case:1: bad argument #1 to 'type' (value expected)"},
};
TEST(BaseLibrary, TostringAndTypeDescribeEveryValue) { check(kToString); }

constexpr Case kIteration[] = {
    {"local r = {} for i, v in ipairs({1, 2, nil, 4}) do r[#r + 1] = i .. v end return "
     "table.concat(r, ' ')",
     "11 22"},
    {"local t = setmetatable({}, {__index = function(_, i) if i < 4 then return i * i end end}) "
     "local r = {} for i, v in ipairs(t) do r[#r + 1] = v end return table.concat(r, ' ')",
     "1 4 9"},
    {"ipairs()", "error: case:1: bad argument #1 to 'ipairs' (value expected)"},
    {"for _ in ipairs(nil) do end", "error: attempt to index a nil value"},
    {"return select('#', ipairs({}))", "3"},
    {"local f, t, i = ipairs('x') return type(f), t, i", "function, x, 0"},
    {"local t = setmetatable({}, {__pairs = function(t) return function(_, k) if not k then return "
     "1, 2 end end, t, nil end}) local r = {} for k, v in pairs(t) do r[#r + 1] = k .. v end "
     "return table.concat(r)",
     "12"},
    {"return select('#', pairs(setmetatable({}, {__pairs = function() return 1, 2, 3, 4 end})))",
     "3"},
    {"return select('#', pairs(setmetatable({}, {__pairs = function() end})))", "3"},
    {"pairs()", "error: case:1: bad argument #1 to 'pairs' (value expected)"},
    {"for _ in pairs(nil) do end",
     "error: case:1: bad argument #1 to 'for iterator' (table expected, got nil)"},
    {"return next({})", "nil"},
    {"return next({5})", "1, 5"},
    {"return next({5}, 1)", "nil"},
    {"next({}, 'no')", "error: invalid key to 'next'"},
    {"next()", "error: case:1: bad argument #1 to 'next' (table expected, got no value)"},
    {"next(1)", "error: case:1: bad argument #1 to 'next' (table expected, got number)"},
    {"return select('#', next({}))", "1"},
    {"local t = {1, 2, 3, a = 1} for k in pairs(t) do t[k] = nil end return next(t)", "nil"},
};
TEST(BaseLibrary, IterationHonoursIndexAndPairs) { check(kIteration); }

constexpr Case kRaw[] = {
    {"return rawequal(1, 1.0), rawequal('a', 'a'), rawequal({}, {})", "true, true, false"},
    {"rawequal(1)", "error: case:1: bad argument #2 to 'rawequal' (value expected)"},
    {"rawequal()", "error: case:1: bad argument #1 to 'rawequal' (value expected)"},
    {"return rawlen({1, 2}), rawlen('abc')", "2, 3"},
    {"rawlen(5)",
     "error: case:1: bad argument #1 to 'rawlen' (table or string expected, got number)"},
    {"rawlen()",
     "error: case:1: bad argument #1 to 'rawlen' (table or string expected, got no value)"},
    {"return rawget(setmetatable({}, {__index = {x = 1}}), 'x')", "nil"},
    {"rawget({})", "error: case:1: bad argument #2 to 'rawget' (value expected)"},
    {"rawget(1, 2)", "error: case:1: bad argument #1 to 'rawget' (table expected, got number)"},
    {"local t = setmetatable({}, {__newindex = error}) return rawset(t, 'x', 5) == t and t.x", "5"},
    {"rawset({}, nil, 1)", "error: table index is nil"},
    {"rawset({}, 0/0, 1)", "error: table index is NaN"},
    {"rawset({}, 1)", "error: case:1: bad argument #3 to 'rawset' (value expected)"},
    {"return rawget({10, 20}, 2, 99)", "20"},
};
TEST(BaseLibrary, RawAccessIgnoresMetatables) { check(kRaw); }

constexpr Case kMetatables[] = {
    {"return getmetatable({}), getmetatable(1)", "nil, nil"},
    {"getmetatable()", "error: case:1: bad argument #1 to 'getmetatable' (value expected)"},
    {"local m = {} return getmetatable(setmetatable({}, m)) == m", "true"},
    {"return getmetatable(setmetatable({}, {__metatable = 'locked'}))", "locked"},
    {"setmetatable(setmetatable({}, {__metatable = 1}), {})",
     "error: case:1: cannot change a protected metatable"},
    {"setmetatable({})",
     "error: case:1: bad argument #2 to 'setmetatable' (nil or table expected, got no value)"},
    {"setmetatable(1, {})",
     "error: case:1: bad argument #1 to 'setmetatable' (table expected, got number)"},
    {"setmetatable({}, 1)",
     "error: case:1: bad argument #2 to 'setmetatable' (nil or table expected, got number)"},
    {"local t = setmetatable({}, {}) return getmetatable(setmetatable(t, nil))", "nil"},
    {"return getmetatable(setmetatable({}, {__metatable = false}))", "false"},
};
TEST(BaseLibrary, MetatablesCanBeProtected) { check(kMetatables); }

constexpr Case kLoad[] = {
    {"return load('return 1 + 1')()", "2"},
    {"return load('x =')", "nil, [string \"x =\"]:1: unexpected symbol near <eof>"},
    {"return load('return ...')(1, 2)", "1, 2"},
    {"return load('x = 1', 'n', 't', {}) ~= nil", "true"},
    {"local e = {} load('x = 1', 'n', 't', e)() return e.x, x", "1, nil"},
    {"return load('return x', 'n', 't', {x = 5})()", "5"},
    {"return pcall(load('error(\"e\")', '=name'))", "false, name:1: e"},
    {"return pcall(load('error(\"e\")', '@file.lua'))", "false, file.lua:1: e"},
    {"return pcall(load('error(\"e\")'))", "false, [string \"error(\"e\")\"]:1: e"},
    {"return pcall(load('\\n\\nerror(\"e\")', 'a\\nb'))", "false, [string \"a...\"]:3: e"},
    {"local parts = {'return ', '4', '2'} local i = 0 return load(function() i = i + 1 return "
     "parts[i] end)()",
     "42"},
    {"local i = 0 return load(function() i = i + 1 if i == 1 then return 'return 3' end return '' "
     "end)()",
     "3"},
    {"return load(function() return {} end)", "nil, case:1: reader function must return a string"},
    {"return load(function() error('in reader', 0) end)", "nil, in reader"},
    {"local n = 0 return load(function() n = n + 1 if n < 3 then return n end end)",
     "nil, (load):1: unexpected symbol near '12'"},
    {"load()", "error: case:1: bad argument #1 to 'load' (function expected, got no value)"},
    {"load(5 == 5)", "error: case:1: bad argument #1 to 'load' (function expected, got boolean)"},
    {"return load(function() end)()", ""},
    {"local f = load('return _ENV', 'n', 't', nil) return f()", "nil"},
    {"return load(123)", "nil, [string \"123\"]:1: unexpected symbol near '123'"},
    {"return load('return 7', 'n', 'bt')()", "7"},
    {"local f = load('local a <const> = 1; a = 2') return f", "nil"},
    {"return load('goto x')",
     "nil, [string \"goto x\"]:1: no visible label 'x' for <goto> at line 1"},
    {"return load('return\\0 1')", "nil, [string \"return\"]:1: unexpected symbol"},
    {"return load('break')", "nil, [string \"break\"]:1: break outside loop at line 1"},
    {"return load(('x = '):rep(300) .. '1')",
     "nil, [string \"x = x = x = x = x = x = x = x = x = x = x = x...\"]:1: unexpected symbol near "
     "'='"},
    {"local env = setmetatable({}, {__index = _G}) local f = load('y = 1 return y, type(print)', "
     "'n', 't', env) return f()",
     "1, function"},
    {"y = nil local f = load('y = 1') f() return y", "1"},
};
TEST(BaseLibrary, LoadTakesNoBytecodeWhateverTheMode) {
  EXPECT_EQ(run("return load('return 1', nil, 'b')"), "nil, binary chunks are not allowed");
  EXPECT_EQ(run("return load(function() return 'return 1' end, nil, 'b')"),
            "nil, binary chunks are not allowed");
}
TEST(BaseLibrary, LoadCompilesTextIntoAFunctionOrAnswersWhyNot) { check(kLoad); }

constexpr Case kCollector[] = {
    {"return collectgarbage(), collectgarbage('isrunning'), math.type(collectgarbage('count')), "
     "collectgarbage('step') ~= nil",
     "0, true, float, true"},
    {"collectgarbage('nonsense')",
     "error: case:1: bad argument #1 to 'collectgarbage' (invalid option 'nonsense')"},
    {"collectgarbage({})",
     "error: case:1: bad argument #1 to 'collectgarbage' (string expected, got table)"},
    {"return type(collectgarbage('step', 100))", "boolean"},
};
TEST(BaseLibrary, CollectgarbageAnswersAsInTheManual) { check(kCollector); }

constexpr Case kOutput[] = {
    {"print(setmetatable({}, {__tostring = function() return 1 end}))", ""},
    {"warn()", "error: case:1: bad argument #1 to 'warn' (string expected, got no value)"},
    {"warn({})", "error: case:1: bad argument #1 to 'warn' (string expected, got table)"},
    {"warn('a', {})", "error: case:1: bad argument #2 to 'warn' (string expected, got table)"},
    {"return print()", ""},
};
TEST(BaseLibrary, OutputFunctionsCheckTheirArguments) { check(kOutput); }

constexpr Case kGlobals[] = {
    {"return _VERSION", "Lua 5.4"},
    {"return _G._G == _G, _ENV == _G", "true, true"},
};
TEST(BaseLibrary, TheGlobalsKnowThemselvesAndTheirVersion) { check(kGlobals); }

constexpr Case kStrings[] = {
    {"return '10' + 5, '3' * '4', 10 .. 20, -'2', '7' // 2, '2' ^ 2, '0x10' + 0, '7' % '4', '1' / "
     "'2', '5' - 1",
     "15, 12, 1020, -2, 3, 4.0, 16, 3, 0.5, 4"},
    {"return 'a' + 1", "error: case:1: attempt to add a 'string' with a 'number'"},
    {"local s = 'x' return s - 1", "error: case:1: attempt to sub a 'string' with a 'number'"},
    {"return {} + 'x'", "error: case:1: attempt to add a 'table' with a 'string'"},
    {"return 1 + {}", "error: case:1: attempt to perform arithmetic on a table value"},
    {"return '1' & 3",
     "error: case:1: attempt to perform bitwise operation on a string value (constant '1')"},
    {"return 'x' & 1",
     "error: case:1: attempt to perform bitwise operation on a string value (constant 'x')"},
    {"return '10' < 5", "error: case:1: attempt to compare string with number"},
    {"return -'x'", "error: case:1: attempt to unm a 'string' with a 'string'"},
    {"return '1' + setmetatable({}, {__add = function(a, b) return a .. '!' end})", "1!"},
    {"return ('x'):rep(3), #'abc', ('%d'):format(7), ('abc').len('ab')", "xxx, 3, 7, 2"},
    {"return ('x').nope", "nil"},
    {"return ('x'):nope()", "error: case:1: attempt to call a nil value (method 'nope')"},
    {"local s = 'x' s.y = 1", "error: case:1: attempt to index a string value (local 's')"},
};
TEST(BaseLibrary, StringsConvertAndHaveMethods) { check(kStrings); }

TEST(BaseLibrary, PrintAndWarnGoWhereTheHostSays) {
  FakeActor actor(R"(
    print("a", 1, nil, true, setmetatable({}, {__tostring = function() return "T" end}))
    print()
    warn("@on")
    warn("watch ", "out ", 1)
    print("x\0y"))");
  actor.start();
  EXPECT_EQ(actor.host.printed, std::string("a\t1\tnil\ttrue\tT\n\nx\0y\n", 20));
  ASSERT_EQ(actor.host.log_lines.size(), 1u);
  EXPECT_EQ(actor.last_log(), "warn: watch out 1");
}

TEST(BaseLibrary, IsQuietWithoutAHost) { EXPECT_EQ(run("print('x') warn('y')"), ""); }

TEST(BaseLibrary, AwaitsPassThroughProtectedCallsAndIteration) {
  FakeActor actor(R"(
    local actor = require "actor"
    local function nap(...) actor.sleep(1) return ... end
    local t = setmetatable({}, {
      __pairs = function() nap() return next, {k = 1}, nil end,
      __index = function(_, i) nap() if i < 3 then return i end end,
    })
    return {
      pcall = function() return pcall(nap, 1, nil, 3) end,
      pcall_error = function() return pcall(function() nap() error("late", 0) end) end,
      xpcall = function() return xpcall(nap, print, 1, 2) end,
      xpcall_error = function()
        return xpcall(function() nap() error("late", 0) end, function(m) return m .. "!" end)
      end,
      nested = function() return pcall(pcall, pcall, nap, "deep") end,
      pairs = function() for k, v in pairs(t) do return k, nap(v) end end,
      index = function() return t[1] + t[2] end,
      handler = function() return xpcall(error, function() return pcall(nap) end, "x") end,
      chunk = function() return load("return ...")(nap("loaded")) end,
    })");
  actor.start();
  const auto after_naps = [&](const char* name) {
    const auto request = actor.ask({name});
    EXPECT_EQ(actor.answer(request), "nothing") << name;
    actor.advance(std::chrono::seconds(4));
    return actor.answer(request);
  };
  EXPECT_EQ(after_naps("pcall"), "true, 1, nil, 3");
  EXPECT_EQ(after_naps("pcall_error"), "false, late");
  EXPECT_EQ(after_naps("xpcall"), "true, 1, 2");
  EXPECT_EQ(after_naps("xpcall_error"), "false, late!");
  EXPECT_EQ(after_naps("nested"), "true, true, true, deep");
  EXPECT_EQ(after_naps("pairs"), "k, 1");
  EXPECT_EQ(after_naps("index"), "3");
  EXPECT_EQ(after_naps("chunk"), "loaded");
  // A message handler is called where the error is, which cannot wait.
  EXPECT_EQ(actor.call({"handler"}), "false, false");
}

}  // namespace
}  // namespace moonwright::runtime
