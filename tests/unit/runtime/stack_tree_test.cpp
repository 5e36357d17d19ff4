// stack_tree_test.cpp: stacks that were seen add up, within bounds, and become text and pictures.
#include "runtime/stack_tree.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace moonwright {
namespace {

using runtime::StackTree;
using ::testing::HasSubstr;
using ::testing::Not;

std::string_view no_name() { return {}; }

/// Adds a stack of functions of main.lua at these lines, outermost first.
void add(StackTree& tree, const std::vector<int>& lines, std::uint64_t weight = 1) {
  StackTree::Path path(tree, "actor");
  for (const int line : lines) path.call("main.lua", line, no_name);
  path.end(weight);
}

TEST(StackTree, AddsUpTheSameStacks) {
  StackTree tree;
  add(tree, {1, 2});
  add(tree, {1, 3}, 5);
  add(tree, {1, 2}, 2);
  add(tree, {1});
  EXPECT_EQ(to_folded(tree.profile()),
            "actor;main.lua:1 1\nactor;main.lua:1;main.lua:2 3\nactor;main.lua:1;main.lua:3 5\n");
  EXPECT_EQ(tree.profile().samples, 9u);
}

TEST(StackTree, NamesFunctionsAsSoonAsSomebodyDoes) {
  StackTree tree;
  int asked = 0;
  for (const std::string_view name : {"", "", "work", "other"}) {
    StackTree::Path path(tree, "actor");
    path.call("main.lua", 7, [&] {
      ++asked;
      return name;
    });
    path.call("main.lua", 0, [&] {
      ADD_FAILURE() << "a chunk has a name already";
      return name;
    });
    path.c_call("gsub");
    path.end(1);
  }
  EXPECT_EQ(asked, 3) << "nobody is asked for a name that is known";
  EXPECT_EQ(to_folded(tree.profile()), "actor;work main.lua:7;main main.lua;gsub [C] 4\n");
}

TEST(StackTree, AsksInVainForSoLongOnly) {
  StackTree tree;
  int asked = 0;
  for (int i = 0; i < 100; ++i) {
    StackTree::Path path(tree, "actor");
    path.call("main.lua", 7, [&] {
      ++asked;
      return std::string_view();
    });
    path.end(1);
  }
  EXPECT_LT(asked, 20);
}

TEST(StackTree, KeepsFramesApartWhateverTheirText) {
  StackTree tree;
  {
    StackTree::Path path(tree, "a;b\n\x01");
    path.call("x;y\t", 1, no_name);
    path.end(1);
  }
  EXPECT_EQ(to_folded(tree.profile()), "a:b  ;x:y :1 1\n");
}

TEST(StackTree, TakesNothingOnceItIsStopped) {
  StackTree tree;
  add(tree, {1});
  tree.stop();
  const auto duration = tree.profile().duration;
  add(tree, {1});
  EXPECT_EQ(tree.profile().samples, 1u);
  EXPECT_EQ(tree.profile().duration, duration);
}

TEST(StackTree, IsBoundedAndLosesNoSample) {
  StackTree tree;
  constexpr int kStacks = 100'000;
  for (int i = 0; i < kStacks; ++i) add(tree, {i % 9'000 + 1, i / 9'000 + 1, i % 7 + 1});
  for (int i = 0; i < 20'000; ++i) {
    StackTree::Path path(tree, "another");
    path.c_call("f" + std::to_string(i));
    path.end(1);
  }
  const CpuProfile profile = tree.profile();
  EXPECT_EQ(profile.samples, 120'000u);
  std::uint64_t sum = 0;
  for (const CpuProfile::Stack& stack : profile.stacks) {
    sum += stack.samples;
    const auto other = std::find(stack.frames.begin(), stack.frames.end(), "[other]");
    EXPECT_TRUE(other == stack.frames.end() || other + 1 == stack.frames.end());
  }
  EXPECT_EQ(sum, profile.samples);
  EXPECT_LT(profile.stacks.size(), 4 * StackTree::kNodesMax);
  EXPECT_THAT(to_folded(profile), HasSubstr(";[other] "));
}

TEST(StackTree, IsAddedToByManyThreads) {
  StackTree tree;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&tree, i] {
      for (int j = 0; j < 2'000; ++j) add(tree, {1, j % 10 + 2, i + 100});
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tree.profile().samples, 8'000u);
  EXPECT_EQ(tree.profile().stacks.size(), 40u);
}

TEST(FlameGraph, HasABoxForEachFunctionAsWideAsItsShare) {
  StackTree tree;
  add(tree, {1, 2}, 30);
  add(tree, {1, 3}, 10);
  const std::string svg = to_svg(tree.profile(), "<time>");
  EXPECT_THAT(svg, HasSubstr("<title>&lt;time&gt;</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>main.lua:2: 30 samples, 75.0 %</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>main.lua:3: 10 samples, 25.0 %</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>main.lua:1: 40 samples, 100.0 %</title>"));
  EXPECT_THAT(svg, HasSubstr("width=\"885.0\""));
  EXPECT_THAT(svg, HasSubstr("width=\"295.0\""));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
}

TEST(FlameGraph, OfNothingSaysSo) {
  EXPECT_THAT(to_svg(CpuProfile{}), HasSubstr("no samples were taken"));
  EXPECT_EQ(to_folded(CpuProfile{}), "");
}

TEST(FlameGraph, IsWellFormedWhateverFunctionsAreCalled) {
  StackTree tree;
  {
    StackTree::Path path(tree, "\xff\xc3\x28<&\"'>");
    path.c_call("\xf0\x9f\x8c\x99 moon \xe2\x82");
    path.end(1);
  }
  const std::string svg = to_svg(tree.profile());
  EXPECT_THAT(svg, HasSubstr("\xEF\xBF\xBD\xEF\xBF\xBD(&lt;&amp;&quot;'&gt;"));
  EXPECT_THAT(svg, HasSubstr("\xf0\x9f\x8c\x99 moon \xEF\xBF\xBD"));
  EXPECT_THAT(svg, Not(HasSubstr("\xff")));
}

}  // namespace
}  // namespace moonwright
