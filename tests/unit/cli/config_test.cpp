// config_test.cpp: the file of --config, its mistakes, and who wins.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using ::testing::HasSubstr;

/// Runs `code` with a configuration file of this text; `options` come behind it.
Finished run_with(const std::string& text, const std::string& code,
                  const std::vector<std::string>& options = {}) {
  const TempFolder folder;
  folder.write("c.toml", text);
  std::vector<std::string> words{"exec", "--config", "c.toml"};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {"-e", code});
  return run_command(words, {.folder = folder.path()});
}

/// The same for code that returns something and does not fail.
std::string returned(const std::string& text, const std::string& code,
                     const std::vector<std::string>& options = {}) {
  const Finished finished = run_with(text, code, options);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  return finished.out;
}

constexpr char kMemory[] = "return require('actor').info().memory.limit_bytes";
constexpr char kLevel[] = "return io and 'none' or load and 'restricted' or 'strict'";

/// Whether the actor has this much, to give away.
std::string gives(const std::string& limits) {
  return "return (pcall(require('actor').spawn, { source = '', limits = {" + limits + "} }))";
}

TEST(Config, SetsLimitsForTheFirstActor) {
  constexpr char kFile[] =
      "[defaults]\nmemory = \"2MiB\"\ninstructions = 5_000\ntimeout = \"2s\"\n"
      "cpu_time = \"unlimited\"\n";
  EXPECT_EQ(returned(kFile, kMemory), "2097152\n");
  EXPECT_EQ(returned(kFile, gives("instructions = 5000, timeout = 2")), "true\n");
  EXPECT_EQ(returned(kFile, gives("instructions = 5001")), "false\n");
  EXPECT_EQ(returned(kFile, gives("timeout = 2.001")), "false\n");
  EXPECT_EQ(returned(kFile, gives("cpu_time = 'unlimited'")), "true\n");
  EXPECT_EQ(returned("[defaults]\nmemory = 1048576\n", kMemory), "1048576\n");
}

TEST(Config, SetsLimitsForTheOthers) {
  constexpr char kChild[] = R"(
    local actor = require "actor"
    local child = actor.spawn{ source = [[
      return { memory = function() return require("actor").info().memory.limit_bytes end }
    ]] }
    return child:call("memory"))";
  EXPECT_EQ(returned("[defaults]\nmemory = \"2MiB\"\n", kChild, {"--sandbox", "none"}),
            "2097152\n");
}

TEST(Config, HasProfilesOfItsOwn) {
  constexpr char kFile[] = R"(
    [defaults]
    timeout = "4s"
    [profiles.small]
    memory = "2MiB"
    sandbox = "strict"
    [profiles."with a blank"]
    memory = "3MiB"
    [profiles.strict]
    memory = "4MiB"
  )";
  EXPECT_EQ(returned(kFile, kMemory, {"--profile", "small"}), "2097152\n");
  EXPECT_EQ(returned(kFile, kLevel, {"--profile", "small"}), "strict\n");
  EXPECT_EQ(returned(kFile, gives("timeout = 4.1"), {"--profile", "small"}), "false\n")
      << "a new profile begins with the defaults";
  EXPECT_EQ(returned(kFile, kMemory, {"--profile", "with a blank"}), "3145728\n");
  EXPECT_EQ(returned(kFile, kLevel, {"--profile", "with a blank"}), "restricted\n");
  EXPECT_EQ(returned(kFile, kMemory, {"--profile", "strict"}), "4194304\n");
  EXPECT_EQ(returned(kFile, gives("timeout = 5"), {"--profile", "strict"}), "true\n")
      << "a built-in profile keeps what is not overridden";
  EXPECT_EQ(returned(kFile, kLevel, {"--profile", "strict"}), "strict\n");
  EXPECT_EQ(returned(kFile, kMemory, {"--profile", "relaxed"}), "209715200\n");
  const Finished unknown = run_with(kFile, kMemory, {"--profile", "lax"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_EQ(unknown.err,
            "moonwright: no profile 'lax': there are strict, normal, relaxed, small, "
            "with a blank\n");
}

TEST(Config, HasProfilesThatScriptsCanName) {
  constexpr char kSpawn[] = R"(
    local actor = require "actor"
    local child = actor.spawn{ profile = "small", source = [[
      return { memory = function() return require("actor").info().memory.limit_bytes end }
    ]] }
    return child:call("memory"), (pcall(actor.spawn, { source = "", profile = "lax" })))";
  EXPECT_EQ(returned("[profiles.small]\nmemory = \"2MiB\"\n", kSpawn), "2097152\nfalse\n");
}

TEST(Config, SetsTheRuntime) {
  EXPECT_EQ(returned("[runtime]\nworkers = 1\nslice = \"500us\"\nbudget = \"1GiB\"\n"
                     "preemption = \"count_hook\"\npreemption_signal = 40\n"
                     "call_timeout = \"3s\"\n",
                     "return 1"),
            "1\n");
  EXPECT_EQ(returned("[runtime]\npreemption = \"count_hook\"\nslice = \"0s\"\n", "return 1"),
            "1\n");
  constexpr char kNoAnswer[] = R"(
    local actor = require "actor"
    local silent = actor.spawn{ source = "local a = require 'actor' return { ask = a.defer }" }
    local ok, err = pcall(silent.call, silent, "ask")
    return err.code)";
  EXPECT_EQ(returned("[runtime]\ncall_timeout = \"10ms\"\n", kNoAnswer), "timeout\n");
}

TEST(Config, SetsTheLevelOfAllActors) {
  EXPECT_EQ(returned("[runtime]\nsandbox = \"strict\"\n", kLevel), "strict\n");
  EXPECT_EQ(returned("[defaults]\nsandbox = \"strict\"\n", kLevel), "strict\n");
  EXPECT_EQ(returned("[runtime]\nsandbox = \"none\"\nenable_debug = true\n", kLevel), "none\n");
  EXPECT_EQ(returned("[defaults]\nsandbox = \"none\"\n[runtime]\nenable_debug = true\n", kLevel),
            "none\n");
  constexpr char kChild[] = R"(
    local child = require("actor").spawn{
      source = "return { level = function() return load and 'restricted' or 'strict' end }" }
    return child:call("level"))";
  EXPECT_EQ(returned("[runtime]\nsandbox = \"strict\"\n", kChild, {"--sandbox", "none"}),
            "strict\n");
}

TEST(Config, IsBeatenByTheCommandLine) {
  constexpr char kFile[] =
      "[runtime]\nsandbox = \"strict\"\n"
      "[defaults]\nmemory = \"2MiB\"\ninstructions = 5000\n"
      "[profiles.mine]\nmemory = \"3MiB\"\nsandbox = \"strict\"\n";
  EXPECT_EQ(returned(kFile, kMemory, {"--memory", "4MiB"}), "4194304\n");
  EXPECT_EQ(returned(kFile, gives("instructions = 5000"), {"--memory", "4MiB"}), "true\n");
  EXPECT_EQ(returned(kFile, gives("instructions = 5001"), {"--memory", "4MiB"}), "false\n");
  EXPECT_EQ(returned(kFile, kMemory, {"--profile", "mine"}), "3145728\n");
  EXPECT_EQ(returned(kFile, kMemory, {"--profile", "mine", "--memory", "4MiB"}), "4194304\n");
  EXPECT_EQ(returned(kFile, kLevel, {"--sandbox", "restricted"}), "restricted\n");
  EXPECT_EQ(returned(kFile, kLevel, {"--profile", "normal"}), "restricted\n");
  EXPECT_EQ(returned(kFile, kLevel, {"--profile", "mine", "--sandbox", "none"}), "none\n");
}

TEST(Config, CanAskForAMemoryProfile) {
  constexpr char kGarbage[] = "for i = 1, 1000 do local t = {} end";
  const auto collections = [&](const std::string& file, const std::vector<std::string>& options) {
    std::vector<std::string> words{"--json"};
    words.insert(words.end(), options.begin(), options.end());
    const std::string out = returned(file, kGarbage, words);
    const std::size_t at = out.find("\"collections\":");
    return at == std::string::npos ? '?' : out.at(at + 14);
  };
  EXPECT_EQ(collections("", {}), '0');
  EXPECT_EQ(collections("[defaults]\nprofile_memory = true\n", {}), '1');
  EXPECT_EQ(collections("[profiles.p]\nprofile_memory = true\n", {"--profile", "p"}), '1');
}

TEST(Config, SaysWhatIsWrongAndWhere) {
  struct Case {
    const char* text;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"[defaults]\nmemry = 1\n", "c.toml:2: [defaults] has no key 'memry'; it has memory, "},
      {"\n\n[runtime]\n\nworker = 1\n",
       "c.toml:5: [runtime] has no key 'worker'; it has workers, "},
      {"[profiles.x]\nfoo = 1\n", "c.toml:2: [profiles.x] has no key 'foo'; it has memory, "},
      {"[defaults]\ncollector = { puse = 1 }\n",
       "c.toml:2: [defaults.collector] has no key 'puse'"},
      {"[runtim]\n", "c.toml:1: there is no table [runtim]; there are runtime, defaults, profiles"},
      {"memory = 1\n", "c.toml:1: there is no table [memory]"},
      {"runtime = 1\n", "c.toml:1: runtime is an integer, expected a table"},
      {"[profiles]\nx = 1\n", "c.toml:2: profiles.x is an integer, expected a table"},
      {"[defaults]\ncollector = 5\n",
       "c.toml:2: defaults.collector is an integer, expected a table"},
      {"[defaults]\nmemory = 1.5\n", "c.toml:2: memory is a float, expected a size such as"},
      {"[defaults]\nmemory = \"8XB\"\n", "c.toml:2: memory: \"8XB\" is no size"},
      {"[defaults]\nmemory = -1\n", "c.toml:2: memory is negative"},
      {"[defaults]\ninstructions = \"many\"\n",
       "c.toml:2: instructions is text, expected an integer"},
      {"[defaults]\ntimeout = 5\n",
       "c.toml:2: timeout is an integer, expected a time with its unit"},
      {"[defaults]\ntimeout = \"5\"\n", "c.toml:2: timeout: \"5\" is no time"},
      {"[defaults]\ncpu_time = \"5MiB\"\n", "c.toml:2: cpu_time: \"5MiB\" is no time"},
      {"[defaults]\ntimeout = 12:00:00\n", "c.toml:2: timeout is a date or a time of day"},
      {"[defaults]\nwarning_threshold = \"0.5\"\n",
       "c.toml:2: warning_threshold is text, expected a"},
      {"[defaults]\nprofile_memory = 1\n", "c.toml:2: profile_memory is an integer, expected true"},
      {"[defaults]\nmemory_class = \"tiny\"\n",
       "c.toml:2: memory_class: no memory class \"tiny\": "},
      {"[runtime]\npreemption = \"x\"\n", "c.toml:2: preemption: no kind of preemption \"x\": "},
      {"[runtime]\nworkers = 99999999999\n", "c.toml:2: workers is too large"},
      // Ranges are those of the library, which says what they are.
      {"[runtime]\n\nworkers = 2000\n", "c.toml:3: workers is more than 1,024"},
      {"[defaults]\nmemory = 1\nmemory_class = \"minimal\"\ninstructions = 0\n",
       "c.toml:4: limits.instructions_max is 0"},
      {"[defaults]\nwarning_threshold = 2\n",
       "c.toml:2: limits.warning_threshold is not a fraction"},
      {"[profiles.a]\n[profiles.b]\ncollector.minor = 200\n",
       "c.toml:3: limits.collector.minor_percent is not in 1..100"},
      {"[runtime]\nslice = \"0s\"\n",
       "c.toml:2: slice is 0, which is for preemption by count_hook"},
      {"[runtime]\nenable_debug = true\n", "c.toml:2: enable_debug needs default_sandbox none: "},
      {"[runtime]\npreemption = \"signal\"\npreemption_signal = 9\n",
       "c.toml:3: preemption_signal "},
      {"[runtime]\nsandbox = \"none\"\n[defaults]\nsandbox = \"none\"\n",
       "c.toml:4: sandbox is in [runtime] already"},
      {"[runtime]\nsandbox = 7\n", "c.toml:2: sandbox is an integer, expected a level or a table"},
      {"[runtime]\nsandbox = { lvl = 1 }\n", "c.toml:2: sandbox has no key 'lvl'; it has level, "},
      {"[runtime]\nsandbox = { level = \"x\" }\n",
       "c.toml:2: sandbox: level: no sandbox level \"x\""},
      {"[runtime]\nsandbox = { libraries = \"x\" }\n", "c.toml:2: sandbox: libraries is text, "},
      {"[runtime]\nsandbox = { libraries = [\"x\"] }\n",
       "c.toml:2: default_sandbox: there is no library 'x': there are print, base, "},
      {"[runtime]\nsandbox = { capabilities = { db = 1 } }\n",
       "c.toml:2: sandbox: capabilities: db is an integer, expected true or false"},
      {"[runtime]\nsandbox = { capabilities = { fs = { reed = [] } } }\n",
       "c.toml:2: sandbox: capabilities: fs has no key 'reed'; it has read, write"},
      {"[runtime]\noutput_rate = 0\n", "c.toml:2: output_rate (output_bytes_per_second) is 0"},
      // Not TOML at all.
      {"[defaults]\nmemory = \n", "c.toml:2: "},
      {"[defaults]\nmemory = 1\nmemory = 2\n", "c.toml:3: "},
  };
  for (const Case& wrong : cases) {
    const Finished finished = run_with(wrong.text, "return 1");
    EXPECT_EQ(finished.exit_code, 2) << wrong.text;
    EXPECT_EQ(finished.out, "");
    EXPECT_EQ(finished.err.find(std::string("moonwright: ") + wrong.message), 0u)
        << wrong.text << finished.err;
    EXPECT_EQ(finished.err.find('\n'), finished.err.size() - 1) << finished.err;
  }
}

TEST(Config, MayGiveASandboxAsATable) {
  EXPECT_EQ(
      returned("[runtime.sandbox]\nlevel = \"restricted\"\nlibraries = [\"base\", \"math\"]\n",
               "return type(math) .. ' ' .. type(string)"),
      "table nil\n");
  EXPECT_EQ(returned("[runtime]\nsandbox = { capabilities = { fs = { read = [\"/\"] } } }\n",
                     "return require('fs').stat('/').kind .. ' ' .. type(io)"),
            "folder nil\n");
  EXPECT_EQ(returned("[profiles.files]\nsandbox = { capabilities = { fs = { read = [\"/\"] } } }\n",
                     "return require('fs').stat('/').kind", {"--profile", "files"}),
            "folder\n");
}

TEST(Config, HasToBeThere) {
  const Finished missing = run_command({"exec", "--config", "no/such.toml", "-e", "return 1"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_EQ(missing.err, "moonwright: no/such.toml: no such file\n");
  const TempFolder folder;
  const Finished is_folder = run_command({"exec", "--config", folder.path(), "-e", "return 1"});
  EXPECT_EQ(is_folder.exit_code, 2);
  EXPECT_THAT(is_folder.err, HasSubstr("it is a directory"));
}

TEST(Config, IsReportedAsJsonToo) {
  const Finished finished = run_with("[defaults]\nmemry = 1\n", "return 1", {"--json"});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_THAT(finished.out, HasSubstr("\"code\":\"invalid_argument\""));
  EXPECT_THAT(finished.out, HasSubstr("c.toml:2:"));
}

// The documentation ------------------------------------------------------------------------------

std::set<std::string> words_of(std::string text) {
  std::replace(text.begin(), text.end(), ',', ' ');
  std::istringstream in(text);
  std::set<std::string> words;
  for (std::string word; in >> word;) words.insert(word);
  return words;
}

/// The keys that the reader has for a table: it lists them when it finds another.
std::set<std::string> keys_of(const std::string& table) {
  const Finished finished = run_with("[" + table + "]\nno_such_key = 1\n", "return 1");
  const std::size_t at = finished.err.find("it has ");
  EXPECT_NE(at, std::string::npos) << finished.err;
  return words_of(finished.err.substr(at + 7));
}

/// Heading -> the first cells of the rows of the table below it, without their backquotes.
std::map<std::string, std::set<std::string>> documented_keys() {
  std::ifstream file(MOONWRIGHT_SOURCE_DIR "/docs/configuration.md");
  std::map<std::string, std::set<std::string>> sections;
  std::string section;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) section = line.substr(3);
    if (!line.starts_with("| `")) continue;
    EXPECT_EQ(std::count(line.begin(), line.end(), '|'), 6) << "key, type, unit, default, meaning";
    sections[section].insert(line.substr(3, line.find('`', 3) - 3));
  }
  return sections;
}

TEST(Config, IsDocumentedKeyByKey) {
  auto documented = documented_keys();
  EXPECT_EQ(documented["[runtime]"], keys_of("runtime"));
  std::set<std::string> limits = keys_of("defaults");
  EXPECT_EQ(keys_of("profiles.any"), limits);
  limits.erase("collector");
  for (const std::string& key : keys_of("defaults.collector")) limits.insert("collector." + key);
  EXPECT_EQ(documented["[defaults] and [profiles.NAME]"], limits);
  std::set<std::string> supervision = keys_of("[supervisors]");
  supervision.merge(keys_of("[supervisors]]\n[[supervisors.children]"));
  EXPECT_EQ(documented["[[supervisors]]"], supervision);
}

TEST(Config, OfTheDocumentationIsRight) {
  std::ifstream file(MOONWRIGHT_SOURCE_DIR "/docs/configuration.md");
  std::ostringstream text;
  text << file.rdbuf();
  const std::size_t begin = text.str().find("```toml\n");
  ASSERT_NE(begin, std::string::npos);
  const std::string example =
      text.str().substr(begin + 8, text.str().find("\n```", begin) - begin - 7);
  EXPECT_EQ(returned(example, "return 1"), "1\n") << example;
  EXPECT_EQ(returned(example, "return 1", {"--profile", "plugin"}), "1\n");
}

}  // namespace
}  // namespace moonwright::tests
