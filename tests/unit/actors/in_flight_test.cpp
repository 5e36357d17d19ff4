// in_flight_test.cpp: an actor starts only so many handlers; the rest of its messages wait.
#include <gtest/gtest.h>

#include <chrono>

#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

constexpr const char* kServer = R"(
  local actor = require "actor"
  local gate, ticks, started = ..., 0, 0
  actor.every(1, function() ticks = ticks + 1 gate:send("ticks", ticks) end)
  return {
    wait = function() started = started + 1 gate:call("pass") return started end,
    ping = function() return "pong", started end,
  }
)";
constexpr const char* kGate = R"(
  local actor, promises, ticks = require "actor", {}, 0
  local gate = {}
  function gate.pass() promises[#promises + 1] = actor.defer() end
  function gate.open(n) for _ = 1, n do table.remove(promises, 1):reply() end end
  function gate.waiting() return #promises end
  function gate.ticks(n) ticks = n or ticks return ticks end
  return gate
)";

class InFlight : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kMost = 1'000;  // the default

  std::size_t waiting_in_mailbox() { return ScriptActor::of(server_).mailbox().depth(); }
  std::int64_t ask_gate(const char* what, Values args = {}) {
    const auto answer = sim_.ask(gate_, what, std::move(args));
    return answer && !answer->empty() ? (*answer)[0].as_integer() : -1;
  }

  Answers answers_;
  SimCore sim_;
  ActorRef gate_ = sim_.spawn(kGate);
  ActorRef server_ = [this] {
    SpawnOptions options;
    options.args.emplace_back(gate_);
    return sim_.spawn(kServer, options);
  }();
};

TEST_F(InFlight, LeavesFurtherMessagesInTheMailbox) {
  for (std::uint64_t i = 1; i <= kMost + 500; ++i) {
    ASSERT_EQ(sim_.request(answers_, i, server_, "wait"), Posted::ok);
  }
  ASSERT_EQ(sim_.request(answers_, 9'999, server_, "ping"), Posted::ok);
  sim_.run();
  EXPECT_EQ(ask_gate("waiting"), static_cast<std::int64_t>(kMost));
  EXPECT_GE(waiting_in_mailbox(), 501u);
  EXPECT_TRUE(answers_.to(9'999).empty());

  // Timers go on, and so do replies: each makes room for one message more.
  sim_.advance(std::chrono::seconds(3));
  EXPECT_EQ(ask_gate("ticks"), 3);
  sim_.send(gate_, "open", {10});
  sim_.run();
  for (std::uint64_t i = 1; i <= 10; ++i) ASSERT_EQ(answers_.to(i).size(), 1u) << i;
  EXPECT_TRUE(answers_.to(11).empty());
  EXPECT_EQ(ask_gate("waiting"), static_cast<std::int64_t>(kMost));

  sim_.send(gate_, "open", {kMost});
  sim_.run();
  EXPECT_EQ(answers_.to(9'999).size(), 1u);
  sim_.send(gate_, "open", {490});
  sim_.run();
  for (std::uint64_t i = 1; i <= kMost + 500; ++i) ASSERT_EQ(answers_.to(i).size(), 1u) << i;
  EXPECT_EQ(waiting_in_mailbox(), 0u);
}

TEST_F(InFlight, LetsStopAndKillThroughAllTheSame) {
  for (std::uint64_t i = 1; i <= kMost + 10; ++i) {
    ASSERT_EQ(sim_.request(answers_, i, server_, "wait"), Posted::ok);
  }
  sim_.run();
  sim_.stop(server_, std::chrono::seconds(1));
  sim_.run();
  EXPECT_EQ(sim_.request(answers_, 2'000, server_, "ping"), Posted::stopped);
  sim_.kill(server_);
  sim_.run();
  EXPECT_TRUE(sim_.ended(server_));
  for (std::uint64_t i = 1; i <= kMost + 10; ++i) ASSERT_EQ(answers_.to(i).size(), 1u) << i;
}

}  // namespace
}  // namespace moonwright::actors
