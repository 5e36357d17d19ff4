// pool_route_test.cpp: who of a pool gets the next message.
#include "lifecycle/pool_route.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace moonwright::lifecycle {
namespace {

using Loads = std::vector<std::optional<std::uint32_t>>;

std::optional<std::size_t> choose(PoolRouter& router, const Loads& loads, std::uint64_t key = 0) {
  return router.choose(loads.size(), key, [&](std::size_t at) { return loads[at]; });
}

TEST(PoolRoute, ChoosesTheFirstOfTheLeastLoaded) {
  PoolRouter router(Route::least_loaded);
  EXPECT_EQ(choose(router, {3, 1, 2, 1}), 1u);
  EXPECT_EQ(choose(router, {0, 0}), 0u);
  EXPECT_EQ(choose(router, {std::nullopt, 5}), 1u);
  EXPECT_EQ(choose(router, {std::nullopt, std::nullopt}), std::nullopt);
  EXPECT_EQ(choose(router, {}), std::nullopt);
}

TEST(PoolRoute, GoesRoundAndPassesOverWhoIsBusy) {
  PoolRouter router(Route::round_robin);
  EXPECT_EQ(choose(router, {0, 0, 0}), 0u);
  EXPECT_EQ(choose(router, {0, 0, 0}), 1u);
  EXPECT_EQ(choose(router, {0, 0, std::nullopt}), 0u);
  EXPECT_EQ(choose(router, {0, std::nullopt, 0}), 2u);
  EXPECT_EQ(choose(router, {0}), 0u) << "after the pool has shrunk";
  EXPECT_EQ(choose(router, {std::nullopt}), std::nullopt);
}

TEST(PoolRoute, GivesAKeyToTheSameOneWhoeverIsBusy) {
  PoolRouter router(Route::hash);
  const auto place = choose(router, {0, 0, 0, 0}, 42);
  EXPECT_EQ(choose(router, {9, std::nullopt, 1, 0}, 42), place);
}

TEST(PoolRoute, SpreadsKeys) {
  std::map<std::size_t, int> counts;
  for (std::uint64_t key = 0; key < 10'000; ++key) ++counts[place_of(key, 10)];
  ASSERT_EQ(counts.size(), 10u);
  for (const auto& [place, count] : counts) {
    EXPECT_GT(count, 800) << place;
    EXPECT_LT(count, 1'200) << place;
  }
}

RC_GTEST_PROP(PoolRoute, MovesAKeyOnlyToANewPlace, (std::uint64_t key)) {
  const auto count = *rc::gen::inRange<std::size_t>(1, 200);
  const std::size_t before = place_of(key, count);
  const std::size_t after = place_of(key, count + 1);
  RC_ASSERT(after == before || after == count);
}

RC_GTEST_PROP(PoolRoute, NeverChoosesSomebodyBusyOfThoseThatAreToBeFree, ()) {
  const auto busy =
      *rc::gen::container<std::vector<bool>>(*rc::gen::inRange(1, 20), rc::gen::arbitrary<bool>());
  Loads loads;
  bool somebody = false;
  for (const bool each : busy) {
    loads.push_back(each ? std::nullopt : std::optional<std::uint32_t>(0));
    somebody = somebody || !each;
  }
  for (const Route route : {Route::least_loaded, Route::round_robin}) {
    PoolRouter router(route);
    for (int i = 0; i < 5; ++i) {
      const auto chosen = choose(router, loads);
      RC_ASSERT(chosen.has_value() == somebody);
      if (chosen) RC_ASSERT(loads[*chosen].has_value());
    }
  }
}

}  // namespace
}  // namespace moonwright::lifecycle
