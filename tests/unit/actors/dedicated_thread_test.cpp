// dedicated_thread_test.cpp: an actor with a thread of its own has the same one for all its life,
// and takes it along when it ends.
#include "actors/dedicated_thread.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "live_core.hpp"
#include "support/own_threads.hpp"

namespace moonwright::actors {
namespace {

using tests::count_threads;
using tests::eventually;

constexpr const char* kOwn = "moonwright.own";

class DedicatedThreads : public LiveCore {
 protected:
  DedicatedThreads() {
    const auto thread_id = [](Call&) -> Result<Values> {
      return Values{std::to_string(std::hash<std::thread::id>{}(std::this_thread::get_id()))};
    };
    EXPECT_TRUE(core_->host_modules().expose("thread.id", thread_id).has_value());
  }

  ActorRef spawn_dedicated(const char* source, Values args = {}) {
    SpawnOptions options;
    options.thread = ThreadKind::dedicated;
    options.sandbox = Sandbox::none;
    options.args = std::move(args);
    return spawn(source, std::move(options));
  }
  // A new thread has its name a moment after it has begun.
  bool threads_are(std::size_t count) {
    return eventually([count] { return count_threads(kOwn) == count; });
  }
  bool no_thread_is_left() { return threads_are(0); }
};

constexpr const char* kServer = R"(
  local actor, thread = require "actor", require "thread"
  local of_chunk = thread.id()
  local of_timer
  actor.after(0, function() of_timer = thread.id() end)
  return {
    plain = function() return thread.id() end,
    awaiting = function() actor.sleep(0.0001) return thread.id() end,
    asking = function(other) other:call("plain") return thread.id() end,
    of_chunk = function() return of_chunk end,
    of_timer = function() return of_timer end,
  }
)";

TEST_F(DedicatedThreads, NeverChange) {
  const ActorRef first = spawn_dedicated(kServer);
  const ActorRef second = spawn_dedicated(kServer);
  EXPECT_TRUE(threads_are(2));
  const Values of_first = ask(first, "of_chunk").value();
  const Values of_second = ask(second, "of_chunk").value();
  EXPECT_NE(of_first, of_second);
  for (int i = 0; i < 2'000; ++i) {
    ASSERT_EQ(ask(first, "plain").value(), of_first);
    ASSERT_EQ(ask(second, "plain").value(), of_second);
    if (i % 20 != 0) continue;
    ASSERT_EQ(ask(first, "awaiting").value(), of_first);
    ASSERT_EQ(ask(first, "asking", {second}).value(), of_first);
  }
  EXPECT_EQ(ask(first, "of_timer").value(), of_first);
}

TEST_F(DedicatedThreads, EndWithTheirActorsThoughReferencesAreHeld) {
  std::vector<ActorRef> held;
  for (const char* how : {"return nil", "error 'no'", "require('actor').exit('x')", "return {}",
                          "return { on_stop = function() end }", "return {}"}) {
    held.push_back(spawn_dedicated(how));
  }
  tell(held[3], MessageKind::kill);
  tell(held[4], MessageKind::stop);
  tell(held[5], MessageKind::stop);
  // A stop without deadline in the message counts as one that is over, or is carried out before.
  EXPECT_TRUE(all_ended());
  EXPECT_TRUE(no_thread_is_left());
  for (const ActorRef& ref : held) EXPECT_EQ(ref, ActorRef(ref));
}

TEST_F(DedicatedThreads, EndWithTheRuntime) {
  std::vector<ActorRef> held;
  held.reserve(50);
  for (int i = 0; i < 50; ++i) held.push_back(spawn_dedicated("return {}"));
  EXPECT_TRUE(threads_are(50));
  const StopReport report = stop();
  EXPECT_EQ(report.stopped, 50u);
  EXPECT_EQ(report.killed, 0u);
  core_.reset();
  EXPECT_EQ(count_threads("moonwright."), 0u);
}

TEST_F(DedicatedThreads, ComeAndGoByTheHundred) {
  for (int i = 0; i < 300; ++i) {
    const ActorRef actor = spawn_dedicated("return { now = function() return 1 end }");
    ASSERT_TRUE(ask(actor, "now").has_value());
    tell(actor, MessageKind::kill);
  }
  EXPECT_TRUE(all_ended());
  EXPECT_TRUE(no_thread_is_left());
}

TEST_F(DedicatedThreads, LeaveTheWorkersToOthersWhileTheyBlock) {
  std::atomic<bool> release{false};
  std::atomic<int> inside{0};
  const auto block = [&](Call&) -> Result<Values> {
    ++inside;
    static_cast<void>(eventually([&] { return release.load(); }));
    return Values{};
  };
  ASSERT_TRUE(core_->host_modules().expose("slow.block", block).has_value());
  for (int i = 0; i < 4; ++i) static_cast<void>(spawn_dedicated("require('slow').block()"));
  EXPECT_TRUE(eventually([&] { return inside == 4; }));
  const ActorRef echo = spawn("return { echo = function(...) return ... end }");
  for (int i = 0; i < 100; ++i) ASSERT_EQ(ask(echo, "echo", {i}).value(), Values(1, Value(i)));
  release = true;
  EXPECT_TRUE(no_thread_is_left());
}

TEST_F(DedicatedThreads, TalkToEachOtherAndToTheRest) {
  const ActorRef counter = spawn(R"(
    local sum = 0
    return { add = function(n) sum = sum + n end, sum = function() return sum end }
  )");
  std::vector<ActorRef> adders;
  adders.reserve(4);
  for (int i = 0; i < 4; ++i) {
    adders.push_back(spawn_dedicated(
        "local counter = ... for i = 1, 1000 do counter:call('add', 1) end", {counter}));
  }
  EXPECT_TRUE(eventually([&] { return core_->live().count() == 1; }));
  EXPECT_EQ(ask(counter, "sum").value(), Values(1, Value(4'000)));
}

TEST_F(DedicatedThreads, AreForTrustedActorsOnly) {
  SpawnOptions options;
  options.script = Script::text("return {}");
  options.thread = ThreadKind::dedicated;
  options.sandbox = Sandbox::restricted;
  EXPECT_EQ(core_->spawn(options).error().code, ErrorCode::denied);
  EXPECT_EQ(count_threads(kOwn), 0u);
}

TEST_F(DedicatedThreads, ThatCouldNotBeginAreNotLeftBehind) {
  SpawnOptions options;
  options.name = "taken";
  options.thread = ThreadKind::dedicated;
  options.sandbox = Sandbox::none;
  const ActorRef first = spawn("return {}", options);
  options.script = Script::text("return {}");
  EXPECT_EQ(core_->spawn(options).error().code, ErrorCode::already_exists);
  EXPECT_TRUE(threads_are(1));
}

// Actors that are started while the runtime stops, from another thread and with threads of their
// own, either run to their end or are refused; nobody hangs.
TEST(DedicatedThread, MayBeStartedWhileTheRuntimeStops) {
  for (int round = 0; round < 100; ++round) {
    RuntimeOptions options;
    options.workers = 2;
    auto core = Core::start(std::move(options));
    ASSERT_TRUE(core.has_value());
    std::atomic<int> started{0};
    std::thread spawning([&] {
      for (int i = 0;; ++i) {
        SpawnOptions spawn;
        spawn.script = Script::text("return {}");
        spawn.sandbox = Sandbox::none;
        spawn.thread = i % 2 == 0 ? ThreadKind::dedicated : ThreadKind::shared;
        const auto ref = (*core)->spawn(std::move(spawn));
        if (!ref) {
          EXPECT_EQ(ref.error().code, ErrorCode::stopped);
          return;
        }
        ++started;
      }
    });
    EXPECT_TRUE(eventually([&] { return started > round % 5; }));
    static_cast<void>((*core)->stop(round % 2 == 0 ? tests::kPatience : std::chrono::seconds(0)));
    // On a busy machine that may be later than stop() waits for those it has killed.
    ASSERT_TRUE(eventually([&] { return (*core)->live().count() == 0; }));
    spawning.join();
    core->reset();
    ASSERT_EQ(count_threads("moonwright."), 0u);
  }
}

}  // namespace
}  // namespace moonwright::actors
