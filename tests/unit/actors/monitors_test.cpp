// monitors_test.cpp: whoever watches is told once, and leaves nothing behind.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

using Reasons = std::vector<std::string>;

constexpr const char* kIdle = "return { exit = function(why) require('actor').exit(why) end }";

TEST(Monitors, TellHowAnActorEnded) {
  const std::vector<std::pair<std::string, std::function<void(SimCore&, const ActorRef&)>>> ends = {
      {"killed", [](SimCore& sim, const ActorRef& ref) { sim.kill(ref); }},
      {"stopped",
       [](SimCore& sim, const ActorRef& ref) { sim.stop(ref, std::chrono::seconds(1)); }},
      {"bored", [](SimCore& sim, const ActorRef& ref) { sim.send(ref, "exit", {"bored"}); }},
  };
  for (const auto& [reason, end] : ends) {
    Answers watcher;
    SimCore sim;
    const ActorRef actor = sim.spawn(kIdle);
    sim.monitor(watcher, 1, actor);
    sim.run();
    EXPECT_TRUE(watcher.downs().empty());
    end(sim, actor);
    sim.run();
    EXPECT_EQ(watcher.downs(), Reasons{reason});
  }
}

TEST(Monitors, OfADeadActorTellAtOnce) {
  Answers watcher;
  SimCore sim;
  const ActorRef actor = sim.spawn("error 'no'");
  sim.run();
  ASSERT_TRUE(sim.ended(actor));
  sim.monitor(watcher, 1, actor);
  EXPECT_EQ(watcher.downs(), Reasons{"error"});
}

TEST(Monitors, AreCountedByTheirNumber) {
  Answers watcher;
  SimCore sim;
  const ActorRef actor = sim.spawn(kIdle);
  sim.monitor(watcher, 1, actor);
  sim.monitor(watcher, 1, actor);
  sim.monitor(watcher, 2, actor);
  sim.monitor(watcher, 3, actor);
  sim.run();
  EXPECT_EQ(ScriptActor::of(actor).watcher_count(), 3u);
  sim.demonitor(watcher, 3, actor);
  sim.demonitor(watcher, 3, actor);
  sim.run();
  EXPECT_EQ(ScriptActor::of(actor).watcher_count(), 2u);
  sim.kill(actor);
  sim.run();
  EXPECT_EQ(watcher.downs().size(), 2u);
}

// What the framework's own monitors do: each watcher that ends leaves its entry in the list.
TEST(Monitors, OfTenThousandShortLivedWatchersLeaveNothingBehind) {
  SimCore sim;
  const ActorRef service = sim.spawn("return { ping = function() return 'pong' end }");
  SpawnOptions options;
  options.args.emplace_back(service);
  options.sandbox = Sandbox::none;  // may have as many children as it likes
  const ActorRef crowd = sim.spawn(R"(
    local actor, service = require "actor", ...
    local source = [[
      local actor, service, how = require "actor", ...
      local monitor = actor.monitor(service)
      if how == 0 then monitor:cancel() end
      if how == 1 then error "quietly" end
      if how == 2 then actor.exit("done") end
      if how == 3 then actor.kill(actor.self()) actor.sleep(1) end
    ]]
    return {
      start = function(n)
        for i = 1, n do
          actor.spawn{ source = source, args = { service, i % 5 } }
        end
      end,
    }
  )",
                                   options);
  std::size_t most = 0;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(sim.ask(crowd, "start", {100}).has_value());
    most = std::max(most, ScriptActor::of(service).watcher_count());
    sim.run();
    ASSERT_EQ(ScriptActor::of(service).watcher_count(), 0u);
  }
  EXPECT_TRUE(sim.ask(service, "ping").has_value());
  EXPECT_EQ(sim.core().live().count(), 2u) << "nobody but the service and the crowd";
}

TEST(Monitors, ArriveBehindWhatTheirTargetSentBefore) {
  SimCore sim;
  const ActorRef watcher = sim.spawn(R"(
    local actor, seen = require "actor", ""
    return {
      watch = function()
        actor.monitor(actor.spawn{ args = { actor.self() }, source = [[
          local to = ...
          for i = 1, 5 do to:send("note", i) end
        ]] })
      end,
      note = function(n) seen = seen .. n end,
      on_down = function(_, reason) seen = seen .. " " .. reason end,
      seen = function() return seen end,
    }
  )");
  sim.send(watcher, "watch");
  sim.run();
  EXPECT_EQ(sim.ask(watcher, "seen").value(), Values{"12345 normal"});
}

TEST(Monitors, AreNeverRefusedByAFullMailbox) {
  SimCore sim;
  SpawnOptions options;
  options.mailbox = MailboxLimits{1, 1'024};
  const ActorRef watcher = sim.spawn(R"(
    local actor, downs = require "actor", 0
    for i = 1, 50 do actor.monitor(actor.spawn{ source = [[require('actor').sleep(1)]] }) end
    actor.sleep(5)
    return { on_down = function() downs = downs + 1 end, downs = function() return downs end }
  )",
                                     options);
  sim.run();
  ASSERT_EQ(sim.send(watcher, "downs"), Posted::ok);
  ASSERT_EQ(sim.send(watcher, "downs"), Posted::overload);
  sim.advance(std::chrono::seconds(5));
  EXPECT_EQ(sim.ask(watcher, "downs").value(), Values{50});
}

TEST(Names, AreFreeOnceTheirActorHasEnded) {
  SimCore sim;
  SpawnOptions options;
  options.name = "service";
  for (int i = 0; i < 3; ++i) {
    const ActorRef actor = sim.spawn(R"(
      local actor = require "actor"
      actor.register("second")
      actor.register("third")
      return {}
    )",
                                     options);
    sim.run();
    for (const char* name : {"service", "second", "third"}) {
      EXPECT_EQ(sim.core().directory().find(name), actor);
    }
    EXPECT_EQ(sim.core().spawn(options).error().code, ErrorCode::invalid_argument);
    SpawnOptions taken = options;
    taken.script = Script::text("return {}");
    EXPECT_EQ(sim.core().spawn(taken).error().code, ErrorCode::already_exists);
    EXPECT_EQ(sim.core().live().count(), 1u);
    sim.kill(actor);
    sim.run();
    for (const char* name : {"service", "second", "third"}) {
      EXPECT_FALSE(sim.core().directory().find(name)) << name;
    }
  }
}

}  // namespace
}  // namespace moonwright::actors
