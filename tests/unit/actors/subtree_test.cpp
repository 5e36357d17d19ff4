// subtree_test.cpp: what the actors of one family share.
#include "actors/subtree.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>
#include <thread>
#include <vector>

#include "live_core.hpp"
#include "runtime/allocator.hpp"
#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

using std::chrono::milliseconds;

/// Keeps the shares of all subtrees here.
const std::shared_ptr<QuotaBroker>& broker() {
  static const auto one = std::make_shared<QuotaBroker>(QuotaBroker::Options{});
  return one;
}

bool takes(Subtree& subtree, std::uint64_t bytes) { return subtree.take(bytes, bytes).bytes != 0; }

std::shared_ptr<Subtree> subtree(std::uint64_t memory, std::uint32_t actors,
                                 std::shared_ptr<Subtree> above = nullptr) {
  return std::make_shared<Subtree>(broker(), std::move(above), Subtree::Bounds{memory, actors, 2});
}

TEST(Subtree, GivesMemoryUpToItsBound) {
  const auto one = subtree(100, 10);
  EXPECT_TRUE(takes(*one, 60));
  EXPECT_FALSE(takes(*one, 41));
  EXPECT_TRUE(takes(*one, 40));
  one->give(1);
  EXPECT_TRUE(takes(*one, 1));
  EXPECT_FALSE(takes(*one, 1));
  EXPECT_FALSE(takes(*one, ~std::uint64_t{0}));
}

TEST(Subtree, TakesFromTheOnesAboveToo) {
  const auto above = subtree(100, 10);
  const auto left = subtree(80, 10, above);
  const auto right = subtree(80, 10, above);
  EXPECT_TRUE(takes(*left, 80));
  EXPECT_FALSE(takes(*right, 21));
  EXPECT_EQ(right->memory_bytes(), 0u) << "what one refuses is given back by the others";
  EXPECT_TRUE(takes(*right, 20));
  left->give(80);
  EXPECT_EQ(above->memory_bytes(), 20u);
}

TEST(Subtree, HasPlacesForItsActors) {
  const auto above = subtree(100, 3);
  const auto below = subtree(100, 2, above);
  {
    const SubtreePlace first = SubtreePlace::take(below);
    const SubtreePlace second = SubtreePlace::take(below);
    EXPECT_NE(second.subtree(), nullptr);
    EXPECT_EQ(SubtreePlace::take(below).subtree(), nullptr);
    const SubtreePlace third = SubtreePlace::take(above);
    EXPECT_NE(third.subtree(), nullptr);
    EXPECT_EQ(SubtreePlace::take(above).subtree(), nullptr);
  }
  EXPECT_EQ(above->actors(), 0u);
  EXPECT_EQ(below->actors(), 0u);
}

TEST(Subtree, IsOverdrawnAfterABurstUntilItsShareHasCome) {
  const auto one = subtree(100, 10);
  Instant now{std::chrono::hours(1)};
  EXPECT_FALSE(one->has_overdrawn(now));
  one->charge(now, milliseconds(21));
  EXPECT_TRUE(one->has_overdrawn(now));
  now += milliseconds(8);  // its share of two workers is a fourth of one
  EXPECT_FALSE(one->has_overdrawn(now));
}

TEST(Subtree, IsOverdrawnWithTheOneAbove) {
  const auto above = subtree(100, 10);
  const auto left = subtree(100, 10, above);
  const auto right = subtree(100, 10, above);
  const Instant now{std::chrono::hours(1)};
  left->charge(now, milliseconds(30));
  EXPECT_TRUE(right->has_overdrawn(now));
}

TEST(Subtree, NeverGivesMoreThanItsBoundToManyThreads) {
  const auto above = subtree(1'000, 10);
  const auto below = subtree(700, 10, above);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, of = i % 2 == 0 ? below : above] {
      for (int round = 0; round < 20'000; ++round) {
        if (!takes(*of, 300)) continue;
        EXPECT_LE(below->memory_bytes(), 700u);
        EXPECT_LE(above->memory_bytes(), 1'000u);
        of->give(300);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(above->memory_bytes(), 0u);
  EXPECT_EQ(below->memory_bytes(), 0u);
}

/// An allocator takes what it uses, and a bit more; everything comes back.
RC_GTEST_PROP(SubtreeMemory, IsWhatItsAllocatorsUse, ()) {
  const auto share = subtree(1u << 20, 10);
  {
    runtime::Allocator first(1u << 20, 1);
    runtime::Allocator second(1u << 20, 2);
    first.set_share(share.get());
    second.set_share(share.get());
    std::vector<std::pair<void*, std::size_t>> blocks[2];
    const auto steps = *rc::gen::container<std::vector<std::pair<bool, int>>>(
        rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::inRange(-3, 60'000)));
    for (const auto& [which, size] : steps) {
      runtime::Allocator& allocator = which ? first : second;
      auto& mine = blocks[which ? 0 : 1];
      if (size <= 0) {
        if (mine.empty()) continue;
        static_cast<void>(
            runtime::Allocator::allocate(&allocator, mine.back().first, mine.back().second, 0));
        mine.pop_back();
        allocator.return_spare();
      } else {
        const auto bytes = static_cast<std::size_t>(size);
        void* const block = runtime::Allocator::allocate(&allocator, nullptr, 0, bytes);
        if (block != nullptr) mine.emplace_back(block, bytes);
      }
      RC_ASSERT(first.used() <= first.taken());
      RC_ASSERT(second.used() <= second.taken());
      RC_ASSERT(first.taken() + second.taken() == share->memory_bytes());
      RC_ASSERT(share->memory_bytes() <= 1u << 20);
    }
    first.drop();
    second.drop();
  }
  RC_ASSERT(share->memory_bytes() == 0u);
}

/// Spawns children as it is told, and says how that went.
constexpr const char* kSpawner = R"(
  local actor = require "actor"
  local children = {}
  return {
    spawn = function(source, limits, detached)
      local options = { source = source, limits = limits, detached = detached }
      local ok, result = pcall(actor.spawn, options)
      if not ok then return false, result.code, result.message end
      children[#children + 1] = result
      return true
    end,
    forward = function(i, ...) return children[i]:call(...) end,
    kill = function(i) actor.kill(children[i]) end,
    hold = function(bytes) held = string.rep("x", bytes) return #held end,
  })";
constexpr const char* kHolder = R"(
  return {
    hold = function(bytes) held = string.rep("x", bytes) return #held end,
    drop = function() held = nil collectgarbage() end,
  })";

class Families : public LiveCore {
 protected:
  ActorRef spawner(std::uint64_t memory, std::uint32_t actors = 100) {
    SpawnOptions options;
    options.limits.emplace();
    options.limits->memory_bytes_max = memory;
    options.limits->actors_max = actors;
    return spawn(kSpawner, std::move(options));
  }
  bool spawns(const ActorRef& parent, const char* source = "return {}", bool detached = false) {
    const auto answer = ask(parent, "spawn", {source, nullptr, detached});
    EXPECT_TRUE(answer.has_value());
    return answer && answer->front().as_boolean();
  }
};

TEST_F(Families, HaveABoundOnTheirLiveActors) {
  const ActorRef parent = spawner(50u << 20, 3);
  EXPECT_TRUE(spawns(parent));
  EXPECT_TRUE(spawns(parent, "return {}", true));
  EXPECT_TRUE(spawns(parent));
  const auto refused = ask(parent, "spawn", {"return {}"});
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ((*refused)[1], Value("overload"));
  ASSERT_TRUE(ask(parent, "kill", {1}));
  EXPECT_TRUE(tests::eventually([&] { return spawns(parent); })) << "its place is free again";
}

TEST_F(Families, CountGrandchildrenToo) {
  const ActorRef parent = spawner(50u << 20, 4);
  ASSERT_TRUE(spawns(parent, kSpawner));
  EXPECT_TRUE(ask(parent, "forward", {1, "spawn", "return {}"})->front().as_boolean());
  EXPECT_TRUE(spawns(parent));
  EXPECT_TRUE(ask(parent, "forward", {1, "spawn", "return {}"})->front().as_boolean());
  EXPECT_FALSE(ask(parent, "forward", {1, "spawn", "return {}"})->front().as_boolean());
  EXPECT_FALSE(spawns(parent));
}

TEST_F(Families, OfTrustedActorsHaveNoBounds) {
  SpawnOptions options;
  options.sandbox = Sandbox::none;
  const ActorRef parent = spawn(kSpawner, std::move(options));
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(spawns(parent));
}

TEST_F(Families, ShareTheMemoryOfTheirRoot) {
  // Making a string of 4 MiB takes 8, of which one half is garbage afterwards.
  const ActorRef parent = spawner(16u << 20);
  ASSERT_TRUE(spawns(parent, kHolder));
  ASSERT_TRUE(spawns(parent, kHolder));
  EXPECT_TRUE(ask(parent, "forward", {1, "hold", 4 << 20}));
  EXPECT_TRUE(ask(parent, "hold", {1 << 20}));
  const auto refused = ask(parent, "forward", {2, "hold", 4 << 20});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::memory_limit);
  EXPECT_NE(refused.error().message.find("shares with"), std::string::npos)
      << refused.error().message;
  // The one that asked has ended; the others go on.
  EXPECT_TRUE(ask(parent, "forward", {1, "drop"}));
  ASSERT_TRUE(spawns(parent, kHolder));
  EXPECT_TRUE(ask(parent, "forward", {3, "hold", 4 << 20}));
}

TEST_F(Families, GiveMemoryBackWhenAnActorEnds) {
  const ActorRef parent = spawner(8u << 20);
  for (int i = 1; i <= 10; ++i) {
    ASSERT_TRUE(spawns(parent, kHolder));
    ASSERT_TRUE(ask(parent, "forward", {i, "hold", 3 << 20})) << i;
    ASSERT_TRUE(ask(parent, "kill", {i}));
    ASSERT_TRUE(tests::eventually([&] { return core_->live().count() == 1; }));
  }
}

TEST_F(Families, KeepWhatIsLeftForOthersWhenTheyBurnTime) {
  // Each child of the bomb loops and spawns more of its kind.
  const ActorRef bomb =
      spawn(R"(
    local actor = require "actor"
    local source = ...
    return { go = function()
      for _ = 1, 200 do pcall(actor.spawn, { source = source, args = { source } }) end
    end })",
            {.args = {"local actor, source = require 'actor', ... "
                      "pcall(actor.spawn, { source = source, args = { source } }) "
                      "while true do end"}});
  ASSERT_TRUE(ask(bomb, "go"));
  EXPECT_TRUE(tests::eventually([&] { return core_->live().count() == 101; }));
  // A neighbour that works as hard gets on: work that alone takes some milliseconds.
  const ActorRef neighbour = spawn(
      "return { work = function() local n = 0 for i = 1, 3e6 do n = n + i end return n end }");
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(ask(neighbour, "work"));
  static_cast<void>(stop(milliseconds(1)));  // who loops has to be killed
  EXPECT_EQ(core_->live().count(), 0u);
}

}  // namespace
}  // namespace moonwright::actors
