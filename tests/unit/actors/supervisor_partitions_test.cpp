// supervisor_partitions_test.cpp: more children than one supervisor keeps, with the turns in our
// hands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/partitions.hpp"
#include "actors/supervisor.hpp"
#include "actors/tree_gatherer.hpp"
#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

using ::testing::HasSubstr;

constexpr const char* kWorker = R"(
  local id = ...
  return { boom = function() error "boom" end, id = function() return id end }
)";

class Partitions : public ::testing::Test {
 protected:
  Partitions() : sim_(quiet_options()) {}

  static ChildSpec child(const std::string& id) {
    ChildSpec spec;
    spec.id = id;
    spec.spawn.script = Script::text(kWorker, "worker");
    spec.spawn.args = {id};
    return spec;
  }

  ActorRef supervise(std::uint32_t max, std::vector<ChildSpec> children = {}) {
    SupervisorSpec spec;
    spec.max_children = max;
    spec.children = std::move(children);
    const ActorRef supervisor = sim_.supervise(spec);
    sim_.run();
    return supervisor;
  }

  /// Orders a child as a script does; answered as `number`.
  void order(const ActorRef& supervisor, const std::string& id, std::uint64_t number) {
    auto plan = plan_child(sim_.core(), child(id));
    ASSERT_TRUE(plan);
    ASSERT_TRUE(post_child(*supervisor.target(), answers_.ref(), number, kNever, std::move(*plan),
                           true, nullptr));
  }
  Result<ActorRef> start(const ActorRef& supervisor, const std::string& id) {
    const std::uint64_t number = next_++;
    order(supervisor, id, number);
    sim_.run();
    const auto& got = answers_.to(number);
    if (got.size() != 1) return fail(ErrorCode::corrupt, "not one answer");
    if (!got.front()) return fail(got.front().error());
    return got.front()->front().as_ref();
  }
  std::int64_t count(const ActorRef& supervisor, const char* what) {
    const auto answer = sim_.ask(supervisor, "count");
    return answer ? answer->front()[what].as_integer() : -1;
  }

  SimCore sim_;
  Answers answers_;
  std::uint64_t next_ = 1'000'000;
};

TEST_F(Partitions, AreThereOnlyBeyondTenThousand) {
  SupervisorPlan plan;
  plan.options.max_children = 10'000;
  EXPECT_EQ(partitioned(std::move(plan)).partitions, 0u);
  SupervisorPlan more;
  more.options.max_children = 10'001;
  const SupervisorPlan front = partitioned(std::move(more));
  EXPECT_EQ(front.partitions, 3u);
  EXPECT_EQ(front.children.size(), 3u);
}

TEST_F(Partitions, KeepThirtyThousandChildrenBetweenThem) {
  constexpr std::uint64_t kChildren = 30'000;
  const ActorRef supervisor = supervise(40'000);
  for (std::uint64_t i = 1; i <= kChildren; ++i) {
    order(supervisor, "child-" + std::to_string(i), i);
    if (i % 1'000 == 0) sim_.run();
  }
  std::set<std::uint64_t> ids;
  for (std::uint64_t i = 1; i <= kChildren; ++i) {
    const auto& got = answers_.to(i);
    ASSERT_EQ(got.size(), 1u) << i;
    ASSERT_TRUE(got.front()) << got.front().error().message;
    ids.insert(got.front()->front().as_ref().id());
  }
  EXPECT_EQ(ids.size(), kChildren);
  EXPECT_EQ(count(supervisor, "active"), 30'000);
  EXPECT_EQ(count(supervisor, "workers"), 30'000);
  const auto rows = sim_.ask(supervisor, "which");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->front().as_table().elements().size(), kChildren);

  Result<TreeNode> tree = fail(ErrorCode::timeout, "");
  TreeOptions options;
  options.top = supervisor;
  gather_tree(sim_.core(), options, [&tree](Result<TreeNode> node) { tree = std::move(node); });
  sim_.run();
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_EQ(tree->children.size(), 8u);
  // The front, its partitions, and all children.
  EXPECT_EQ(tree->omitted, 1 + 8 + kChildren - TreeNode::kNodesMax);
}

TEST_F(Partitions, HandCommandsToTheOneThatKeepsTheChild) {
  const ActorRef supervisor = supervise(20'000, {child("a"), child("b")});
  const auto c = start(supervisor, "c");
  ASSERT_TRUE(c) << c.error().message;
  EXPECT_EQ((*sim_.ask(*c, "id")).front().as_string(), "c");
  EXPECT_EQ(count(supervisor, "active"), 3);
  EXPECT_EQ(start(supervisor, "c").error().code, ErrorCode::already_exists);
  EXPECT_EQ(start(supervisor, "a").error().code, ErrorCode::already_exists);
  EXPECT_TRUE(sim_.ask(supervisor, "restart", {"a"}));
  EXPECT_TRUE(sim_.ask(supervisor, "stop", {"c"}));
  EXPECT_TRUE(sim_.ended(*c));
  EXPECT_EQ(count(supervisor, "active"), 2);
  EXPECT_EQ(sim_.ask(supervisor, "stop", {"none"}).error().code, ErrorCode::not_found);
  EXPECT_FALSE(sim_.ask(supervisor, "boom"));
}

TEST_F(Partitions, RestartAndExplainAndKeepReports) {
  const ActorRef supervisor = supervise(20'000);
  const auto a = start(supervisor, "a");
  ASSERT_TRUE(a);
  EXPECT_FALSE(sim_.ask(*a, "boom"));
  sim_.run();
  EXPECT_EQ((*sim_.ask(*a, "id")).front().as_string(), "a");
  const auto one = sim_.ask(supervisor, "explain", {"a"});
  EXPECT_THAT(std::string(one->front().as_string()), HasSubstr("'a' was restarted"));
  const auto all = sim_.ask(supervisor, "explain");
  ASSERT_EQ(all->front().as_table().elements().size(), 1u);
  const auto crashes = sim_.ask(supervisor, "crashes");
  ASSERT_EQ(crashes->front().as_table().elements().size(), 1u);
  EXPECT_EQ(crash_report_of(crashes->front()[1]).message_name, "boom");
}

TEST_F(Partitions, HaveOneBoundTogether) {
  const ActorRef supervisor = supervise(10'001);
  for (std::uint64_t i = 1; i <= 10'002; ++i) {
    order(supervisor, "child-" + std::to_string(i), i);
    if (i % 1'000 == 0) sim_.run();
  }
  sim_.run();
  std::size_t refused = 0;
  for (std::uint64_t i = 1; i <= 10'002; ++i) {
    const auto& got = answers_.to(i);
    ASSERT_EQ(got.size(), 1u);
    if (got.front()) continue;
    ++refused;
    EXPECT_EQ(got.front().error().code, ErrorCode::overload);
  }
  EXPECT_EQ(refused, 1u);
  EXPECT_TRUE(sim_.ask(supervisor, "stop", {"child-7"}));
  EXPECT_TRUE(start(supervisor, "another"));
  EXPECT_EQ(start(supervisor, "one more").error().code, ErrorCode::overload);
}

TEST_F(Partitions, EndWithTheirFront) {
  const ActorRef supervisor = supervise(20'000, {child("a")});
  const auto b = start(supervisor, "b");
  ASSERT_TRUE(b);
  sim_.stop(supervisor, std::chrono::seconds(5));
  sim_.run();
  EXPECT_TRUE(sim_.ended(supervisor));
  EXPECT_TRUE(sim_.ended(*b));
  EXPECT_EQ(sim_.core().live().count(), 0u);
}

}  // namespace
}  // namespace moonwright::actors
