// math_library_test.cpp: the math library is that of Lua, but for where random numbers begin.
#include "runtime/math_library.hpp"

#include <gmock/gmock.h>

#include <string>

#include "lua_run.hpp"
#include "upstream.hpp"

namespace moonwright::runtime {
namespace {

constexpr std::string_view kDraw =
    "local t = {} for i = 1, 8 do t[i] = math.random(0) end return table.concat(t, ' ')";

TEST(MathRandom, GivesTheNumbersOfUpstreamForASeed) {
  Upstream upstream;
  for (const char* seed : {"42", "42, 7", "-1", "0, -5", "3.0"}) {
    EXPECT_TRUE(upstream.agree(std::string("math.randomseed(") + seed + ") local t = {} " +
                               "for i = 1, 20 do t[i] = {math.random(), math.random(0), "
                               "math.random(6), math.random(-5, 5)} end return t"));
  }
  for (const char* call : {"'x'", "1.5", "{}", "nil", "1, 'x'", "1, {}"}) {
    EXPECT_TRUE(upstream.agree(std::string("return math.randomseed(") + call + ")"));
  }
}

TEST(MathRandom, BeginsWithTheSeedOfTheState) {
  const auto draw = [](std::uint32_t seed) {
    const auto state = open_state({.seed = seed});
    return run(*state, kDraw);
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
}

TEST(MathRandom, TellsNoSeedBelowLevelNone) {
  for (const Sandbox level : {Sandbox::restricted, Sandbox::strict}) {
    EXPECT_EQ(run("return select('#', math.randomseed()), select('#', math.randomseed(1))", level),
              "0, 0");
  }
  EXPECT_EQ(run("return select('#', math.randomseed(1))", Sandbox::none), "2");
}

TEST(MathRandom, IsReseededByTheSystemWhenAsked) {
  const std::string code = "math.randomseed() " + std::string(kDraw);
  EXPECT_NE(run(code), run(code)) << "the same seed of the state, and not the same numbers";
}

TEST(Math, AnswersAsUpstreamDoes) {
  Upstream upstream;
  EXPECT_TRUE(upstream.agree(R"(
    local names, all = {}, {}
    for name in pairs(math) do names[#names + 1] = name end
    table.sort(names)
    local values = { 0, -0.0, 1, -7, 2.5, -2.5, 1e300, 1/0, -1/0, "10", "x", math.mininteger,
                     math.maxinteger }
    for _, name in ipairs(names) do
      if type(math[name]) == "function" and not name:find "random" then
        for _, a in ipairs(values) do
          all[#all + 1] = { name, pcall(math[name], a) }
          for _, b in ipairs(values) do all[#all + 1] = { name, pcall(math[name], a, b) } end
        end
      else
        all[#all + 1] = { name, type(math[name]) == "number" and math[name] }
      end
    end
    return all)"));
}

}  // namespace
}  // namespace moonwright::runtime
