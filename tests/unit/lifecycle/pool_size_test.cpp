// pool_size_test.cpp: a pool has as many states as it needs, within its bounds, and comes to rest.
#include "lifecycle/pool_size.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <cstdint>

namespace moonwright::lifecycle {
namespace {

using std::chrono::milliseconds;

PoolSizer sizer(PoolSize options = {}, std::uint32_t max = 10) { return {options, max}; }

TEST(PoolSize, CountsWhatWaitsAsUsage) {
  EXPECT_DOUBLE_EQ((PoolLoad{4, 2, 0}).usage_ratio(), 0.5);
  EXPECT_DOUBLE_EQ((PoolLoad{4, 4, 4}).usage_ratio(), 2.0);
  EXPECT_DOUBLE_EQ((PoolLoad{0, 0, 3}).usage_ratio(), 3.0);
}

TEST(PoolSize, TakesItsMostFromOptionsOrFromTheBudget) {
  const std::uint64_t mib = 1 << 20;
  struct Case {
    std::uint32_t min;
    std::optional<std::uint32_t> max;
    std::uint64_t budget;
    std::uint64_t each;
    std::uint32_t most;
  };
  const Case cases[] = {
      {2, std::nullopt, kUnlimited, kUnlimited, 10},
      {2, std::nullopt, kUnlimited, mib, 10},
      {2, std::nullopt, 64 * mib, kUnlimited, 10},
      {2, std::nullopt, 64 * mib, mib, 64},
      {2, std::nullopt, 64 * mib + 5, mib, 64},
      {2, 7, 64 * mib, mib, 7},
      {2, std::nullopt, mib, 2 * mib, 2},
      {20, std::nullopt, kUnlimited, mib, 20},
      {2, std::nullopt, ~std::uint64_t{1}, 1, kPoolMaxLargest},
  };
  for (const Case& each : cases) {
    PoolSize options;
    options.min = each.min;
    options.max = each.max;
    EXPECT_EQ(most_states(options, each.budget, each.each), each.most);
  }
}

TEST(PoolSize, LetsARequestWaitBeforeItGrows) {
  const PoolSizer pool = sizer();
  EXPECT_EQ(pool.while_waiting({2, 2, 1}, milliseconds(0)), 2u);
  EXPECT_EQ(pool.while_waiting({2, 2, 1}, milliseconds(99)), 2u);
  EXPECT_EQ(pool.while_waiting({2, 2, 1}, milliseconds(100)), 3u);
  EXPECT_EQ(pool.while_waiting({2, 2, 0}, milliseconds(100)), 2u) << "nobody waits";
}

TEST(PoolSize, GrowsByItsFactorAndNoFurtherThanIsOfUse) {
  const PoolSizer pool = sizer({}, 64);
  const milliseconds long_enough(100);
  EXPECT_EQ(pool.while_waiting({4, 4, 60}, long_enough), 6u);
  EXPECT_EQ(pool.while_waiting({41, 41, 23}, long_enough), 62u);
  EXPECT_EQ(pool.while_waiting({62, 62, 2}, long_enough), 64u) << "the most there may be";
  EXPECT_EQ(pool.while_waiting({10, 10, 1}, long_enough), 14u) << "11 of 14 are less than 0.8";
  EXPECT_EQ(pool.while_waiting({20, 3, 1}, long_enough), 20u) << "others are being made";
}

TEST(PoolSize, GrowsAtACheckThoughNobodyWaits) {
  PoolSizer pool = sizer();
  EXPECT_EQ(pool.at_check({4, 3, 0}), 4u);
  EXPECT_EQ(pool.at_check({4, 4, 0}), 5u);
}

TEST(PoolSize, ShrinksStepByStepToItsLeast) {
  PoolSizer pool = sizer();
  EXPECT_EQ(pool.at_check({9, 0, 0}), 6u);
  EXPECT_EQ(pool.at_check({6, 0, 0}), 4u);
  EXPECT_EQ(pool.at_check({4, 0, 0}), 2u);
  EXPECT_EQ(pool.at_check({2, 0, 0}), 2u);
}

TEST(PoolSize, DoesNotShrinkAfterAPeak) {
  PoolSizer pool = sizer();
  pool.note({9, 5, 0});
  EXPECT_EQ(pool.at_check({9, 0, 0}), 9u);
  EXPECT_EQ(pool.at_check({9, 0, 0}), 6u) << "the peak was before the last check";
}

TEST(PoolSize, ReachesALoadOf64In9StepsFrom2) {
  const PoolSizer pool = sizer({}, 64);
  std::uint32_t size = 2;
  int steps = 0;
  while (size < 64) {
    size = pool.while_waiting({size, size, 64 - size}, milliseconds(100));
    ++steps;
    ASSERT_LE(steps, 9);
  }
}

PoolSize random_options() {
  PoolSize options;
  options.min = *rc::gen::inRange(1u, 50u);
  options.shrink_below = *rc::gen::inRange(0, 80) / 100.0;
  options.grow_above = options.shrink_below + *rc::gen::inRange(1, 200) / 100.0;
  options.factor = 1 + *rc::gen::inRange(1, 900) / 100.0;
  return options;
}

RC_GTEST_PROP(PoolSize, StaysWithinItsBounds, ()) {
  const PoolSize options = random_options();
  const auto max = *rc::gen::inRange(options.min, 200u);
  PoolSizer pool(options, max);
  const PoolLoad load{*rc::gen::inRange(0u, 300u), *rc::gen::inRange(0u, 300u),
                      *rc::gen::inRange(0u, 2'000u)};
  const auto waited = milliseconds(*rc::gen::inRange(0, 300));
  for (const std::uint32_t size : {pool.while_waiting(load, waited), pool.at_check(load)}) {
    RC_ASSERT(size >= options.min);
    RC_ASSERT(size <= max);
  }
}

RC_GTEST_PROP(PoolSize, ComesToRestUnderASteadyLoad, ()) {
  const PoolSize options = random_options();
  const auto max = *rc::gen::inRange(options.min, 400u);
  const auto demand = *rc::gen::inRange(0u, 500u);
  std::uint32_t size = *rc::gen::inRange(options.min, max + 1);
  PoolSizer pool(options, max);
  const auto check = [&] {
    const std::uint32_t in_use = std::min(demand, size);
    return size = pool.at_check({size, in_use, demand - in_use});
  };
  for (int i = 0; i < 500; ++i) check();
  const std::uint32_t rest = size;
  for (int i = 0; i < 5; ++i) RC_ASSERT(check() == rest);
  const bool as_large_as_can_be = rest == max;
  RC_ASSERT(as_large_as_can_be || demand <= options.grow_above * rest + 1e-9);
}

}  // namespace
}  // namespace moonwright::lifecycle
