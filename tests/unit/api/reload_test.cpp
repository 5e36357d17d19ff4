// reload_test.cpp: new source, checkpoints and events, as a C++ program has them.
#include <chrono>
#include <filesystem>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "api_support.hpp"
#include "support/temp_folder.hpp"

namespace moonwright {
namespace {

using namespace std::chrono_literals;

// Counts in a global, which is carried, and says which source it is.
std::string counter(const std::string& version) {
  return "local actor = require 'actor' total = total or 0 return {"
         " add = function(n) total = total + n return total end,"
         " wait = function(s) actor.sleep(s) return '" +
         version + "' end, which = function() return '" + version + "' end }";
}

std::string which(Runtime& runtime, const ActorRef& actor) {
  const auto answer = ask(runtime, actor, "which");
  return answer ? std::string(answer->front().as_string()) : answer.error().message;
}

std::int64_t add(Runtime& runtime, const ActorRef& actor, int n) {
  const auto answer = ask(runtime, actor, "add", {n});
  EXPECT_TRUE(answer) << answer.error().message;
  return answer ? answer->front().as_integer() : -1;
}

/// A file whose time of change is another one each time, however coarse the file system's clock is.
class ScriptFile {
 public:
  ScriptFile(const tests::TempFolder& folder, std::string name)
      : folder_(folder), name_(std::move(name)) {}

  void write(const std::string& source) {
    const std::filesystem::path path = folder_.write(name_, source);
    const auto now = std::filesystem::last_write_time(path);
    std::filesystem::last_write_time(path, now + std::chrono::seconds(++writes_));
  }
  [[nodiscard]] std::string path() const { return folder_.path() + "/" + name_; }

 private:
  const tests::TempFolder& folder_;
  std::string name_;
  int writes_ = 0;
};

// New source --------------------------------------------------------------------------------------

TEST(Reload, GivesAllOfATextsNameTheNewSourceAndTheirData) {
  Runtime runtime = start_runtime();
  const ActorRef one = spawn_text(runtime, counter("old"));
  const ActorRef two = spawn_text(runtime, counter("old"));
  EXPECT_EQ(add(runtime, one, 3), 3);
  const auto report = runtime.reload(Script::text(counter("new"), "test")).get();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->generation, 2u);
  EXPECT_EQ(report->reloaded, 2u);
  EXPECT_TRUE(report->kept.empty());
  EXPECT_EQ(which(runtime, one), "new");
  EXPECT_EQ(which(runtime, two), "new");
  EXPECT_EQ(add(runtime, one, 1), 4);
  EXPECT_EQ(add(runtime, two, 1), 1);
  EXPECT_EQ(runtime.stats(one)->generation, 2u);
}

TEST(Reload, ChangesNothingIfTheSourceDoesNotCompileOrNobodyRunsIt) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, counter("old"));
  EXPECT_EQ(code_of(runtime.reload(Script::text("return {", "test")).get()),
            ErrorCode::syntax_error);
  EXPECT_EQ(code_of(runtime.reload(Script::text(counter("new"), "other")).get()),
            ErrorCode::not_found);
  EXPECT_EQ(code_of(runtime.reload(Script::file("nowhere.lua")).get()), ErrorCode::not_found);
  EXPECT_EQ(code_of(runtime.reload(Script()).get()), ErrorCode::invalid_argument);
  EXPECT_EQ(which(runtime, actor), "old");
  EXPECT_EQ(runtime.stats(actor)->generation, 1u);
}

TEST(Reload, TellsWhoGoesOnAsItWasAndWhy) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, counter("old"));
  EXPECT_EQ(add(runtime, actor, 3), 3);
  const auto report = runtime.reload(Script::text("error 'not like this'", "test")).get();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->reloaded, 0u);
  ASSERT_EQ(report->kept.size(), 1u);
  EXPECT_EQ(report->kept[0].actor, actor);
  EXPECT_NE(report->kept[0].error.message.find("not like this"), std::string::npos);
  EXPECT_EQ(which(runtime, actor), "old");
  EXPECT_EQ(add(runtime, actor, 1), 4);
}

TEST(Reload, OfOneActorLeavesTheOthersOfItsScript) {
  const tests::TempFolder folder;
  ScriptFile file(folder, "script.lua");
  file.write(counter("old"));
  Runtime runtime = start_runtime();
  const ActorRef one = *runtime.spawn({.script = Script::file(file.path())});
  const ActorRef two = *runtime.spawn({.script = Script::file(file.path())});
  EXPECT_EQ(which(runtime, one), "old");
  EXPECT_EQ(which(runtime, two), "old");
  file.write(counter("new"));
  const auto report = runtime.reload(one).get();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->reloaded, 1u);
  EXPECT_EQ(which(runtime, one), "new");
  EXPECT_EQ(which(runtime, two), "old");
  EXPECT_EQ(code_of(runtime.reload(ActorRef()).get()), ErrorCode::invalid_argument);
}

TEST(Reload, NoticesChangedFilesAndModulesOnce) {
  const tests::TempFolder folder;
  ScriptFile script(folder, "script.lua");
  ScriptFile module(folder, "parts.lua");
  script.write("local parts = require 'parts' return { which = function() return parts end }");
  module.write("return 'old'");
  Runtime runtime = start_runtime({.script_root = folder.path()});
  const ActorRef actor = *runtime.spawn({.script = Script::file(script.path())});
  EXPECT_EQ(which(runtime, actor), "old");
  EXPECT_TRUE(runtime.reload_changed().empty());

  module.write("return 'new'");
  auto changed = runtime.reload_changed();
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].generation, 2u);
  EXPECT_NE(changed[0].script.find("script.lua"), std::string::npos) << changed[0].script;
  EXPECT_TRUE(tests::eventually([&] { return which(runtime, actor) == "new"; }));
  EXPECT_TRUE(runtime.reload_changed().empty());

  script.write("return {");
  changed = runtime.reload_changed();
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].generation, 0u);
  EXPECT_EQ(changed[0].error.code, ErrorCode::syntax_error);
  EXPECT_EQ(which(runtime, actor), "new");
  EXPECT_TRUE(runtime.reload_changed().empty()) << "errors are told once, too";
}

TEST(Reload, GivesTheWorkersOfAPoolTheNewSourceAndAnswersWhoIsThere) {
  Runtime runtime = start_runtime();
  PoolOptions options;
  options.spawn.script = Script::text(counter("old"), "worker");
  options.size = {.min = 3, .max = 3};
  const auto pool = runtime.make_pool(options);
  ASSERT_TRUE(pool) << pool.error().message;
  std::vector<std::future<Result<Values>>> begun;
  for (int i = 0; i < 3; ++i) {
    begun.push_back(runtime.call(pool->ref(), "wait", {0.05}, tests::kPatience));
  }
  auto reloading = runtime.reload(Script::text(counter("new"), "worker"));
  std::vector<std::future<Result<Values>>> later;
  for (int i = 0; i < 30; ++i) {
    later.push_back(runtime.call(pool->ref(), "which", {}, tests::kPatience));
  }
  const auto report = reloading.get();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->reloaded, 3u);
  for (auto& each : begun) {
    const auto answer = each.get();
    EXPECT_TRUE(answer) << answer.error().message;
  }
  for (auto& each : later) {
    const auto answer = each.get();
    EXPECT_TRUE(answer) << answer.error().message;
  }
  EXPECT_EQ(which(runtime, pool->ref()), "new");
  // An answer goes straight to who asked; that the worker is free again the pool hears after it.
  EXPECT_TRUE(tests::eventually([&] {
    const auto metrics = pool->metrics().get();
    return metrics && metrics->size == 3 && metrics->in_use == 0;
  }));
}

// Checkpoints -------------------------------------------------------------------------------------

TEST(Checkpoints, AreTakenAndPutBack) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, counter("old"));
  EXPECT_EQ(add(runtime, actor, 3), 3);
  const auto taken = runtime.checkpoint(actor).get();
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(taken->info().generation, 1u);
  EXPECT_EQ(add(runtime, actor, 4), 7);
  ASSERT_TRUE(runtime.restore(actor, *taken));
  EXPECT_TRUE(tests::eventually([&] { return runtime.stats(actor)->incarnation == 2; }));
  EXPECT_EQ(add(runtime, actor, 1), 4);
}

TEST(Checkpoints, BringOneActorsDataToAnother) {
  Runtime runtime = start_runtime();
  const ActorRef from = spawn_text(runtime, counter("old"));
  const ActorRef to = spawn_text(runtime, counter("old"));
  EXPECT_EQ(add(runtime, from, 9), 9);
  const auto bytes = runtime.checkpoint(from).get()->encode();
  ASSERT_TRUE(bytes) << bytes.error().message;
  ASSERT_TRUE(runtime.restore(to, *Checkpoint::decode(*bytes)));
  EXPECT_TRUE(tests::eventually([&] { return runtime.stats(to)->incarnation == 2; }));
  EXPECT_EQ(add(runtime, to, 1), 10);
}

TEST(Checkpoints, AreRefusedWithThePathToWhatCannotBeCarried) {
  Runtime runtime = start_runtime();
  const ActorRef actor =
      spawn_text(runtime, "state = { jobs = { coroutine.create(function() end) } } return {}");
  const auto taken = runtime.checkpoint(actor).get();
  ASSERT_EQ(code_of(taken), ErrorCode::unsupported);
  EXPECT_NE(taken.error().message.find("state.jobs[1]"), std::string::npos)
      << taken.error().message;
}

TEST(Checkpoints, OfNobodyAreRefused) {
  Runtime runtime = start_runtime();
  EXPECT_EQ(code_of(runtime.checkpoint(ActorRef()).get()), ErrorCode::invalid_argument);
  const ActorRef actor = spawn_text(runtime, counter("old"));
  const auto taken = runtime.checkpoint(actor).get();
  ASSERT_TRUE(taken);
  EXPECT_EQ(code_of(runtime.restore(ActorRef(), *taken)), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(runtime.restore(actor, Checkpoint())), ErrorCode::invalid_argument);
  ASSERT_TRUE(runtime.kill_actor(actor));
  EXPECT_TRUE(tests::eventually([&] { return runtime.actor_count() == 0; }));
  const auto late = runtime.checkpoint(actor).get();
  ASSERT_FALSE(late);
  EXPECT_FALSE(runtime.restore(actor, *taken));
}

// Events ------------------------------------------------------------------------------------------

TEST(Events, TellOfEachNewStateAndItsGeneration) {
  Runtime runtime = start_runtime();
  std::mutex mutex;
  std::vector<Event> seen;
  const auto keep = [&](const Event& event) {
    const std::lock_guard lock(mutex);
    seen.push_back(event);
  };
  EventSubscription recycled = runtime.on_event(EventType::recycled, keep);
  EventSubscription created = runtime.on_event(EventType::created, keep);
  ASSERT_TRUE(recycled);
  const ActorRef actor = spawn_text(runtime, counter("old"));
  EXPECT_EQ(which(runtime, actor), "old");
  ASSERT_TRUE(runtime.reload(Script::text(counter("new"), "test")).get());
  const auto have = [&](std::size_t count) {
    const std::lock_guard lock(mutex);
    return seen.size() == count;
  };
  ASSERT_TRUE(tests::eventually([&] { return have(3); }));
  recycled.unsubscribe();
  created.unsubscribe();
  ASSERT_TRUE(runtime.reload(Script::text(counter("newer"), "test")).get());
  EXPECT_EQ(which(runtime, actor), "newer");
  EXPECT_TRUE(have(3)) << "whoever has unsubscribed hears nothing";
  EXPECT_EQ(seen[0].type, EventType::created);
  EXPECT_EQ(seen[0].generation, 1u);
  EXPECT_EQ(seen[1].type, EventType::recycled);
  EXPECT_NE(seen[1].reason.find("generation 2"), std::string::npos) << seen[1].reason;
  EXPECT_EQ(seen[2].type, EventType::created);
  EXPECT_EQ(seen[2].generation, 2u);
  EXPECT_EQ(seen[2].incarnation, 2u);
  for (const Event& event : seen) EXPECT_EQ(event.actor, actor);
  EXPECT_EQ(runtime.dropped_events(), 0u);
}

}  // namespace
}  // namespace moonwright
