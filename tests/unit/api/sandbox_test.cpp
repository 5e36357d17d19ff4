// sandbox_test.cpp: what actors are given, and that they cannot give more.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include "api_support.hpp"
#include "support/temp_folder.hpp"

namespace moonwright {
namespace {

using testing::HasSubstr;
using tests::TempFolder;

/// Runs what it is sent, as a chunk, and returns what that returns. It spawns its like.
constexpr const char* kRunner = R"(
  local actor = require "actor"
  local source = ...
  return {
    run = function(code, ...) return assert(load(code))(...) end,
    spawn = function(options)
      options.source, options.args = source, { source }
      local ok, result = pcall(actor.spawn, options)
      if ok then return result end
      return nil, result.code, result.message
    end,
  })";

class SandboxTest : public ::testing::Test {
 protected:
  SandboxTest() : runtime_(start()) {
    const auto seven = [](Call&) -> Result<Values> { return Values{7}; };
    EXPECT_TRUE(runtime_.expose("db.get", seven));
    EXPECT_TRUE(runtime_.expose("web.get", seven));
    folder_.write("data/a.txt", "alpha");
    folder_.write("data/inner/b.txt", "beta");
    folder_.write("secret.txt", "secret");
  }

  Runtime start() {
    RuntimeOptions options;
    options.script_root = folder_.path();
    return start_runtime(std::move(options));
  }

  Result<ActorRef> spawn(SandboxOptions sandbox) {
    SpawnOptions options;
    options.script = Script::text(kRunner, "runner");
    options.args = {kRunner};
    options.sandbox = std::move(sandbox);
    return runtime_.spawn(std::move(options));
  }
  ActorRef runner(SandboxOptions sandbox) {
    auto actor = spawn(std::move(sandbox));
    if (actor) return *actor;
    ADD_FAILURE() << actor.error().message;
    return {};
  }
  /// The first result, or the error's code and text.
  std::string run(const ActorRef& actor, const char* code) {
    const auto result = ask(runtime_, actor, "run", {code});
    if (!result) return std::string(to_string(result.error().code)) + ": " + result.error().message;
    if (result->empty()) return "nothing";
    const Value& value = result->front();
    if (value.is_string()) return std::string(value.as_string());
    if (value.is_integer()) return std::to_string(value.as_integer());
    return value.is_boolean() ? (value.as_boolean() ? "true" : "false") : "nil";
  }
  /// The code with which `parent` fails to spawn with these options; "" if it does not.
  std::string refusal(const ActorRef& parent, Table options) {
    const auto result = ask(runtime_, parent, "spawn", {std::move(options)});
    if (!result) return result.error().message;
    return result->size() < 2 ? "" : std::string((*result)[1].as_string());
  }
  ActorRef child(const ActorRef& parent, Table options = {}) {
    const auto result = ask(runtime_, parent, "spawn", {std::move(options)});
    if (result && !result->empty() && result->front().is_ref()) return result->front().as_ref();
    ADD_FAILURE() << (result ? std::string(result->back().as_string()) : result.error().message);
    return {};
  }

  TempFolder folder_;
  Runtime runtime_;
};

Capabilities reading(std::vector<std::string> paths) {
  return Capabilities{.fs = {.read = std::move(paths)}};
}

SandboxOptions libraries(std::vector<std::string> names) {
  SandboxOptions sandbox;
  sandbox.libraries = std::move(names);
  return sandbox;
}

TEST_F(SandboxTest, HasNoModuleOfTheHostUnlessItIsGranted) {
  const ActorRef without = runner({});
  EXPECT_THAT(run(without, "return require('db').get()"),
              HasSubstr("denied: module 'db' is a capability that this actor was not given"));
  const ActorRef with = runner(Capabilities{.modules = {"db"}});
  EXPECT_EQ(run(with, "return require('db').get()"), "7");
  EXPECT_THAT(run(with, "return require('web').get()"), HasSubstr("denied"));
}

TEST_F(SandboxTest, AtLevelNoneHasEverything) {
  const ActorRef trusted = runner(Sandbox::none);
  EXPECT_EQ(run(trusted, "return require('db').get() + require('web').get()"), "14");
  EXPECT_EQ(run(trusted, "return require('fs').read('secret.txt')"), "secret");
}

TEST_F(SandboxTest, KeepsTheModuleAsItWasWhenTheActorWasSpawned) {
  const ActorRef actor = runner(Capabilities{.modules = {"db"}});
  ASSERT_TRUE(runtime_.expose("db.later", [](Call&) -> Result<Values> { return Values{}; }));
  EXPECT_EQ(run(actor, "return type(require('db').later)"), "nil");
}

TEST_F(SandboxTest, RefusesCapabilitiesThatDoNotExist) {
  for (const char* name : {"net", "dB", "", "fs.read"}) {
    const auto refused = spawn(Capabilities{.modules = {name}});
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::not_found);
    EXPECT_THAT(refused.error().message, HasSubstr("there is fs, db, web"));
  }
  EXPECT_EQ(code_of(spawn(reading({"nowhere"}))), ErrorCode::not_found);
}

TEST_F(SandboxTest, ChildrenHaveAtMostWhatTheirSpawnerHas) {
  SandboxOptions sandbox = Capabilities{.fs = {.read = {"data"}}, .modules = {"db"}};
  const ActorRef parent = runner(sandbox);
  const auto with = [](Value capabilities) {
    return Table{{"sandbox", Table{{"capabilities", std::move(capabilities)}}}};
  };
  const auto paths = [](const char* path) {
    return Table{{"fs", Table{{"read", Table::list({path})}}}};
  };
  EXPECT_EQ(run(child(parent, with(Table{{"db", true}})), "return require('db').get()"), "7");
  EXPECT_EQ(refusal(parent, with(Table{{"web", true}})), "denied");
  EXPECT_EQ(refusal(parent, with(Table{{"net", true}})), "not_found");
  EXPECT_EQ(refusal(parent, with(Table{{"net", false}})), "");
  EXPECT_EQ(run(child(parent, with(paths("data/inner"))),
                "return require('fs').read('data/inner/b.txt')"),
            "beta");
  EXPECT_EQ(refusal(parent, with(paths("."))), "denied");
  EXPECT_EQ(refusal(parent, with(paths("data/.."))), "denied");
  EXPECT_EQ(refusal(parent, with(paths("/"))), "denied");
  EXPECT_EQ(refusal(parent, with(Table{{"fs", Table{{"write", Table::list({"data"})}}}})),
            "denied");
  EXPECT_THAT(run(child(parent), "return require('db').get()"), HasSubstr("denied"))
      << "what is not granted again is not inherited";
}

TEST_F(SandboxTest, GrandchildrenHaveNoMoreThanTheirGrandparents) {
  const ActorRef parent = runner(Capabilities{.modules = {"db"}});
  const ActorRef middle = child(parent);
  EXPECT_EQ(refusal(middle, Table{{"sandbox", Table{{"capabilities", Table{{"db", true}}}}}}),
            "denied");
}

TEST_F(SandboxTest, LeavesPrintAloneWithoutLibraries) {
  std::mutex mutex;
  std::string printed;
  RuntimeOptions options;
  options.output = [&](std::string_view, std::string_view text) {
    const std::lock_guard lock(mutex);
    printed += text;
  };
  Runtime runtime = start_runtime(std::move(options));
  ExecuteOptions execute;
  execute.sandbox = libraries({});
  execute.capture = false;
  const auto result = runtime
                          .execute(Script::text("print(_G, pcall, require, string, math, load) "
                                                "print(#'abc', 'a' .. 1) return ('x').rep"),
                                   std::move(execute))
                          .get();
  ASSERT_FALSE(result.success);
  EXPECT_THAT(result.error->message, HasSubstr("attempt to index a string value"));
  const std::lock_guard lock(mutex);
  EXPECT_EQ(printed, "nil\tnil\tnil\tnil\tnil\tnil\n3\ta1\n");
}

TEST_F(SandboxTest, HasTheLibrariesOnTheList) {
  const ActorRef actor = runner(libraries({"base", "require", "math"}));
  EXPECT_EQ(run(actor, "return type(math.pi) .. type(pcall)"), "numberfunction");
  EXPECT_EQ(run(actor, "return type(string) == 'nil' and type(table) == 'nil'"), "true");
  EXPECT_EQ(run(actor, "return (pcall(require, 'string'))"), "false");
  EXPECT_EQ(refusal(actor, Table{{"sandbox", Table{{"libraries", Table::list({"table"})}}}}),
            "denied");
  EXPECT_EQ(run(child(actor), "return type(table)"), "nil") << "by default no more than its own";
}

TEST_F(SandboxTest, RefusesLibrariesThatThereAreNot) {
  const auto unknown = spawn(libraries({"maths"}));
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(unknown.error().message, HasSubstr("there is no library 'maths': there are print, "));
  const auto trusted = spawn(libraries({"io"}));
  ASSERT_FALSE(trusted.has_value());
  EXPECT_EQ(trusted.error().message,
            "library 'io' is not for sandbox level restricted, but for none");
}

TEST_F(SandboxTest, ComesFromTheDefaultFieldByField) {
  RuntimeOptions options;
  options.default_sandbox.level = Sandbox::strict;
  options.default_sandbox.libraries = {"base", "require", "string", "io"};
  Runtime runtime = start_runtime(std::move(options));
  const auto names = [&runtime](SandboxOptions sandbox) {
    ExecuteOptions execute;
    execute.sandbox = std::move(sandbox);
    const auto result =
        runtime
            .execute(Script::text("return type(load) .. type(io) .. type(math) .. type(string)"),
                     std::move(execute))
            .get();
    return result.success ? std::string(result.values[0].as_string()) : result.error->message;
  };
  EXPECT_EQ(names({}), "nilnilniltable");
  EXPECT_EQ(names(Sandbox::restricted), "functionnilniltable");
  EXPECT_EQ(names(Sandbox::none), "functiontableniltable");
}

TEST_F(SandboxTest, RefusesADefaultWithALibraryThatThereIsNot) {
  RuntimeOptions options;
  options.default_sandbox.libraries = {"sting"};
  const auto refused = Runtime::start(std::move(options));
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("default_sandbox: there is no library 'sting'"));
}

TEST_F(SandboxTest, ReadsAndWritesBelowItsFolders) {
  SandboxOptions sandbox = Capabilities{.fs = {.read = {"data"}, .write = {"data"}}};
  const ActorRef actor = runner(std::move(sandbox));
  EXPECT_EQ(run(actor, "return require('fs').read('data/a.txt')"), "alpha");
  EXPECT_EQ(run(actor, "return require('fs').read('data/a.txt', 1, 3)"), "lph");
  EXPECT_EQ(run(actor, "return require('fs').read('data/a.txt', 99)"), "");
  EXPECT_EQ(run(actor, "return require('fs').write('data/new.txt', 'one')"), "3");
  EXPECT_EQ(run(actor, "return require('fs').append('data/new.txt', 'two')"), "3");
  EXPECT_EQ(run(actor, "return require('fs').read('data/inner/../new.txt')"), "onetwo");
  EXPECT_EQ(run(actor, "return table.concat(require('fs').list('data'), ' ')"),
            "a.txt inner new.txt");
  EXPECT_EQ(run(actor, "local s = require('fs').stat('data/new.txt') return s.kind .. s.size"),
            "file6");
  EXPECT_EQ(run(actor, "return require('fs').stat('data/none')"), "nil");
  EXPECT_EQ(run(actor, "return require('fs').remove('data/new.txt')"), "true");
  EXPECT_THAT(run(actor, "return require('fs').read('data/new.txt')"), HasSubstr("not_found"));
  EXPECT_THAT(run(actor, "return require('fs').read('data')"), HasSubstr("no regular file"));
  EXPECT_THAT(run(actor, "return require('fs').read()"), HasSubstr("invalid_argument"));
  EXPECT_THAT(run(actor, "return require('fs').write('data/x')"), HasSubstr("invalid_argument"));
}

TEST_F(SandboxTest, ReadingDoesNotIncludeWritingNorWritingReading) {
  const ActorRef reader = runner(reading({"data"}));
  EXPECT_THAT(run(reader, "return require('fs').write('data/a.txt', '')"),
              HasSubstr("not granted for writing"));
  EXPECT_THAT(run(reader, "return require('fs').remove('data/a.txt')"), HasSubstr("denied"));
  SandboxOptions writing = Capabilities{.fs = {.write = {"data"}}};
  const ActorRef writer = runner(std::move(writing));
  EXPECT_THAT(run(writer, "return require('fs').read('data/a.txt')"),
              HasSubstr("not granted for reading"));
  EXPECT_THAT(run(writer, "return require('fs').list('data')"), HasSubstr("denied"));
}

TEST_F(SandboxTest, NoPathLeadsOutOfAFolder) {
  std::filesystem::create_symlink("../secret.txt", folder_.path() + "/data/link");
  std::filesystem::create_symlink("/etc", folder_.path() + "/data/etc");
  std::filesystem::create_symlink(".", folder_.path() + "/data/self");
  SandboxOptions sandbox = Capabilities{.fs = {.read = {"data"}, .write = {"data"}}};
  const ActorRef actor = runner(std::move(sandbox));
  for (const char* path :
       {"secret.txt", "data/../secret.txt", "data/link", "data/etc/passwd", "/etc/passwd",
        "data/inner/../../secret.txt", "../../../../etc/passwd", "data/self/link",
        "data/self/../../secret.txt", "/proc/self/root/etc/passwd", "database", "data\\0/a.txt"}) {
    for (const char* function : {"read", "list", "append", "remove"}) {
      // Removing a link removes just that.
      if (std::string_view(function) == "remove" && std::string_view(path).ends_with("link"))
        continue;
      const std::string code = std::string("local ok, e = pcall(require('fs').") + function +
                               ", '" + path + "', 'x') return ok and 'ok' or e.code";
      const std::string code_found = run(actor, code.c_str());
      EXPECT_TRUE(code_found == "denied" || code_found == "invalid_argument" ||
                  code_found == "not_found" || code_found == "io")
          << function << " " << path << ": " << code_found;
    }
  }
  std::ifstream secret(folder_.path() + "/secret.txt");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(secret), {}), "secret");
  EXPECT_EQ(run(actor, "return require('fs').read('data/self/a.txt')"), "alpha")
      << "a link that stays inside is followed";
}

TEST_F(SandboxTest, AFileCanBeGrantedAlone) {
  const ActorRef actor = runner(reading({"data/a.txt"}));
  EXPECT_EQ(run(actor, "return require('fs').read('data/a.txt')"), "alpha");
  EXPECT_THAT(run(actor, "return require('fs').read('data/inner/b.txt')"), HasSubstr("denied"));
}

}  // namespace
}  // namespace moonwright
