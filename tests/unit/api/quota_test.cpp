// quota_test.cpp: the memory budget, as a host sees it.
#include <chrono>
#include <string>
#include <utility>

#include "api_support.hpp"

namespace moonwright {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;

constexpr const char* kKeeper = R"(
  local kept = {}
  return {
    keep = function(size) kept[#kept + 1] = ("x"):rep(size) end,
    drop = function() kept = {} end,
  })";

Runtime start_with(std::uint64_t budget) {
  RuntimeOptions options;
  options.memory_budget_bytes = budget;
  options.log.level = LogLevel::off;
  return std::move(*Runtime::start(std::move(options)));
}

TEST(Quota, IsSeenAsAWholeAndByActor) {
  Runtime runtime = start_with(256 * kMiB);
  const ActorRef keeper = spawn_text(runtime, kKeeper);
  ASSERT_TRUE(ask(runtime, keeper, "keep", {4 << 20}).has_value());
  ASSERT_TRUE(tests::eventually([&] { return runtime.quota_status().used > 4 * kMiB; }));
  const QuotaStatus status = runtime.quota_status();
  EXPECT_TRUE(status.enforced);
  EXPECT_EQ(status.total, 256 * kMiB);
  EXPECT_EQ(status.granted + status.available, status.total);
  EXPECT_EQ(status.overdrawn, 0u);
  EXPECT_FALSE(status.under_pressure);
  ASSERT_EQ(status.actors.size(), 1u);
  const QuotaRow& row = status.actors.front();
  EXPECT_EQ(row.id, keeper.id());
  EXPECT_GE(row.quota, row.used);
  EXPECT_DOUBLE_EQ(row.efficiency, efficiency(row.used, row.quota));
  EXPECT_DOUBLE_EQ(status.efficiency, efficiency(status.used, status.granted));
}

TEST(Quota, HasAnEfficiencyOfZeroWhereThereIsNone) {
  EXPECT_EQ(efficiency(5, 0), 0);
  EXPECT_EQ(efficiency(1, 4), 25);
}

TEST(Quota, IsAllAvailableWhenTheRuntimeHasStopped) {
  Runtime runtime = start_with(64 * kMiB);
  const ActorRef keeper = spawn_text(runtime, kKeeper);
  ASSERT_TRUE(ask(runtime, keeper, "keep", {4 << 20}).has_value());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(runtime.send(keeper, "keep", {100}).has_value());
  ASSERT_TRUE(runtime.stop(tests::kPatience).has_value());
  const QuotaStatus status = runtime.quota_status();
  EXPECT_EQ(status.granted, 0u);
  EXPECT_EQ(status.available, 64 * kMiB);
  EXPECT_TRUE(status.actors.empty());
}

TEST(Quota, CanBeChanged) {
  Runtime runtime = start_with(kUnlimited);
  EXPECT_EQ(runtime.quota_status().total, kUnlimited);
  const ActorRef keeper = spawn_text(runtime, kKeeper);
  ASSERT_TRUE(ask(runtime, keeper, "keep", {8 << 20}).has_value());
  const auto overdrawn = runtime.set_memory_budget(2 * kMiB);
  ASSERT_TRUE(overdrawn.has_value());
  EXPECT_GT(*overdrawn, 6 * kMiB);
  EXPECT_EQ(runtime.quota_status().available, 0u);
  const auto refused = runtime.spawn({.script = Script::text("return {}")});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::quota_denied);
  EXPECT_EQ(*runtime.set_memory_budget(64 * kMiB), 0u);
  EXPECT_TRUE(runtime.spawn({.script = Script::text("return {}")}).has_value());
  EXPECT_EQ(runtime.set_memory_budget(0).error().code, ErrorCode::invalid_argument);
}

TEST(Quota, ThatStaysShortHasUnwellIdleChildrenGetAFreshState) {
  Runtime runtime = start_with(8 * kMiB);
  SupervisorSpec group;
  for (const char* id : {"unwell", "well"}) {
    ChildSpec child;
    child.id = id;
    child.spawn.script = Script::text(kKeeper);
    child.spawn.name = id;
    child.spawn.limits = Limits{.memory_bytes_max = 2 * kMiB};
    // It is looked at when memory is short, and not before.
    child.health.check_every = std::chrono::hours(1);
    if (child.id == "unwell") child.health.memory_threshold = 0.3;
    group.children.push_back(std::move(child));
  }
  ASSERT_TRUE(runtime.supervise(group).has_value());
  ASSERT_TRUE(tests::eventually([&] { return runtime.whereis("well").has_value(); }));
  const ActorRef unwell = *runtime.whereis("unwell");
  const ActorRef well = *runtime.whereis("well");
  for (const ActorRef& each : {unwell, well}) {
    const auto kept = ask(runtime, each, "keep", {700'000});
    ASSERT_TRUE(kept.has_value()) << kept.error().message;
  }
  SpawnOptions options;
  options.script = Script::text(kKeeper);
  options.sandbox = Sandbox::none;  // what it is refused is an error, and not its end
  const ActorRef greedy = *runtime.spawn(std::move(options));
  ASSERT_TRUE(tests::eventually([&] {
    static_cast<void>(ask(runtime, greedy, "keep", {8 << 20}));
    return runtime.stats(unwell)->recycles == 1;
  }));
  EXPECT_EQ(runtime.stats(well)->recycles, 0u);
}

TEST(Quota, OfOneActorCanBeChanged) {
  Runtime runtime = start_with(kUnlimited);
  const ActorRef keeper = spawn_text(runtime, kKeeper);
  ASSERT_TRUE(ask(runtime, keeper, "keep", {1 << 20}).has_value());
  ASSERT_TRUE(runtime.set_memory_limit(keeper, 4 * kMiB).has_value());
  // Many small strings: one that is larger than the limit is an ordinary error.
  Result<Values> kept = Values{};
  int count = 0;
  while (count < 100 && kept) {
    kept = ask(runtime, keeper, "keep", {200'000});
    ++count;
  }
  ASSERT_FALSE(kept.has_value());
  EXPECT_LT(count, 20);
  EXPECT_EQ(kept.error().code, ErrorCode::memory_limit) << kept.error().message;
  EXPECT_EQ(runtime.set_memory_limit({}, kMiB).error().code, ErrorCode::invalid_argument);
}

TEST(Quota, CanBeDoneWithout) {
  RuntimeOptions options;
  options.quotas = false;
  auto runtime = Runtime::start(std::move(options));
  ASSERT_TRUE(runtime.has_value());
  static_cast<void>(spawn_text(*runtime, kKeeper));
  EXPECT_FALSE(runtime->quota_status().enforced);
  EXPECT_EQ(runtime->quota_status().granted, 0u);
  EXPECT_EQ(runtime->set_memory_budget(kMiB).error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace moonwright
