// hidden_address_test.cpp: what scripts see of an object is constant, unique, and no address.
#include "runtime/hidden_address.hpp"

#include <gmock/gmock.h>

#include <string>
#include <unordered_set>

#include "lua_run.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::MatchesRegex;

TEST(AddressCipher, IsSpeck64) {
  // The vector that its designers published.
  const AddressCipher cipher({0x03020100, 0x0b0a0908, 0x13121110, 0x1b1a1918});
  EXPECT_EQ(cipher(0x3b7265747475432d), 0x8c6fa548454e028bu);
}

TEST(AddressCipher, GivesNoTwoWordsTheSame) {
  const AddressCipher cipher({1, 2, 3, 4});
  std::unordered_set<std::uint64_t> seen;
  for (std::uint64_t word = 0; word < 100'000; ++word) seen.insert(cipher(word * 16));
  EXPECT_EQ(seen.size(), 100'000u);
}

/// The address of the global `value`, as Lua prints it.
std::string address_of(State& state, const char* name) {
  lua_State* const L = state.lua();
  lua_getglobal(L, name);
  lua_pushfstring(L, "%p", lua_topointer(L, -1));
  std::string text = lua_tostring(L, -1);
  lua_pop(L, 2);
  return text.substr(2);
}

TEST(HiddenAddress, StandsForTheAddressWhereverScriptsSeeOne) {
  const auto state = open_state();
  ASSERT_EQ(run(*state, "t, f, c, b = {}, function() end, coroutine.create(print), print"), "");
  for (const char* name : {"t", "f", "c", "b"}) {
    const std::string value(name);
    const std::string shown = run(*state, "return tostring(" + value + ")");
    EXPECT_THAT(shown, MatchesRegex("(table|function|thread): 0x[0-9a-f]{16}"));
    EXPECT_EQ(shown.find(address_of(*state, name)), std::string::npos) << shown;
    EXPECT_EQ(run(*state, "return tostring(" + value + ")"), shown);
    EXPECT_EQ(run(*state, "return ('%s'):format(" + value + ")"), shown);
  }
  EXPECT_EQ(run(*state,
                "local seen = {} for i = 1, 1000 do seen[tostring({})] = true end "
                "local keep = {} for i = 1, 1000 do keep[i] = {} end "
                "local texts, n = {}, 0 for _, t in ipairs(keep) do "
                "n = n + (texts[tostring(t)] and 0 or 1) texts[tostring(t)] = true end "
                "return n"),
            "1000");
}

TEST(HiddenAddress, IsAnotherInEachState) {
  // The same address in both: that of a function of ours.
  EXPECT_NE(run("return tostring(print)"), run("return tostring(print)"));
}

TEST(HiddenAddress, IsTheAddressAtLevelNone) {
  const auto state = open_state({.sandbox = Sandbox::none});
  const std::string shown = run(*state, "t = {} return tostring(t)");
  EXPECT_EQ(shown, "table: 0x" + address_of(*state, "t"));
}

TEST(HiddenAddress, LeavesNamesAndTextsAsTheyAre) {
  EXPECT_THAT(run("return tostring(setmetatable({}, {__name = 'Point'}))"),
              MatchesRegex("Point: 0x[0-9a-f]{16}"));
  EXPECT_THAT(run("return tostring(setmetatable({}, {__name = 7}))"),
              MatchesRegex("table: 0x[0-9a-f]{16}"));
  EXPECT_EQ(run("return tostring(setmetatable({}, {__tostring = function() return 'me' end}))"),
            "me");
  EXPECT_EQ(
      run("return pcall(tostring, setmetatable({}, {__tostring = function() return {} end}))"),
      "false, '__tostring' must return a string");
  EXPECT_EQ(run("return tostring(nil), tostring(true), tostring(1), tostring(1.0), tostring('x')"),
            "nil, true, 1, 1.0, x");
}

}  // namespace
}  // namespace moonwright::runtime
