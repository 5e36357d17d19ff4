// libraries_test.cpp: which globals there are, and that nobody can tell when they are opened.
#include "runtime/libraries.hpp"

#include <gmock/gmock.h>

#include <string>
#include <string_view>

#include "lua_run.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr std::string_view kNames = R"(
  local names = {}
  for name in pairs(%s) do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, " "))";

/// The names in the table that `expression` is, sorted.
std::string names_in(std::string_view expression, Sandbox sandbox) {
  std::string code(kNames);
  code.replace(code.find("%s"), 2, expression);
  return run(code, sandbox);
}

TEST(Libraries, AreTheseAtLevelRestricted) {
  EXPECT_EQ(names_in("_G", Sandbox::restricted),
            "_G _VERSION assert collectgarbage coroutine error getmetatable ipairs lifecycle load "
            "math next os pairs pcall print rawequal rawget rawlen rawset require select "
            "setmetatable string table tonumber tostring type utf8 warn xpcall");
  EXPECT_EQ(names_in("string", Sandbox::restricted),
            "byte char find format gmatch gsub len lower match pack packsize rep reverse sub "
            "unpack upper");
  EXPECT_EQ(names_in("os", Sandbox::restricted), "clock date difftime time");
  EXPECT_EQ(names_in("coroutine", Sandbox::restricted),
            "close create isyieldable resume running status wrap yield");
}

TEST(Libraries, AtLevelStrictLackLoadTheCollectorAndOs) {
  std::string names = names_in("_G", Sandbox::restricted);
  names.erase(names.find("load "), 5);
  names.erase(names.find("collectgarbage "), 15);
  names.erase(names.find("os "), 3);
  EXPECT_EQ(names_in("_G", Sandbox::strict), names);
  EXPECT_EQ(run("return load, rawget(_G, 'load')", Sandbox::strict), "nil, nil");
  EXPECT_EQ(run("return os, rawget(_G, 'os'), pcall(require, 'os')", Sandbox::strict),
            "nil, nil, false, module 'os' not found");
  EXPECT_EQ(names_in("string", Sandbox::strict), names_in("string", Sandbox::restricted));
}

TEST(Libraries, AreTheseAtLevelNone) {
  EXPECT_EQ(
      names_in("_G", Sandbox::none),
      "_G _VERSION assert collectgarbage coroutine debug dofile error getmetatable io ipairs "
      "lifecycle load loadfile math next os package pairs pcall print rawequal rawget rawlen "
      "rawset require select setmetatable string table tonumber tostring type utf8 warn xpcall");
  EXPECT_THAT(names_in("string", Sandbox::none), HasSubstr("dump"));
  EXPECT_EQ(names_in("os", Sandbox::none),
            "clock date difftime execute getenv remove rename time tmpname")
      << "exit and setlocale would act on the whole process";
}

TEST(Libraries, AreNotReachedBelowTheirLevelByAnyRoad) {
  for (const char* name : {"io", "debug", "package", "dofile", "loadfile"}) {
    const std::string text(name);
    EXPECT_EQ(run("return " + text), "nil");
    EXPECT_EQ(run("local name = '" + text + "' return rawget(_G, name), _G[name]"), "nil, nil");
    EXPECT_EQ(run("return pcall(require, '" + text + "')"),
              "false, module '" + text + "' not found");
  }
  EXPECT_EQ(run("return string.dump, ('').dump, require('string').dump"), "nil, nil, nil");
}

TEST(Libraries, OfUnopenedNamesAreFoundByEveryKindOfAccess) {
  EXPECT_EQ(run("return rawget(_G, 'math') == math, math ~= nil"), "true, true");
  EXPECT_EQ(run("return type(_G['string'])"), "table");
  EXPECT_EQ(run("return next(_G) ~= nil, next(_G, 'math') ~= math"), "true, true");
  EXPECT_EQ(run("local n = 0 for _ in next, _G do n = n + 1 end return n"), "31");
  EXPECT_EQ(run("return require('math') == math, require 'table' == table"), "true, true");
  EXPECT_EQ(run("return setmetatable({}, {__index = _G}).utf8 == utf8"), "true");
  EXPECT_EQ(run("return _G._G._G == _ENV, rawequal(_G, _ENV)"), "true, true");
  EXPECT_EQ(run("return rawget(_G, 1), _G[1], _G[true], rawlen(_G)"), "nil, nil, nil, 0");
}

TEST(Libraries, OfANameAreTheSameObjectHoweverOftenItIsAskedFor) {
  EXPECT_EQ(run("local a, b = math, print return a == math, b == print, a == rawget(_G, 'math')"),
            "true, true, true");
}

TEST(Libraries, LeaveNoMetatableOfTheGlobalsToSee) {
  EXPECT_EQ(run("return getmetatable(_G)"), "nil");
  EXPECT_EQ(run("return getmetatable(_G), type(utf8), getmetatable(_G)"), "nil, table, nil");
}

TEST(Libraries, AllowTheIdiomThatForbidsUnknownGlobals) {
  constexpr std::string_view kStrict = R"(
    local known = {}
    setmetatable(_G, {
      __newindex = function(t, k, v) known[k] = true rawset(t, k, v) end,
      __index = function(_, k) if not known[k] then error("unknown global " .. k, 2) end end,
    })
    mine = 5
    local ok, err = pcall(function() return msising end)
    return mine, math.type(1), ("x"):upper(), ok, err)";
  EXPECT_EQ(run(kStrict), "5, integer, X, false, case:8: unknown global msising");
}

TEST(Libraries, ThatAScriptSetsToNilStayNil) {
  EXPECT_EQ(run("math = nil return math, rawget(_G, 'math')"), "nil, nil");
  EXPECT_EQ(run("string = nil return string, ('x'):rep(2)"), "nil, xx");
  EXPECT_EQ(run("rawset(_G, 'print', nil) return print"), "nil");
  EXPECT_EQ(
      run("table = nil for name in pairs(_G) do if name == 'table' then return 'there' end end "
          "return table"),
      "nil");
  EXPECT_EQ(run("local m = require 'math' math = nil return require 'math' == m"), "true");
}

TEST(Libraries, ThatAScriptReplacesStayReplaced) {
  EXPECT_EQ(run("print = 1 return print, type(math), print"), "1, table, 1");
  EXPECT_EQ(run("math = {pi = 3} return math.pi"), "3");
  EXPECT_EQ(run("string = {rep = 1} return ('x'):rep(2), string.rep"), "xx, 1");
}

TEST(StringMetatable, WorksBeforeAnybodyNamesTheLibrary) {
  EXPECT_EQ(run("return ('x'):rep(3)"), "xxx");
  EXPECT_EQ(run("return '10' + 1"), "11");
  EXPECT_EQ(run("return 2 ^ '3', -'4', '7' // '2'"), "8.0, -4, 3");
  EXPECT_EQ(run("return ('%s'):format(string)  == tostring(string)"), "true");
}

TEST(StringMetatable, IsTheOneOfTheLibraryForTrustedScripts) {
  const auto trusted = [](const char* code) { return run(code, Sandbox::none); };
  EXPECT_EQ(trusted("return getmetatable('').__index == string"), "true");
  EXPECT_EQ(trusted("string = nil return getmetatable('').__index.rep('x', 2)"), "xx");
  EXPECT_EQ(trusted("getmetatable('').__index = function(s, k) return s .. k end return ('a').b"),
            "ab");
  EXPECT_EQ(trusted("return getmetatable('').__name, getmetatable('').__add ~= nil"), "nil, true");
}

TEST(StringMetatable, IsHiddenFromOthers) {
  EXPECT_EQ(run("return getmetatable('')"), "false");
  EXPECT_EQ(run("local s = string return getmetatable('x'), s.rep('x', 2)"), "false, xx");
  EXPECT_EQ(run("return (pcall(setmetatable, '', {}))"), "false");
  EXPECT_EQ(run("string.twice = function(s) return s .. s end return ('ab'):twice()"), "abab");
}

TEST(Libraries, LoadNoBytecode) {
  constexpr std::string_view kDump =
      "local dump = '\\27Lua' .. ('x'):rep(100) return load(dump, 'n', %)";
  for (const char* mode : {"nil", "'b'", "'bt'", "'t'"}) {
    std::string code(kDump);
    code.replace(code.find('%'), 1, mode);
    EXPECT_THAT(run(code), AnyOf(HasSubstr("nil, attempt to load a binary chunk (mode is 't')"),
                                 "nil, binary chunks are not allowed"))
        << mode;
  }
}

TEST(Libraries, LoadBytecodeOnlyIfTheHostAllowsIt) {
  constexpr const char* kCode =
      "local f, problem = load(string.dump(function() return 7 end), 'n', 'bt') "
      "return f and f() or problem";
  EXPECT_THAT(run(kCode, Sandbox::none), HasSubstr("attempt to load a binary chunk"));
  const auto allowed = open_state({.sandbox = Sandbox::none, .allow_bytecode = true});
  EXPECT_EQ(run(*allowed, kCode), "7");
  const auto restricted = open_state({.allow_bytecode = true});
  EXPECT_EQ(run(*restricted, "return load('\\27Lua')"),
            "nil, attempt to load a binary chunk (mode is 't')");
}

TEST(Libraries, RefuseFinalizersAtEveryLevel) {
  for (const Sandbox level : {Sandbox::restricted, Sandbox::none}) {
    EXPECT_THAT(run("setmetatable({}, {__gc = print})", level), HasSubstr("finalizers"));
    EXPECT_THAT(run("setmetatable({}, {__gc = false})", level), HasSubstr("finalizers"));
    // Set later, it is too late for Lua to notice.
    EXPECT_EQ(run("fired = false local m = {} do setmetatable({}, m) "
                  "m.__gc = function() fired = true end end "
                  "collectgarbage() collectgarbage() return fired",
                  level),
              "false");
  }
}

TEST(Libraries, DrawOtherRandomNumbersWithAnotherSeed) {
  const auto draw = [](std::uint32_t seed) {
    const auto state = open_state({.seed = seed});
    return run(*state, "return math.random(1 << 60)");
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
}

TEST(Libraries, OpenWhereverMemoryRunsOutOrAreOpenedLater) {
  constexpr std::string_view kUse =
      "local n = 0 for _ in pairs(_G) do n = n + 1 end return n, ('x'):rep(2), math.pi > 3";
  bool done = false;
  for (std::uint64_t allowed = 0; !done; ++allowed) {
    ASSERT_LT(allowed, 2'000u);
    const auto state = open_state();
    state->allocator().refuse_after(allowed);
    std::string out;
    const auto first = try_run(*state, kUse, out);
    done = first.has_value();
    if (done) continue;
    EXPECT_EQ(first.error().code, ErrorCode::memory_limit);
    state->allocator().refuse_after(~std::uint64_t{0});
    ASSERT_EQ(run(*state, kUse), "31, xx, true") << "after " << allowed << " allocations";
  }
}

}  // namespace
}  // namespace moonwright::runtime
