// token_bucket_test.cpp: a rate is kept, bursts have room, and nobody waits for ever.
#include "lifecycle/token_bucket.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace moonwright::lifecycle {
namespace {

// A token comes every 10 ns, and there are 100 at most.
constexpr TokenBucket kBucket(10, 100);

TEST(TokenBucket, IsFullAtFirst) {
  EXPECT_FALSE(kBucket.empty(0, 0));
  EXPECT_FALSE(kBucket.empty(0, 1'000'000));
}

TEST(TokenBucket, GivesABurstAtOnce) {
  TokenBucket::Time state = 0;
  for (int i = 0; i < 101; ++i) {
    EXPECT_FALSE(kBucket.empty(state, 5)) << i;
    state = kBucket.take(state, 5, 1);
  }
  EXPECT_TRUE(kBucket.empty(state, 5));
}

TEST(TokenBucket, FillsUpAtItsRate) {
  TokenBucket::Time state = kBucket.take(0, 0, 110);
  EXPECT_TRUE(kBucket.empty(state, 0));
  EXPECT_TRUE(kBucket.empty(state, 99));
  EXPECT_FALSE(kBucket.empty(state, 100)) << "ten tokens have come";
}

TEST(TokenBucket, ForgetsWhatIsTakenFarBeyondItsDepth) {
  TokenBucket::Time state = kBucket.take(0, 0, 1e18);
  EXPECT_TRUE(kBucket.empty(state, 999));
  EXPECT_FALSE(kBucket.empty(state, 1'000));
}

TEST(TokenBucket, WithoutATimePerTokenHasNoBound) {
  constexpr TokenBucket kFree(0, 1);
  EXPECT_FALSE(kFree.empty(kFree.take(0, 0, 1e18), 0));
}

RC_GTEST_PROP(TokenBucket, NeverGivesMoreThanItsRateAndOneBurst, ()) {
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 200));
  TokenBucket::Time state = 0;
  TokenBucket::Time now = 0;
  long given = 0;
  for (const int step : steps) {
    now += step;
    if (kBucket.empty(state, now)) continue;
    state = kBucket.take(state, now, 1);
    ++given;
  }
  RC_ASSERT(given <= 101 + now / 10);
}

RC_GTEST_PROP(TokenBucket, IsFullAgainAfterAWhileWhateverWasTaken, ()) {
  TokenBucket::Time state = 0;
  for (const int tokens : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1'000'000))) {
    state = kBucket.take(state, 0, tokens);
  }
  RC_ASSERT(!kBucket.empty(state, 1'000));
  RC_ASSERT(state <= 2'000);
}

}  // namespace
}  // namespace moonwright::lifecycle
