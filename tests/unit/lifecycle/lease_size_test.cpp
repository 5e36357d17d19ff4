// lease_size_test.cpp: enough ahead, never too little, and no asking to and fro.
#include "lifecycle/lease_size.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace moonwright::lifecycle {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;

TEST(LeaseSize, IsWhatIsWantedWhileThereIsPlenty) {
  EXPECT_EQ(leased_ahead(100, 100, false), 100u);
  EXPECT_EQ(leased_ahead(kMiB, 2 * kMiB, false), 2 * kMiB);
}

TEST(LeaseSize, IsAnEighthAheadOrAGrainWhenMemoryIsShort) {
  EXPECT_EQ(leased_ahead(kMiB, 2 * kMiB, true), kMiB + kMiB / 8);
  EXPECT_EQ(leased_ahead(1'000, 20'000, true), 1'000 + kLeaseGrain);
  EXPECT_EQ(leased_ahead(1'000, 1'500, true), 1'500u);
}

TEST(LeaseSize, OfAFloatIsAPartOfASmallBudget) {
  EXPECT_EQ(float_target(1'024 * kMiB, 4 * kMiB, 2, false), 4 * kMiB);
  EXPECT_EQ(float_target(16 * kMiB, 4 * kMiB, 2, false), kMiB);
  EXPECT_EQ(float_target(16 * kMiB, 4 * kMiB, 2, true), kMiB / kTightPart);
  EXPECT_EQ(float_target(16 * kMiB, 4 * kMiB, 0, false), 2 * kMiB);
}

RC_GTEST_PROP(LeaseSizeProperty, SettlesOnceAndCoversTheUse, (bool tight)) {
  const auto used = *rc::gen::inRange<std::uint64_t>(0, 1u << 30);
  const auto leased = used + *rc::gen::inRange<std::uint64_t>(0, 1u << 30);
  const std::uint64_t settled = settled_lease(used, leased, tight);
  RC_ASSERT(settled >= used);
  RC_ASSERT(settled <= leased);
  RC_ASSERT(settled_lease(used, settled, tight) == settled);
}

/// A heap that grows to twice its size and is collected to where it was asks once.
RC_GTEST_PROP(LeaseSizeProperty, LetsAHeapBreathe, ()) {
  const auto used = *rc::gen::inRange<std::uint64_t>(4'096, 1u << 30);
  const std::uint64_t grown = used + used / 2;
  const std::uint64_t leased = leased_ahead(grown, 2 * grown, false);
  RC_ASSERT(settled_lease(grown, leased, false) == leased);
  RC_ASSERT(settled_lease(used, leased, false) == leased);
}

}  // namespace
}  // namespace moonwright::lifecycle
