// string_library_test.cpp: find, match, gmatch, gsub and rep are those of Lua, only bounded.
#include "runtime/string_library.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "lua_run.hpp"
#include "upstream.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::StartsWith;

// The same as upstream ----------------------------------------------------------------------------

/// Strings of a few characters and patterns of a few pieces, so that many of them match.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(engine_);
  }

  std::string subject() {
    static const std::vector<std::string> kPieces = {"a",
                                                     "b",
                                                     "a",
                                                     "b",
                                                     "c",
                                                     " ",
                                                     "(",
                                                     ")",
                                                     "1",
                                                     ".",
                                                     "=",
                                                     "[",
                                                     "]",
                                                     "-",
                                                     "%",
                                                     "^",
                                                     "$",
                                                     "Z",
                                                     std::string(1, '\0'),
                                                     "\xe4",
                                                     "\xff",
                                                     "\n"};
    return joined(kPieces, below(24));
  }

  std::string pattern() {
    static const std::vector<std::string> kPieces = {
        "a",      "b",      "c",      ".",       "%a",    "%A",
        "%d",     "%s",     "%w",     "%p",      "%u",    "%z",
        "%y",     "%%",     "%.",     "%(",      "%b()",  "%bab",
        "%baa",   "%f[a]",  "%f[%A]", "%f[^%z]", "[ab]",  "[^a]",
        "[a-c]",  "[%a-]",  "[]]",    "[^]a]",   "[a-]",  "[%]a]",
        "[^%w ]", "[a-%%]", "[--/]",  "%1",      "%2",    "(",
        ")",      "()",     "(a*)",   "(.-)",    "(%w+)", "*",
        "+",      "-",      "?",      "*",       "+",     "-",
        "?",      "^",      "$",      "%",       "[",     std::string(1, '\0'),
        "\xe4",   "=",      "]",      "%0",      "%9",    "%f",
        "%b",     "[^",     "[%",     "[a-",     "(()",   ".-",
        ".*",     "a?",     "b+"};
    const std::string anchor = below(6) == 0 ? "^" : "";
    return anchor + joined(kPieces, 1 + below(6)) + (below(6) == 0 ? "$" : "");
  }

  std::string replacement() {
    static const std::vector<std::string> kPieces = {
        "x", "%0", "%1", "%2", "%%", "yy", "%", "%a", "", "-", std::string(1, '\0')};
    return joined(kPieces, below(5));
  }

 private:
  std::string joined(const std::vector<std::string>& pieces, std::size_t count) {
    std::string text;
    while (count-- > 0) text += pieces[below(pieces.size())];
    return text;
  }

  std::mt19937_64 engine_;
};

constexpr const char* kCalls[] = {
    "return string.find(...)",
    "return string.match(...)",
    "local s, p = ... return string.find(s, p, -3)",
    "local s, p = ... return string.match(s, p, 4)",
    "local s, p = ... return string.find(s, p, 2, true)",
    "local all, s, p = {}, ... for a, b in string.gmatch(s, p) do "
    "all[#all + 1] = {a, b} if #all > 60 then break end end return all",
    "local all, s, p = {}, ... for a in string.gmatch(s, p, 3) do all[#all + 1] = a end return all",
    "return string.gsub(...)",
    "local s, p, r = ... return string.gsub(s, p, r, 2)",
    "local s, p = ... return string.gsub(s, p, {a = 'AA', b = false, ab = 7, [1] = 'one', [2] = "
    "2.5})",
    "local seen, s, p = {}, ... local r, n = string.gsub(s, p, function(...) "
    "seen[#seen + 1] = {...} return #seen % 3 == 0 and #seen end) return r, n, seen",
    "local s, p = ... return string.gsub(s, p, function(a) return a end, 3)",
    "local s, p = ... return string.gsub(s, p, 5)",
};

TEST(StringFunctions, AnswerAsUpstreamDoesOverRandomSubjectsAndPatterns) {
  constexpr std::uint64_t kSeed = 20240817;
  Random random(kSeed);
  Upstream upstream;
  for (int i = 0; i < 3'000; ++i) {
    const std::vector<std::string> arguments = {random.subject(), random.pattern(),
                                                random.replacement()};
    for (const char* call : kCalls) {
      ASSERT_TRUE(upstream.agree(call, arguments)) << "case " << i << " of seed " << kSeed;
    }
  }
}

TEST(StringFunctions, KnowTheSameCharacterClassesAsUpstream) {
  Upstream upstream;
  EXPECT_TRUE(upstream.agree(R"(
    local found = {}
    for class = 0, 255 do
      local letter = string.char(class)
      for _, pattern in ipairs { "%" .. letter, "[%" .. letter .. "]", "[^%" .. letter .. "]",
                                 "[" .. letter .. "-z]", "[A-" .. letter .. "]" } do
        local members = {}
        for byte = 0, 255 do
          members[#members + 1] = select(2, pcall(string.find, string.char(byte), pattern)) or 0
        end
        found[#found + 1] = pattern .. table.concat(members)
      end
    end
    return table.concat(found, "\n"))"));
}

TEST(StringFunctions, CheckTheirArgumentsAsUpstreamDoes) {
  Upstream upstream;
  for (const char* code : {
           "string.find()",
           "string.find('a')",
           "string.find({}, 'a')",
           "string.find('a', {})",
           "string.find('a', 'a', {})",
           "string.find('a', 'a', 1.5)",
           "string.find(12, 2)",
           "string.find('a', 'a', '1')",
           "string.find('', '')",
           "string.find('', '', 2)",
           "string.find('', '', 1)",
           "string.find('abc', '', 4)",
           "string.find('abc', '', 5)",
           "string.find('abc', 'c', -1)",
           "string.find('abc', 'a', -100)",
           "string.find('abc', 'a', math.mininteger)",
           "string.find('abc', 'a', math.maxinteger)",
           "string.find('a.b', '.', 2, true)",
           "string.find('a)', ')')",
           "string.find('a]', ']')",
           "string.find('a\\0b.', '\\0b.')",
           "string.find('a\\0b', '%z')",
           "string.match('a)', ')')",
           "string.match('x', '((((((((((((((((((((((((((((((((((')",
           "string.match('x', ('()'):rep(32))",
           "string.match('x', ('()'):rep(33))",
           "string.match('a', '%1')",
           "string.match('aa', '(a)%1')",
           "string.match('a', '(%1')",
           "string.match('key = value', '^(%w+)%s*=%s*(%w+)$')",
           "string.match('  x ', '^%s*(.-)%s*$')",
           "string.match('2024-08-17', '(%d+)-(%d+)-(%d+)')",
           "string.match('hello', '()ll()')",
           "string.match('x', '[')",
           "string.match('x', '[^')",
           "string.match('x', '[]')",
           "string.match('x', '[%')",
           "string.match('x', '%')",
           "string.match('x', '%f')",
           "string.match('x', '%bx')",
           "string.match('x', '(x')",
           "string.match('x', 'y[')",
           "string.match('THE (quick) fox', '%f[%a]%a+', 5)",
           "string.match('f(a(b)c)d', '%b()')",
           "string.match('x', ('a?'):rep(300))",
           "string.match('x', ('x?'):rep(300))",
           "string.match(('x'):rep(300), ('x?'):rep(300))",
           "string.match(('x'):rep(300), ('x?'):rep(199))",
           "string.match(('x'):rep(300), ('x?'):rep(200))",
           "string.gmatch()",
           "string.gmatch('a')",
           "string.gmatch('a', 'a', {})",
           "string.gmatch('abc', '%a', 2)()",
           "string.gmatch('abc', '%a', 9)()",
           "string.gmatch('abc', '^a')()",
           "string.gmatch('^a', '^a')()",
           "string.gmatch('a', '[')()",
           "select('#', string.gmatch('a', 'b')())",
           "string.gsub()",
           "string.gsub('a')",
           "string.gsub('a', 'a')",
           "string.gsub('a', 'a', nil)",
           "string.gsub('a', 'a', true)",
           "string.gsub('a', 'a', 'b', {})",
           "string.gsub('a', 'a', nil, {})",
           "string.gsub('aaa', 'a', 'b', 0)",
           "string.gsub('aaa', 'a', 'b', -1)",
           "string.gsub('aaa', 'a', 'b', 2)",
           "string.gsub('aaa', 'a', 'b', 2.0)",
           "string.gsub('aaa', '^a', 'b')",
           "string.gsub('abc', '', '-')",
           "string.gsub('abc', 'b*', '-')",
           "string.gsub('abc', '%w', '%0%0')",
           "string.gsub('abc', '(b)()', '%2%1')",
           "string.gsub('abc', 'b', '%2')",
           "string.gsub('abc', 'b', '%')",
           "string.gsub('abc', 'b', '%x')",
           "string.gsub('abc', 'b', {b = {}})",
           "string.gsub('abc', 'b', function() return {} end)",
           "string.gsub('abc', 'b', function() return print end)",
           "string.gsub('abc', 'b', function() error('boom') end)",
           "string.gsub('abc', 'b', setmetatable({}, {__index = function(_, k) return k end}))",
           "string.gsub('abc', 'b', function() return 1 end)",
           "string.gsub('abc', 'b', function() return 1.0 end)",
           "string.gsub(101, 0, 1)",
           "string.gsub('a b', '%w', function() coroutine.yield() end)",
           "string.rep()",
           "string.rep('a')",
           "string.rep('a', 'b')",
           "string.rep('a', 2.5)",
           "string.rep('a', 0)",
           "string.rep('a', -5)",
           "string.rep('ab', 3, ', ')",
           "string.rep('', 3, '-')",
           "string.rep('a', 1, '-')",
           "string.rep('', 100)",
           "string.rep(1, 3)",
           "string.rep('a', 2, {})",
           "string.rep('a', 1 << 31)",
           "string.rep('ab', math.maxinteger)",
           "string.rep('a', 10, ('b'):rep(500))",
           "string.rep('x\\0', 3, '\\0')",
       }) {
    EXPECT_TRUE(upstream.agree(std::string("return ") + code));
  }
}

TEST(StringFunctions, BuildResultsOfAnySizeAsUpstreamDoes) {
  Upstream upstream;
  for (const char* code : {
           "for n = 1000, 1050 do s = string.gsub(('x'):rep(n), 'x', 'y') t[n] = s end",
           "for n = 500, 530 do t[n] = string.gsub(('x'):rep(n), 'x', 'yy') end",
           "for n = 1, 15 do t[n] = string.gsub(('x'):rep(1 << n), 'x', {x = 'abc'}) end",
           "for n = 1, 40 do t[n] = ('abc'):rep(n * 37, ('-'):rep(n)) end",
           "for n = 1, 16 do t[n] = ('abc'):rep(1 << n, ', ') end",
           "t[1] = ('ab'):rep(4000):gsub('b', ('c'):rep(100))",
           "t[1] = ('ab'):rep(40000):gsub('%w', '%0', 3)",
       }) {
    // Long strings as their length and a sum over all bytes.
    EXPECT_TRUE(upstream.agree(std::string("local t, s, sums = {}\n") + code + R"(
      for k, s in pairs(t) do
        local sum = 0
        for i = 1, #s, 50 do
          for _, byte in ipairs { s:byte(i, i + 49) } do sum = sum * 31 + byte end
        end
        t[k] = #s .. ":" .. sum
      end
      return t)"));
  }
}

TEST(StringFind, FindsPlainTextWhereverItIs) {
  Upstream upstream;
  // Around the blocks in which it looks, and with first bytes that deceive.
  for (const char* code : {
           "local s = ('a'):rep(100000) .. 'b' return string.find(s, ('a'):rep(1000) .. 'b', 1, "
           "true)",
           "local s = ('ab'):rep(50000) .. 'c' return string.find(s, 'abc', 1, true)",
           "local s = ('ab'):rep(50000) return string.find(s, 'abc', 1, true)",
           "local s = ('x'):rep(300000) .. 'needle' return string.find(s, 'needle', 1, true)",
           "local s = ('n'):rep(300000) .. 'needle' return string.find(s, 'needle', 7, true)",
           "local t = {} for i = 32700, 32800 do t[i] = string.find(('ab'):rep(50) .. ('a'):rep(i) "
           ".. 'bb' .. ('a'):rep(99), 'abb', 1, true) end return t",
           "local n = ('xy'):rep(20000) local s = ('xy'):rep(30000):sub(2) .. 'x' "
           "return string.find(s, n, 1, true), string.find(s, n .. 'z', 1, true)",
           "return string.find('abc', 'abcd', 1, true), string.find('abc', 'c', 4, true)",
       }) {
    EXPECT_TRUE(upstream.agree(code));
  }
}

TEST(StringFunctions, AreThoseOfTheStringMetatable) {
  EXPECT_EQ(run("return ('x').find == string.find, ('x').rep == string.rep, "
                "('').gsub == string.gsub"),
            "true, true, true");
  EXPECT_EQ(run("return pcall(function() return (('.-'):rep(8) .. 'b').match(('a'):rep(3000), "
                "('.-'):rep(8) .. 'b') end)"),
            "false, case:1: pattern too complex");
}

// Bounded -----------------------------------------------------------------------------------------

/// What a call costs that may not run for ever.
struct Cost {
  std::string outcome;
  std::uint64_t steps;
};

Cost cost_of(std::string_view code) {
  const auto state = open_state();
  EXPECT_EQ(run(*state, "return #string.rep('', 0)"), "0");
  const std::uint64_t before = state->meter().paid();
  std::string outcome = run(*state, code);
  return {std::move(outcome), state->meter().paid() - before};
}

TEST(StringFunctions, EndWhatWouldRunForEver) {
  struct Case {
    const char* code;
    const char* outcome;
  };
  for (const auto& [code, outcome] : {
           Case{"return #(''):rep(1 << 60)", "0"},
           Case{"return #(''):rep(math.maxinteger, '')", "0"},
           Case{"return ('x'):rep(1 << 60)", "error: case:1: resulting string too large"},
           Case{"return (''):rep(1 << 60, 'x')", "error: case:1: resulting string too large"},
           Case{"return (('a'):rep(30000)):find(('.-'):rep(8) .. 'b')",
                "error: case:1: pattern too complex"},
           Case{"return (('a'):rep(30000)):match(('a*'):rep(8) .. 'b')",
                "error: case:1: pattern too complex"},
           Case{"return (('a'):rep(30000)):gsub(('a?'):rep(90) .. ('a'):rep(90) .. 'b', '')",
                "error: case:1: pattern too complex"},
           Case{"return (('('):rep(60000)):gsub('%b()', '')", "error: case:1: pattern too complex"},
           Case{"return (('('):rep(60000)):gmatch('%b()')()", "error: case:1: pattern too complex"},
           Case{"return (('x'):rep(60000)):find('.-b')", "nil"},
           Case{"return (('x'):rep(60000)):find('x.-b')", "error: case:1: pattern too complex"},
           Case{"return (('x'):rep(60000)):find('[' .. ('a'):rep(50000) .. ']')", "nil"},
           Case{"local p = '' for i = 1, 9 do p = p .. '[' .. ('a'):rep(1000 + i) .. 'x]?' end "
                "return (('x'):rep(20000)):find(p .. 'y')",
                "error: case:1: pattern too complex"},
           Case{"return (('ab'):rep(30000)):find('(.*)%1c')", "error: case:1: pattern too complex"},
       }) {
    const Cost cost = cost_of(code);
    EXPECT_THAT(cost.outcome, StartsWith(outcome)) << code;
    // The longest of these subjects has 60,000 bytes, the longest pattern 50,000.
    EXPECT_LE(cost.steps, 15'600'000u) << code;
  }
}

TEST(StringFunctions, PayForWhatTakesLong) {
  struct Case {
    const char* code;
    std::uint64_t steps;
  };
  for (const auto& [code, steps] : {
           Case{"(('x'):rep(20000000)):find('y', 1, true)", 1'200'000},
           Case{"(('x'):rep(20000)):gsub('.', pcall)", 180'000},
           Case{"(('x'):rep(2000000)):find('%d')", 2'000'000},
           Case{"(('x'):rep(2000000)):match('%a*')", 2'000'000},
           Case{"for _ in (('x'):rep(100000)):gmatch('.') do end", 100'000},
           Case{"local s = ('a'):rep(3000000) s:find(('a'):rep(1500000) .. 'b', 1, true)", 190'000},
           Case{"('x'):rep(50000000)", 3'100'000},
       }) {
    EXPECT_GE(cost_of(code).steps, steps) << code;
  }
}

TEST(StringFunctions, DoLinearWorkOverMegabytes) {
  EXPECT_EQ(run(R"lua(
    local s = ("lorem ipsum, dolor = sit; "):rep((2 << 20) // 26)
    local words = 0
    for _ in s:gmatch("%a+") do words = words + 1 end
    return words, select(2, s:gsub("(%w+)%s*=%s*(%w+)", "%2=%1")), #s:match("^%s*(.-)%s*$"),
           s:find("%d"), #s:gsub("[%s,;]+", "_"))lua"),
            "322636, 80659, 2097133, nil, 1935816");
}

TEST(StringGmatch, StaysSafeAfterAnError) {
  EXPECT_EQ(run(R"(
    local it = ("a"):rep(300000):gmatch(("a?"):rep(300000))
    local results = {}
    for i = 1, 4 do results[i] = select(2, pcall(it)) end
    return table.concat(results, "; "))"),
            "pattern too complex; pattern too complex; pattern too complex; pattern too complex");
}

// Memory ------------------------------------------------------------------------------------------

TEST(StringFunctions, MakeNothingThatCannotFit) {
  const auto state = open_state({.memory_bytes_max = 1 << 20});
  EXPECT_EQ(run(*state, "return pcall(string.rep, 'x', 600000)"),
            "false, resulting string too large");
  EXPECT_EQ(run(*state, "return #('x'):rep(200000)"), "200000");
  EXPECT_EQ(run(*state, "return pcall(string.gsub, ('x'):rep(10000), 'x', ('y'):rep(1000))"),
            "false, resulting string too large");
  EXPECT_LE(state->memory().peak, 1u << 20);
}

TEST(StringFunctions, MayRunOutOfMemoryAnywhere) {
  constexpr std::string_view kUse = R"lua(
    local s = ("key = value, "):rep(200)
    local out = {}
    for k, v in s:gmatch("(%w+) = (%w+)()") do out[#out + 1] = k .. v end
    local a = s:gsub("%w+", function(w) return w:upper() .. "!" end)
    local b = s:gsub("(%w+) = ()", "%2 %1 is ")
    local c = s:gsub("%w+", {key = "k", value = 7})
    return #out, #a, #b, #c, s:find("ue,"), s:match("(v)(.)(.)"), #s:rep(20, "-"))lua";
  EXPECT_THAT(run(kUse), StartsWith("200, 3000, "));
  expect_order_whatever_is_refused(kUse);
}

}  // namespace
}  // namespace moonwright::runtime
