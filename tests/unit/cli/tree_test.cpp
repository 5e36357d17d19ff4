// tree_test.cpp: a program that runs, looked at from outside: its control socket, and SIGQUIT.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A service that crashes once, one that waits for an answer which does not come, and a sleeper.
constexpr const char* kProgram = R"(
  local actor = require "actor"
  local services = actor.supervise{ name = "services", wait = true, children = {
    { id = "counter", name = "counter", source = [[
        local n = 0
        return { boom = function() error "boom" end, add = function() n = n + 1 return n end }
      ]] },
    { id = "gate", name = "gate", source = [[
        local actor = require "actor"
        local kept = {}
        return { pass = function() kept[#kept + 1] = actor.defer() end }
      ]] },
  } }
  pcall(actor.call, "counter", "boom")
  actor.call("counter", "add")
  actor.spawn{ name = "waiter", source = [[
    local actor = require "actor"
    return { wait = function() actor.call("gate", "pass") end }
  ]] }
  actor.send("waiter", "wait")
  actor.fork(function() actor.sleep(3600) end)
  print("ready")
  return {}
)";

class Program {
 public:
  Program()
      : socket(folder_.path() + "/app.sock"),
        child(command_line({"run", "--control-socket", socket, "--log-level", "off",
                            folder_.write("main.lua", kProgram)})) {
    EXPECT_TRUE(child.wait_for_output("ready"));
  }

  Finished ask(std::vector<std::string> words = {}) const {
    words.insert(words.begin(), {"tree", "--socket", socket});
    return run_command(std::move(words));
  }

 private:
  TempFolder folder_;

 public:
  const std::string socket;
  ChildProcess child;
};

int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int number = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (::connect(number, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return number;
  }
  ::close(number);
  return -1;
}

TEST(Tree, ShowsWhoRunsUnderWhomAndTheLastCrash) {
  Program program;
  const Finished shown = program.ask();
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("runtime"), HasSubstr("services"),
                               HasSubstr("supervisor one_for_one"), HasSubstr("counter #"),
                               HasSubstr("running permanent"), HasSubstr("1 restart"),
                               HasSubstr("last crash: "), HasSubstr("boom"), HasSubstr("KiB")));
  EXPECT_THAT(shown.out, HasSubstr("'counter' was restarted"));
}

TEST(Tree, IsOneObjectForOtherPrograms) {
  Program program;
  const Finished shown = program.ask({"--json"});
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  const auto tree = nlohmann::json::parse(shown.out).at("tree");
  EXPECT_EQ(tree.at("kind"), "runtime");
  const auto& first = tree.at("children").at(0);
  EXPECT_EQ(first.at("name"), "main.lua");
  const auto& services = first.at("children").at(0);
  EXPECT_EQ(services.at("kind"), "supervisor");
  EXPECT_EQ(services.at("strategy"), "one_for_one");
  EXPECT_EQ(services.at("children").size(), 2u);
  EXPECT_EQ(services.at("children").at(0).at("child"), "counter");
  EXPECT_EQ(services.at("children").at(0).at("incarnation"), 2);
  EXPECT_EQ(services.at("crashes").at(0).at("message"), "boom");
}

TEST(Tree, SaysWhatEachActorWaitsFor) {
  Program program;
  const Finished shown = program.ask({"--tasks"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out,
              AllOf(HasSubstr("handler 'wait' has waited"), HasSubstr("for the answer of 'gate' #"),
                    HasSubstr("to 'pass'"), HasSubstr("fork has slept")));
}

TEST(Tree, ShowsTheTasksOfOneActorByNameOrNumber) {
  Program program;
  const Finished named = program.ask({"waiter"});
  EXPECT_EQ(named.exit_code, 0) << named.err;
  EXPECT_THAT(named.out, AllOf(HasSubstr("handler 'wait' has waited"), Not(HasSubstr("fork"))));
  const Finished numbered = program.ask({"#999999"});
  EXPECT_EQ(numbered.exit_code, 1);
  EXPECT_THAT(numbered.err, HasSubstr("there is no actor '#999999'"));
}

TEST(Tree, LeavesOthersAloneWithAClientThatSaysNothing) {
  Program program;
  const int silent = connect_to(program.socket);
  ASSERT_GE(silent, 0);
  const int half = connect_to(program.socket);
  ASSERT_GE(half, 0);
  ASSERT_EQ(::send(half, "tr", 2, 0), 2);
  EXPECT_EQ(program.ask().exit_code, 0);
  ::close(silent);
  ::close(half);
}

TEST(Tree, RefusesARequestThatItDoesNotKnow) {
  Program program;
  const int client = connect_to(program.socket);
  ASSERT_GE(client, 0);
  const std::string nonsense(600, 'x');
  ASSERT_EQ(::send(client, nonsense.data(), nonsense.size(), 0), 600);
  char answer[256]{};
  EXPECT_GT(::recv(client, answer, sizeof answer - 1, 0), 0);
  EXPECT_THAT(answer, HasSubstr("too_large"));
  ::close(client);
}

TEST(ControlSocket, IsForItsUserAloneAndGoesWithTheProgram) {
  Program program;
  struct stat found {};
  ASSERT_EQ(::stat(program.socket.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777u, 0600u);
  program.child.signal(SIGTERM);
  EXPECT_EQ(program.child.finish().exit_code, 143);
  EXPECT_NE(::stat(program.socket.c_str(), &found), 0);
}

TEST(ControlSocket, IsNotTakenFromAProgramThatListens) {
  Program program;
  const TempFolder folder;
  const Finished second = run_command(
      {"run", "--control-socket", program.socket, folder.write("main.lua", "print('no')")});
  EXPECT_NE(second.exit_code, 0);
  EXPECT_THAT(second.err, HasSubstr("another program listens there"));
  EXPECT_EQ(program.ask().exit_code, 0);
}

TEST(ControlSocket, TakesThePlaceOfOneThatNobodyListensOn) {
  const TempFolder folder;
  const std::string path = folder.path() + "/app.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(stale, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(stale);
  const std::string script = folder.write("main.lua", "print('done')");
  EXPECT_EQ(run_command({"run", "--control-socket", path, script}).out, "done\n");
  folder.write("file", "data");
  const Finished refused =
      run_command({"run", "--control-socket", folder.path() + "/file", script});
  EXPECT_THAT(refused.err, HasSubstr("no socket"));
  EXPECT_EQ(refused.out, "");
}

TEST(Tree, SaysWhyThereIsNoAnswer) {
  const TempFolder folder;
  const auto err = [](std::vector<std::string> words) {
    words.insert(words.begin(), "tree");
    const Finished finished = run_command(std::move(words));
    EXPECT_NE(finished.exit_code, 0);
    return finished.err;
  };
  EXPECT_THAT(err({"--socket", folder.path() + "/none"}), HasSubstr("there is no socket"));
  EXPECT_THAT(err({"--socket", folder.write("file", "x")}), HasSubstr("nobody listens at"));
  EXPECT_THAT(err({}), HasSubstr("'tree' needs --socket PATH"));
  EXPECT_THAT(err({"--socket", std::string(200, 'x')}), HasSubstr("the path of a socket has"));
}

TEST(Run, PrintsTheTreeAtSigquitAndGoesOn) {
  Program program;
  program.child.signal(SIGQUIT);
  EXPECT_TRUE(program.child.wait_for_error("fork has slept"));
  EXPECT_EQ(program.ask().exit_code, 0);
  program.child.signal(SIGTERM);
  const Finished finished = program.child.finish();
  EXPECT_EQ(finished.exit_code, 143);
  EXPECT_THAT(finished.err, HasSubstr("handler 'wait' has waited"));
}

}  // namespace
}  // namespace moonwright::tests
