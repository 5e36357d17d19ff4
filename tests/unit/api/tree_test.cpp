// tree_test.cpp: who runs under whom, what they wait for, and what they failed with.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "api_support.hpp"

namespace moonwright {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kWorker = R"(
  local actor = require "actor"
  return {
    boom = function() error "boom" end,
    waits = function(other) return actor.call(other, "never") end,
    spawns = function() return actor.spawn{ name = "grandchild", source = "return {}" } end,
  }
)";

constexpr const char* kGate = R"(
  local actor = require "actor"
  local kept = {}
  return { never = function() kept[#kept + 1] = actor.defer() end }
)";

ChildSpec child(std::string id, const char* source) {
  ChildSpec spec;
  spec.id = id;
  spec.spawn.name = std::move(id);
  spec.spawn.script = Script::text(source, "worker.lua");
  return spec;
}

RuntimeOptions quiet() {
  RuntimeOptions options;
  options.log.target = LogOptions::Target::none;
  return options;
}

class Trees : public ::testing::Test {
 protected:
  Trees() : runtime_(start_runtime(quiet())) {
    SupervisorSpec inner;
    inner.strategy = Strategy::rest_for_one;
    inner.children = {child("deep", kWorker)};
    ChildSpec nested;
    nested.id = "inner";
    nested.supervisor = std::make_shared<const SupervisorSpec>(inner);
    SupervisorSpec outer;
    outer.name = "outer";
    outer.children = {child("first", kWorker), nested, child("gate", kGate)};
    auto supervisor = runtime_.supervise(outer);
    EXPECT_TRUE(supervisor);
    supervisor_ = *supervisor;
    EXPECT_TRUE(tests::eventually([this] { return runtime_.whereis("gate").has_value(); }));
  }

  ActorRef find(const char* name) { return *runtime_.whereis(name); }

  Runtime runtime_;
  ActorRef supervisor_;
};

TEST_F(Trees, HaveSupervisedChildrenInOrderAndOthersBelowTheirParents) {
  ASSERT_TRUE(ask(runtime_, find("first"), "spawns"));
  const ActorRef lonely = spawn_text(runtime_, "return {}");
  const auto tree = runtime_.tree().get();
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_EQ(tree->kind, TreeNode::Kind::runtime);
  ASSERT_THAT(tree->children, SizeIs(2));
  EXPECT_EQ(tree->children[1].id, lonely.id());
  const TreeNode& outer = tree->children[0];
  EXPECT_EQ(outer.kind, TreeNode::Kind::supervisor);
  EXPECT_EQ(outer.name, "outer");
  EXPECT_EQ(outer.strategy, "one_for_one");
  ASSERT_THAT(outer.children, SizeIs(3));
  EXPECT_EQ(outer.children[0].child, "first");
  EXPECT_EQ(outer.children[0].restart, "permanent");
  EXPECT_THAT(outer.children[0].script, HasSubstr("worker.lua"));
  EXPECT_GT(outer.children[0].memory_used_bytes, 0u);
  ASSERT_THAT(outer.children[0].children, SizeIs(1));
  EXPECT_EQ(outer.children[0].children[0].name, "grandchild");
  EXPECT_EQ(outer.children[1].strategy, "rest_for_one");
  ASSERT_THAT(outer.children[1].children, SizeIs(1));
  EXPECT_EQ(outer.children[1].children[0].child, "deep");
  EXPECT_EQ(tree->omitted, 0u);
}

TEST_F(Trees, TellWhatCrashedAndWhatWasDone) {
  EXPECT_FALSE(ask(runtime_, find("first"), "boom"));
  ASSERT_TRUE(tests::eventually([this] {
    const auto tree = runtime_.tree().get();
    return tree && tree->children[0].children[0].state == "running" &&
           tree->children[0].children[0].restarts == 1;
  }));
  const auto tree = runtime_.tree({.top = supervisor_}).get();
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->id, supervisor_.id());
  ASSERT_THAT(tree->crashes, SizeIs(1));
  EXPECT_EQ(tree->crashes[0].child, "first");
  EXPECT_EQ(tree->crashes[0].message_name, "boom");
  EXPECT_THAT(tree->crashes[0].error.message, HasSubstr("boom"));
  EXPECT_THAT(tree->crashes[0].error.traceback, HasSubstr("worker.lua"));
  EXPECT_EQ(tree->children[0].incarnation, 2u);
  EXPECT_THAT(tree->children[0].last_decision, HasSubstr("'first' was restarted"));

  const auto crashes = runtime_.crashes(supervisor_).get();
  ASSERT_TRUE(crashes) << crashes.error().message;
  EXPECT_EQ(*crashes, tree->crashes);
  EXPECT_EQ(runtime_.crashes(find("first")).get().error().code, ErrorCode::invalid_argument);
}

TEST_F(Trees, ShowWhatEachActorWaitsFor) {
  ASSERT_TRUE(runtime_.send(find("first"), "waits", {find("gate")}));
  ASSERT_TRUE(tests::eventually([this] {
    const auto list = runtime_.tasks(find("first")).get();
    return list && list->total == 1;
  }));
  const auto list = runtime_.tasks(find("first")).get();
  ASSERT_TRUE(list);
  const TaskInfo& task = list->tasks.at(0);
  EXPECT_EQ(task.kind, TaskKind::handler);
  EXPECT_EQ(task.message, "waits");
  EXPECT_EQ(task.awaiting, Awaiting::reply);
  ASSERT_THAT(task.replies, SizeIs(1));
  EXPECT_EQ(task.replies[0].from, find("gate"));
  EXPECT_EQ(task.replies[0].from_name, "gate");
  EXPECT_EQ(task.replies[0].message, "never");
  ASSERT_TRUE(task.left);
  EXPECT_LE(*task.left, std::chrono::seconds(5));
  EXPECT_THAT(task.traceback, HasSubstr("worker.lua\"]:5:"));

  const auto tree = runtime_.tree({.tasks = true}).get();
  ASSERT_TRUE(tree);
  ASSERT_THAT(tree->children[0].children[0].tasks.tasks, SizeIs(1));
  EXPECT_EQ(tree->children[0].children[0].tasks.tasks[0].message, "waits");
  const auto plain = runtime_.tree().get();
  EXPECT_THAT(plain->children[0].children[0].tasks.tasks, SizeIs(0));
}

TEST_F(Trees, AreAnsweredByASupervisorToo) {
  const auto answer = ask(runtime_, supervisor_, "tree");
  ASSERT_TRUE(answer) << answer.error().message;
  const Value& tree = answer->front();
  EXPECT_EQ(tree["kind"].as_string(), "supervisor");
  EXPECT_EQ(tree["children"][2]["children"][1]["child"].as_string(), "deep");
  EXPECT_EQ(tree["children"][1]["ref"].as_ref(), find("first"));
}

TEST_F(Trees, DoNotWaitForAnActorThatDoesNotAnswer) {
  SpawnOptions options;
  options.name = "busy";
  options.thread = ThreadKind::dedicated;
  options.sandbox = Sandbox::none;
  options.script = Script::text("os.execute('sleep 1') return {}", "busy");
  ASSERT_TRUE(runtime_.spawn(std::move(options)));
  const auto tree = runtime_.tree({.tasks = true, .timeout = std::chrono::milliseconds(50)}).get();
  ASSERT_TRUE(tree);
  EXPECT_THAT(tree->children, SizeIs(2));
}

TEST_F(Trees, OfTheDeadAreRefused) {
  const ActorRef actor = spawn_text(runtime_, "return {}");
  ASSERT_TRUE(runtime_.kill_actor(actor));
  EXPECT_TRUE(tests::eventually([&] { return !runtime_.stats(actor); }));
  EXPECT_EQ(runtime_.tree({.top = actor}).get().error().code, ErrorCode::dead);
  EXPECT_EQ(runtime_.tasks(actor).get().error().code, ErrorCode::killed);
  EXPECT_EQ(runtime_.tasks(ActorRef{}).get().error().code, ErrorCode::invalid_argument);
}

TEST(Tree, ListsTheOldestWhereThereAreTooMany) {
  Runtime runtime = start_runtime(quiet());
  SpawnOptions options;
  options.sandbox = Sandbox::none;
  options.script = Script::text(R"(
    local actor = require "actor"
    for i = 1, 10100 do actor.spawn{ source = "return {}" } end
    return { ready = function() end }
  )",
                                "many");
  auto many = runtime.spawn(std::move(options));
  ASSERT_TRUE(many);
  ASSERT_TRUE(ask(runtime, *many, "ready"));
  const auto tree = runtime.tree({.top = *many}).get();
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->children.size(), TreeNode::kNodesMax - 1);
  EXPECT_EQ(tree->omitted, 10'101 - TreeNode::kNodesMax);
}

}  // namespace
}  // namespace moonwright
