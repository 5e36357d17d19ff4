// utf8_library_test.cpp: the utf8 library is that of Lua, only bounded.
#include "runtime/utf8_library.hpp"

#include <gmock/gmock.h>

#include <random>
#include <string>
#include <vector>

#include "lua_run.hpp"
#include "upstream.hpp"

namespace moonwright::runtime {
namespace {

TEST(Utf8, AnswersAsUpstreamDoesOverRandomBytes) {
  constexpr std::uint64_t kSeed = 20260807;
  std::mt19937_64 random(kSeed);
  const std::vector<std::string> pieces = {"a",
                                           "\xc3\xa4",
                                           "\xe2\x82\xac",
                                           "\xf0\x9f\x8c\x99",
                                           "\x80",
                                           "\xbf",
                                           "\xc0\x80",
                                           "\xe0",
                                           "\xed\xa0\x80",
                                           "\xf4\x90\x80\x80",
                                           "\xfd\xbf",
                                           "\xfe",
                                           "\xff",
                                           "\xf8\x88\x80\x80\x80",
                                           "\xfc\x84\x80\x80\x80\x80",
                                           std::string(1, '\0')};
  const auto below = [&](std::size_t bound) { return random() % bound; };
  Upstream upstream;
  for (int i = 0; i < 2'000; ++i) {
    std::string text;
    // Mostly one kind of piece, so that some of them are valid.
    const std::size_t kinds = below(2) == 0 ? 4 : pieces.size();
    for (std::size_t count = below(8); count > 0; --count) text += pieces[below(kinds)];
    const std::string from = std::to_string(static_cast<int>(below(20)) - 9);
    const std::string to = std::to_string(static_cast<int>(below(20)) - 9);
    for (const std::string& code : {
             std::string("return utf8.len(...)"),
             "local s = ... return utf8.len(s, " + from + ", " + to + ")",
             "local s = ... return utf8.len(s, " + from + ", " + to + ", true)",
             "local s = ... return utf8.codepoint(s, " + from + ", " + to + ")",
             "local s = ... return utf8.codepoint(s, " + from + ", " + to + ", true)",
             "local s = ... return utf8.offset(s, " + from + ")",
             "local s = ... return utf8.offset(s, " + from + ", " + to + ")",
             std::string("local t = {} for p, c in utf8.codes(...) do t[#t + 1] = {p, c} end "
                         "return t"),
             std::string("local t, s = {}, ... for p, c in utf8.codes(s, true) do "
                         "t[#t + 1] = {p, c} end return t"),
             "local s = ... local f = utf8.codes('') return f(s, " + from + ")",
         }) {
      ASSERT_TRUE(upstream.agree(code, {text})) << "case " << i << " of seed " << kSeed;
    }
  }
}

TEST(Utf8, ChecksItsArgumentsAsUpstreamDoes) {
  Upstream upstream;
  for (const char* code : {
           "utf8.len()",
           "utf8.len({})",
           "utf8.len(12)",
           "utf8.len('abc', 5)",
           "utf8.len('abc', 4)",
           "utf8.len('abc', 1, 4)",
           "utf8.len('abc', 'x')",
           "utf8.len('')",
           "utf8.codepoint()",
           "utf8.codepoint('')",
           "utf8.codepoint('abc', 4)",
           "utf8.codepoint('abc', 1, 4)",
           "utf8.codepoint('abc', 3, 1)",
           "utf8.codepoint('abc', 1.5)",
           "select('#', utf8.codepoint(('x'):rep(5000), 1, -1))",
           "pcall(utf8.codepoint, ('x'):rep(1000001), 1, -1)",
           "utf8.offset()",
           "utf8.offset('abc')",
           "utf8.offset('abc', 1, 5)",
           "utf8.offset('abc', 1, 4)",
           "utf8.offset('abc', 5)",
           "utf8.offset('abc', -4)",
           "utf8.codes()",
           "utf8.codes('\\x80')",
           "utf8.codes({})",
           "utf8.char()",
           "utf8.char(72, 228, 8364, 127769, 0x7fffffff)",
           "utf8.char(-1)",
           "utf8.char(0x80000000)",
           "utf8.charpattern",
       }) {
    EXPECT_TRUE(upstream.agree(std::string("return ") + code));
  }
}

TEST(Utf8, PaysForLongTexts) {
  const auto state = open_state();
  EXPECT_EQ(run(*state, "s, c = ('x'):rep(1000000), 'a' .. ('\\x80'):rep(1000000) return #s"),
            "1000000");
  for (const char* call : {"utf8.len(s)", "utf8.offset(s, 1000001)", "utf8.offset(s, -1000000)",
                           "utf8.offset(c, 0, 1000001)", "pcall(utf8.codes('', true), c, 1)",
                           "select('#', utf8.codepoint(s, 1, 999000))"}) {
    const std::uint64_t before = state->meter().paid();
    run(*state, std::string("return ") + call);
    EXPECT_GE(state->meter().paid() - before, 990'000u) << call;
  }
}

}  // namespace
}  // namespace moonwright::runtime
