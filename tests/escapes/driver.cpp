// driver.cpp: each attack in a child process, in every variation that its first line names.
//
// SUITE.NAME_OUTCOME[_in_chunk][_at_LEVEL]_MODE, the level if it is not `restricted`; with
// "--attempt" this program is such a child.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attempt.hpp"
#include "support/child_process.hpp"
#include "support/preemption.hpp"

namespace moonwright::escapes {
namespace {

namespace fs = std::filesystem;

/// When an attempt counts as escaped. Long, for slow builds on busy machines: how late an attack
/// is ended is what bench/state measures.
constexpr unsigned kAlarmSeconds = 30;

std::string name_of(const Attack& attack, const Variation& variation) {
  std::string name = attack.name + "_" + variation.outcome;
  if (variation.place == Place::chunk) name += "_in_chunk";
  if (variation.level != Sandbox::restricted) {
    name.append("_at_").append(to_string(variation.level));
  }
  return name.append("_").append(to_string(variation.mode));
}

std::vector<Variation> variations_of(const Attack& attack) {
  std::vector<Variation> all;
  for (const std::string& outcome : attack.outcomes) {
    for (const Place place : attack.places) {
      for (const Sandbox level : attack.levels) {
        for (const Preemption mode : tests::kPreemptionModes) {
          all.push_back({outcome, place, level, mode});
        }
      }
    }
  }
  return all;
}

std::vector<std::string> scripts_in(const Folder& folder) {
  std::vector<std::string> paths;
  const fs::path path = fs::path(MOONWRIGHT_SOURCE_DIR "/tests/escapes") / folder.path;
  if (!fs::is_directory(path)) return paths;  // none is open
  for (const auto& file : fs::directory_iterator(path)) {
    if (file.path().extension() == ".lua") paths.push_back(file.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// The child: looks up the variation by its name.
int attempt(const std::string& path, std::string_view wanted) {
  alarm(kAlarmSeconds);
  const auto attack = read_attack(path);
  if (!attack) return 2;
  for (const Variation& variation : variations_of(*attack)) {
    if (name_of(*attack, variation) != wanted) continue;
    const std::string problem = carry_out(*attack, variation);
    std::fprintf(stderr, "%s\n", problem.c_str());
    return problem.empty() ? 0 : 1;
  }
  return 2;
}

class Escape : public testing::Test {
 public:
  Escape(std::string path, std::string name) : path_(std::move(path)), name_(std::move(name)) {}

  void TestBody() override {
    const std::string program = fs::read_symlink("/proc/self/exe").string();
    const tests::Finished end = tests::ChildProcess({program, "--attempt", path_, name_}).finish();
    if (end.out.starts_with("late_ms ")) RecordProperty("late_ms", end.out.substr(8));
    const bool escaped = end.exit_code == 128 + SIGALRM;
    EXPECT_EQ(end.exit_code, 0) << path_ << (escaped ? ": it has escaped\n" : ": ") << end.err;
  }

 private:
  std::string path_;
  std::string name_;
};

TEST(Escapes, EachSaysWhatBecomesOfIt) {
  for (const Folder& folder : kFolders) {
    for (const std::string& path : scripts_in(folder)) {
      const auto attack = read_attack(path);
      EXPECT_TRUE(attack) << attack.error().message;
      const auto compiled = check(Script::file(path));
      EXPECT_TRUE(compiled) << compiled.error().message;
    }
  }
}

void register_all(const Folder& folder) {
  const bool disabled = std::string_view(folder.suite) == "Open";
  for (const std::string& path : scripts_in(folder)) {
    const auto attack = read_attack(path);
    if (!attack) continue;  // the test above says so
    for (const Variation& variation : variations_of(*attack)) {
      const std::string name = name_of(*attack, variation);
      const std::string shown = (disabled ? "DISABLED_" : "") + name;
      testing::RegisterTest(folder.suite, shown.c_str(), nullptr, nullptr, path.c_str(), 1,
                            [path, name] { return new Escape(path, name); });
    }
  }
}

}  // namespace
}  // namespace moonwright::escapes

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--attempt") {
    return moonwright::escapes::attempt(argv[2], argv[3]);
  }
  testing::InitGoogleTest(&argc, argv);
  for (const auto& folder : moonwright::escapes::kFolders) {
    moonwright::escapes::register_all(folder);
  }
  return RUN_ALL_TESTS();
}
