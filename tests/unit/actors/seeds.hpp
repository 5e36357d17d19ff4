// seeds.hpp: simulations that are drawn by lot, each from its number.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace moonwright::actors {

/// What a world is drawn from. The same seed draws the same.
class Lots {
 public:
  /// @param loud whether say() says anything.
  Lots(std::uint32_t seed, bool loud) : random_(seed), loud_(loud) {}

  /// 0..count - 1. Requires: count is not 0.
  [[nodiscard]] std::uint32_t draw(std::uint32_t count) {
    return static_cast<std::uint32_t>(random_()) % count;
  }
  /// True once in `count` times.
  [[nodiscard]] bool one_in(std::uint32_t count) { return draw(count) == 0; }

  void say(const std::string& text) const {
    if (loud_) std::cerr << text << '\n';
  }

 private:
  std::minstd_rand random_;
  const bool loud_;
};

/// A thousand seeds in ten tests, so that they run side by side. MOONWRIGHT_SIM_SEED=n runs that
/// one, and prints what happens in it; MOONWRIGHT_SIM_FROM=n begins with another one than 1.
inline constexpr std::uint32_t kSeedGroups = 10;

/// Makes a `World(seed, loud)` of each seed of a group, and has it run().
template <class World>
void run_seeds(std::uint32_t group) {
  constexpr std::uint32_t kSeedsPerGroup = 100;
  const auto chosen = [](const char* name) {
    const char* const text = std::getenv(name);
    return text == nullptr ? 0 : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
  };
  if (const std::uint32_t seed = chosen("MOONWRIGHT_SIM_SEED"); seed != 0) {
    if (group == 0) World(seed, true).run();
    return;
  }
  const std::uint32_t first = std::max(chosen("MOONWRIGHT_SIM_FROM"), 1u) + group * kSeedsPerGroup;
  for (std::uint32_t seed = first; seed < first + kSeedsPerGroup; ++seed) {
    World(seed, false).run();
    ASSERT_FALSE(::testing::Test::HasFailure())
        << "again with MOONWRIGHT_SIM_SEED=" << seed << " and --gtest_filter='Seeds/"
        << ::testing::UnitTest::GetInstance()->current_test_suite()->name() + 6 << ".*/0'";
  }
}

}  // namespace moonwright::actors
