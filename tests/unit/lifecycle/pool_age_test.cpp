// pool_age_test.cpp: states of a pool are replaced when they are old, unwell or stale.
#include "lifecycle/pool_age.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>

namespace moonwright::lifecycle {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Instant kNow = Instant() + std::chrono::hours(10);

TEST(PoolAge, KeepsAStateUntilItIsTwoGenerationsBehind) {
  const PoolMember member{3, 100, false, {}};
  EXPECT_EQ(judge(member, 3, {}, kNow), PoolVerdict::fit);
  EXPECT_EQ(judge(member, 4, {}, kNow), PoolVerdict::fit);
  EXPECT_EQ(judge(member, 5, {}, kNow), PoolVerdict::old_generation);
  PoolAging strict;
  strict.generations = 0;
  EXPECT_EQ(judge(member, 4, strict, kNow), PoolVerdict::old_generation);
  EXPECT_EQ(judge(member, 2, strict, kNow), PoolVerdict::fit) << "from the future";
}

TEST(PoolAge, ReplacesAStateThatIsUnwell) {
  EXPECT_EQ(judge({1, 50, false, {}}, 1, {}, kNow), PoolVerdict::fit);
  EXPECT_EQ(judge({1, 49.9, false, {}}, 1, {}, kNow), PoolVerdict::unwell);
}

TEST(PoolAge, ReplacesAUsedStateThatNobodyUsesAnyMore) {
  EXPECT_EQ(judge({1, 100, true, kNow - minutes(5) + seconds(1)}, 1, {}, kNow), PoolVerdict::fit);
  EXPECT_EQ(judge({1, 100, true, kNow - minutes(5)}, 1, {}, kNow), PoolVerdict::stale);
  EXPECT_EQ(judge({1, 100, false, Instant()}, 1, {}, kNow), PoolVerdict::fit);
  PoolAging never;
  never.stale = {};
  EXPECT_EQ(judge({1, 100, true, Instant()}, 1, never, kNow), PoolVerdict::fit);
}

TEST(PoolAge, AdvancesAfterSoManyExecutions) {
  PoolGeneration generation(3);
  EXPECT_FALSE(generation.count_execution());
  EXPECT_FALSE(generation.count_execution());
  EXPECT_TRUE(generation.count_execution());
  EXPECT_EQ(generation.current(), 2u);
  generation.count_execution();
  generation.advance();
  EXPECT_EQ(generation.current(), 3u);
  EXPECT_FALSE(generation.count_execution());
  EXPECT_FALSE(generation.count_execution()) << "what was done before it advanced is forgotten";
  EXPECT_TRUE(generation.count_execution());
}

TEST(PoolAge, NeverAdvancesByItselfWithoutASize) {
  PoolGeneration generation(0);
  for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(generation.count_execution());
  EXPECT_EQ(generation.current(), 1u);
}

RC_GTEST_PROP(PoolAge, NeverReplacesAFreshState, (std::uint64_t generation, std::uint32_t age)) {
  const PoolMember fresh{generation, 100, false, kNow - seconds(age)};
  RC_ASSERT(judge(fresh, generation, {}, kNow) == PoolVerdict::fit);
}

}  // namespace
}  // namespace moonwright::lifecycle
