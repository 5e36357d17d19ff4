// signals_test.cpp: Ctrl-C at bad moments.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSleeps[] = "print('ready') require('actor').sleep(1000)";

/// A program that has said "ready".
class Signals : public ::testing::Test {
 protected:
  ChildProcess& start(const std::string& source, const std::vector<std::string>& options = {}) {
    std::vector<std::string> words{"run"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(folder_.write("main.lua", source));
    child_ = std::make_unique<ChildProcess>(command_line(words));
    const bool json = !options.empty();
    EXPECT_TRUE(json ? child_->wait_for_error("ready\n") : child_->wait_for_output("ready\n"));
    return *child_;
  }

  /// Sends the signal until the process gives in; presses too close to the first do not count.
  static void insist(ChildProcess& child, int number) {
    while (!child.ended()) {
      child.signal(number);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

 private:
  TempFolder folder_;
  std::unique_ptr<ChildProcess> child_;
};

TEST_F(Signals, EndASleepingProgramWithTheirOwnExitCodes) {
  for (const auto& [number, code] : {std::pair{SIGINT, 130}, {SIGTERM, 143}, {SIGHUP, 129}}) {
    ChildProcess& child = start(kSleeps);
    child.signal(number);
    const Finished finished = child.finish();
    EXPECT_EQ(finished.exit_code, code);
    EXPECT_FALSE(finished.by_signal);
    EXPECT_THAT(finished.err, HasSubstr("stopping"));
    EXPECT_THAT(finished.err, Not(HasSubstr("after 5 s")));
  }
}

TEST_F(Signals, LetActorsFinishInOrder) {
  ChildProcess& child = start(
      "local actor = require 'actor'\n"
      "actor.spawn{ source = [[\n"
      "  return { on_stop = function() require('actor').sleep(0.01) print('child done') end }\n"
      "]], wait = true }\n"
      "print('ready')\n"
      "return { on_stop = function() print('first done') end }");
  child.signal(SIGINT);
  const Finished finished = child.finish();
  EXPECT_EQ(finished.exit_code, 130);
  EXPECT_THAT(finished.out, HasSubstr("first done\n"));
  EXPECT_THAT(finished.out, HasSubstr("child done\n"));
}

TEST_F(Signals, EndAProgramInTheMiddleOfAThousandConversations) {
  ChildProcess& child = start(
      "local actor = require 'actor'\n"
      "for i = 1, 100 do\n"
      "  local echo = actor.spawn{ source = 'return { echo = function(...) return ... end }' }\n"
      "  actor.fork(function() while true do echo:call('echo', i) end end)\n"
      "end\n"
      "print('ready')\n"
      "return {}");
  child.signal(SIGINT);
  EXPECT_EQ(child.finish().exit_code, 130);
}

TEST_F(Signals, EndAProgramThatNeverAwaitsWhenItsTimeIsOver) {
  ChildProcess& child = start("print('ready') while true do end");
  child.signal(SIGTERM);
  const Finished finished = child.finish();
  EXPECT_EQ(finished.exit_code, 143);
  EXPECT_FALSE(finished.too_late);
  EXPECT_THAT(finished.err, HasSubstr("after 5 s"));
}

TEST_F(Signals, LeaveAtOnceTheSecondTime) {
  ChildProcess& child = start("print('ready') while true do end");
  insist(child, SIGINT);
  const Finished finished = child.finish();
  EXPECT_EQ(finished.exit_code, 130);
  EXPECT_FALSE(finished.by_signal);
  EXPECT_THAT(finished.err, Not(HasSubstr("after 5 s")));
}

// As `timeout` does, which signals its child and then its own process group.
TEST_F(Signals, CountOnceWhenTheyArriveTwiceInAnInstant) {
  ChildProcess& child = start(
      "print('ready')\n"
      "return { on_stop = function() require('actor').sleep(0.3) print('in order') end }");
  child.signal(SIGTERM);
  EXPECT_TRUE(child.wait_for_error("stopping"));
  child.signal(SIGTERM);
  const Finished finished = child.finish();
  EXPECT_EQ(finished.exit_code, 143);
  EXPECT_THAT(finished.out, HasSubstr("in order\n"));
}

TEST_F(Signals, CanStillEndWhatTheScriptHasStarted) {
  ChildProcess& child = start(
      "local pipe = io.popen('echo $$; exec sleep 1000')\n"
      "local pid = pipe:read('l')\n"
      "os.execute('kill -INT ' .. pid)\n"
      "pipe:close()\n"
      "print('ready')");
  EXPECT_EQ(child.finish().exit_code, 0);
}

TEST_F(Signals, AreReportedAsJsonToo) {
  // What is printed is kept for the object.
  ChildProcess& child = start(
      "print('printed') io.stderr:write('ready\\n') require('actor').sleep(1000)", {"--json"});
  child.signal(SIGINT);
  const Finished finished = child.finish();
  EXPECT_EQ(finished.exit_code, 130);
  const auto object = nlohmann::json::parse(finished.out, nullptr, false);
  EXPECT_EQ(object.at("success"), false);
  EXPECT_EQ(object.at("error").at("code"), "stopped");
  EXPECT_THAT(object.at("error").at("message").get<std::string>(), HasSubstr("SIGINT"));
  EXPECT_EQ(object.at("output"), "printed\n");
  EXPECT_EQ(object.at("reason"), "stopped");
  EXPECT_GT(object.at("memory_peak_bytes"), 0);
}

}  // namespace
}  // namespace moonwright::tests
