// pattern_test.cpp: the matcher by itself; string_library_test.cpp compares it with upstream's.
#include "runtime/pattern.hpp"

#include <gmock/gmock.h>

#include <cctype>
#include <cstdint>
#include <functional>
#include <lua.hpp>
#include <memory>
#include <string>
#include <vector>

#include "lua_run.hpp"

namespace moonwright::runtime {
namespace {

using ::testing::ElementsAre;

TEST(ByteSet, HoldsRangesAcrossItsWords) {
  for (unsigned first = 0; first < 256; first += 5) {
    for (unsigned last = 0; last < 256; last += 7) {
      ByteSet set{};
      set.add_range(static_cast<unsigned char>(first), static_cast<unsigned char>(last));
      for (unsigned c = 0; c < 256; ++c) {
        ASSERT_EQ(set.has(static_cast<unsigned char>(c)), c >= first && c <= last)
            << first << '-' << last << ": " << c;
      }
    }
  }
}

TEST(ByteSet, KnowsTheClassesOfTheCLocale) {
  struct Class {
    char letter;
    int (*is)(int);
  };
  for (const auto& [letter, is] :
       {Class{'a', std::isalpha}, Class{'c', std::iscntrl}, Class{'d', std::isdigit},
        Class{'g', std::isgraph}, Class{'l', std::islower}, Class{'p', std::ispunct},
        Class{'s', std::isspace}, Class{'u', std::isupper}, Class{'w', std::isalnum},
        Class{'x', std::isxdigit}}) {
    const ByteSet* members = class_of(letter);
    const ByteSet* others = class_of(static_cast<char>(std::toupper(letter)));
    ASSERT_NE(members, nullptr);
    ASSERT_NE(others, nullptr);
    for (int c = 0; c < 256; ++c) {
      EXPECT_EQ(members->has(static_cast<unsigned char>(c)), is(c) != 0) << letter << ' ' << c;
      EXPECT_EQ(others->has(static_cast<unsigned char>(c)), is(c) == 0) << letter << ' ' << c;
    }
  }
  for (const char letter : {'b', 'f', 'y', 'B', '.', '%', '0', '\0', '\xe4'}) {
    EXPECT_EQ(class_of(letter), nullptr) << letter;
  }
}

/// Matches in a state of its own; the steps are what its meter was paid.
class Matching : public ::testing::Test {
 protected:
  /// Calls `body` with a matcher, protected. Answers the error, or nothing.
  std::string with(const std::string& subject, const std::string& pattern,
                   std::function<void(Matcher&, const char*)> body) {
    struct Job {
      const std::string& subject;
      const std::string& pattern;
      std::function<void(Matcher&, const char*)>& body;
    };
    Job job{subject, pattern, body};
    const std::uint64_t before = state_->meter().paid();
    const auto done = state_->protect(
        [](lua_State* L) {
          auto* work = static_cast<Job*>(lua_touserdata(L, 1));
          Toll toll(L);
          Matcher matcher(L, toll, work->subject, work->pattern);
          work->body(matcher, work->subject.data());
          toll.settle();
          return 0;
        },
        &job);
    steps_ = state_->meter().paid() - before;
    return done ? "" : done.error().message;
  }

  /// The first match, as its offsets.
  std::vector<std::ptrdiff_t> search(const std::string& subject, const std::string& pattern) {
    std::vector<std::ptrdiff_t> found;
    error_ = with(subject, pattern, [&](Matcher& matcher, const char* begin) {
      const Match match = matcher.search(begin, nullptr);
      if (match) found = {match.begin - begin, match.end - begin};
    });
    return found;
  }

  std::unique_ptr<State> state_ = open_state();
  std::string error_;
  std::uint64_t steps_ = 0;
};

TEST_F(Matching, FindsTheFirstMatch) {
  EXPECT_THAT(search("one two", "%a+"), ElementsAre(0, 3));
  EXPECT_THAT(search("  two", "%a+"), ElementsAre(2, 5));
  EXPECT_THAT(search("a=b", "="), ElementsAre(1, 2));
  EXPECT_THAT(search("abc", ""), ElementsAre(0, 0));
  EXPECT_THAT(search("abc", "$"), ElementsAre(3, 3));
  EXPECT_THAT(search("abc", "d"), ElementsAre());
  EXPECT_THAT(search("f(g(x)y)", "%b()"), ElementsAre(1, 8));
  EXPECT_THAT(search("THE (quick)", "%f[%l]%l+"), ElementsAre(5, 10));
}

TEST_F(Matching, TakesNoMatchThatEndsWhereItMustNot) {
  with("ab", "x*", [](Matcher& matcher, const char* begin) {
    const Match first = matcher.search(begin, nullptr);
    EXPECT_EQ(first.begin, begin);
    EXPECT_EQ(first.end, begin);
    const Match second = matcher.search(begin, first.end);
    EXPECT_EQ(second.begin, begin + 1);
    const Match third = matcher.search(second.end, second.end);
    EXPECT_EQ(third.begin, begin + 2);
    EXPECT_FALSE(matcher.search(third.end, third.end));
  });
}

TEST_F(Matching, TriesAtOnePlaceOnlyWhenToldSo) {
  with("ab", "b", [](Matcher& matcher, const char* begin) {
    EXPECT_FALSE(matcher.match_at(begin));
    EXPECT_EQ(matcher.match_at(begin + 1).end, begin + 2);
  });
}

TEST_F(Matching, AnswersCapturesAsTextOrPosition) {
  with("key=value", "(%a+)()=(.)", [](Matcher& matcher, const char* begin) {
    const Match match = matcher.search(begin, nullptr);
    ASSERT_TRUE(match);
    EXPECT_EQ(matcher.captures(), 3);
    EXPECT_EQ(matcher.capture(0, match).text, "key");
    EXPECT_EQ(matcher.capture(1, match).position, 4);
    EXPECT_EQ(matcher.capture(2, match).text, "v");
    EXPECT_EQ(match.text(), "key=v");
  });
  with("abc", "b", [](Matcher& matcher, const char* begin) {
    const Match match = matcher.search(begin, nullptr);
    EXPECT_EQ(matcher.captures(), 0);
    EXPECT_EQ(matcher.capture(0, match).text, "b") << "the whole match";
  });
}

TEST_F(Matching, ForgetsTheCapturesOfAFailedTry) {
  with("aab", "(a)(a)%1$|(a)",
       [](Matcher& matcher, const char* begin) { EXPECT_FALSE(matcher.search(begin, nullptr)); });
  with("xxay", "(x)(a)", [](Matcher& matcher, const char* begin) {
    const Match match = matcher.search(begin, nullptr);
    ASSERT_TRUE(match);
    EXPECT_EQ(matcher.captures(), 2);
    EXPECT_EQ(matcher.capture(0, match).text.data(), begin + 1);
  });
}

TEST_F(Matching, RemembersMoreSetsThanItKeeps) {
  // Six sets, each of them looked at again and again.
  EXPECT_THAT(search("zzabcdefabcdef!", "[a-a][b-b][c-c][d-d][e-e][f-f][a][b][c][d][e][f]!"),
              ElementsAre(2, 15));
  EXPECT_THAT(search("a.a!", "[a][.][b][c][d][e]"), ElementsAre());
  EXPECT_THAT(search("abcdex-abcdef", "[a][b][c][d][e][f]"), ElementsAre(7, 13));
  EXPECT_THAT(search("..aXbXcXdXeXfX", "[a]-[%l]-[^.]-[a-c]-[X-Z]-[aX]-[%u]-[f]"),
              ElementsAre(2, 13));
}

TEST_F(Matching, FindsMistakesOnlyWhenItGetsThere) {
  EXPECT_THAT(search("x", "y["), ElementsAre());
  EXPECT_EQ(error_, "");
  search("y", "y[");
  EXPECT_EQ(error_, "malformed pattern (missing ']')");
  search("y", "y%");
  EXPECT_EQ(error_, "malformed pattern (ends with '%')");
  search("y", ".-)");
  EXPECT_EQ(error_, "invalid pattern capture");
}

// Steps -------------------------------------------------------------------------------------------

TEST_F(Matching, TakesAStepOrLessPerByteThatCannotBeginAMatch) {
  const std::string text(1'000'000, 'x');
  EXPECT_THAT(search(text, "y"), ElementsAre());
  EXPECT_LE(steps_, 70'000u) << "memory is searched, not matched";
  EXPECT_THAT(search(text, "(%d+)%.(%d+)"), ElementsAre());
  EXPECT_LE(steps_, 1'000'100u);
  EXPECT_THAT(search(text, "%b()"), ElementsAre());
  EXPECT_LE(steps_, 70'000u);
}

TEST_F(Matching, TakesAStepPerByteOfARunAndOneMorePerByteGivenBack) {
  const std::string text(100'000, 'x');
  EXPECT_THAT(search(text, "%a*"), ElementsAre(0, 100'000));
  EXPECT_LE(steps_, 101'000u);
  EXPECT_THAT(search(text + "y", ".*y"), ElementsAre(0, 100'001));
  EXPECT_LE(steps_, 1'000u) << "what . runs over is not looked at";
  with(text, "%a*y",
       [](Matcher& matcher, const char* begin) { EXPECT_FALSE(matcher.match_at(begin)); });
  EXPECT_LE(steps_, 201'000u);
}

TEST_F(Matching, EndsAsTooComplexWhenItsStepsAreUsedUp) {
  for (const std::size_t size : {2'000u, 30'000u, 300'000u}) {
    const std::string text(size, 'a');
    for (const char* pattern : {".-.-.-.-.-.-.-.-b", "a*a*a*a*a*b", "(a*)%1%1b", "%a*%a*%a*%d"}) {
      search(text, pattern);
      if (error_.empty()) continue;  // a short text is done before
      EXPECT_EQ(error_, "pattern too complex") << pattern;
      EXPECT_GE(steps_, static_cast<std::uint64_t>(Matcher::steps_max(size)));
      EXPECT_LE(steps_, static_cast<std::uint64_t>(Matcher::steps_max(size)) + 10'000 + size);
    }
    EXPECT_EQ(error_, "pattern too complex");
  }
}

TEST_F(Matching, AllSearchesOfOneMatcherShareItsSteps) {
  const std::string text(20'000, '(');
  int searches = 0;
  const std::string error = with(text, "%b()", [&](Matcher& matcher, const char* begin) {
    for (const char* at = begin;; ++searches) {
      if (matcher.match_at(at + searches)) break;
    }
  });
  EXPECT_EQ(error, "pattern too complex");
  EXPECT_GT(searches, 100);
}

TEST_F(Matching, SkipsTheRunInWhichALeadingRepetitionFailed) {
  const std::string text(100'000, 'x');
  for (const char* pattern : {"(%w+)%s*=%s*(%w+)", "%w-=", ".-b", ".*b", "()(.*)b", "[^b]*b"}) {
    EXPECT_THAT(search(text, pattern), ElementsAre()) << pattern;
    EXPECT_EQ(error_, "") << pattern;
    EXPECT_LE(steps_, 700'000u) << pattern;
  }
  EXPECT_THAT(search("xxx yy=", "%w+="), ElementsAre(4, 7));
  EXPECT_THAT(search("xxxyxxy", "(x*)y%1y"), ElementsAre(1, 7)) << "may depend on where it begins";
}

TEST_F(Matching, QuadraticPatternsMayRunOverALine) {
  const std::string line(2'000, 'x');
  EXPECT_THAT(search(line, "x(%w+)%s*=%s*(%w+)"), ElementsAre());
  EXPECT_EQ(error_, "");
}

TEST_F(Matching, OpensAsManyItemsAtATimeAsLuaDoes) {
  const std::string text(300, 'x');
  const auto optional = [](int count) {
    std::string pattern;
    while (count-- > 0) pattern += "x?";
    return pattern;
  };
  EXPECT_THAT(search(text, optional(Matcher::kDepthMax - 1)), ElementsAre(0, 199));
  search(text, optional(Matcher::kDepthMax));
  EXPECT_EQ(error_, "pattern too complex");
}

}  // namespace
}  // namespace moonwright::runtime
