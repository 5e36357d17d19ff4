// driver.cpp: every Lua program of the tests gives the same answers, however often it is taken off
// its worker. Preempt.PROGRAM_MODE; with "--run" this program runs one of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "program.hpp"
#include "support/child_process.hpp"

namespace moonwright::preempt {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> programs() {
  std::vector<std::string> paths;
  for (const char* folder : {"/tests/lua", "/tests/preempt/programs"}) {
    for (const auto& file : fs::directory_iterator(MOONWRIGHT_SOURCE_DIR + std::string(folder))) {
      if (file.path().extension() == ".lua") paths.push_back(file.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// The lines of the output, in no order: which of two actors prints first is anybody's guess.
std::vector<std::string> lines_of(const std::string& output) {
  std::vector<std::string> lines;
  std::istringstream text(output);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

tests::Finished run_child(const std::string& path, std::string_view mode) {
  const std::string self = fs::read_symlink("/proc/self/exe").string();
  return tests::ChildProcess({self, "--run", path, std::string(mode)}).finish();
}

class Preempt : public testing::Test {
 public:
  Preempt(std::string path, std::string_view mode) : path_(std::move(path)), mode_(mode) {}

  void TestBody() override {
    const tests::Finished expected = run_child(path_, modes().front().name);
    ASSERT_EQ(expected.exit_code, 0) << expected.out << expected.err;
    const tests::Finished found = run_child(path_, mode_);
    EXPECT_EQ(found.exit_code, 0) << found.err;
    EXPECT_EQ(lines_of(found.out), lines_of(expected.out));
  }

 private:
  std::string path_;
  std::string_view mode_;
};

void register_all() {
  for (const std::string& path : programs()) {
    for (std::size_t i = 1; i < modes().size(); ++i) {
      const std::string_view mode = modes()[i].name;
      const std::string name = fs::path(path).stem().string() + "_" + std::string(mode);
      testing::RegisterTest("Preempt", name.c_str(), nullptr, nullptr, path.c_str(), 1,
                            [path, mode] { return new Preempt(path, mode); });
    }
  }
}

int run(const std::string& path, std::string_view wanted) {
  for (const Mode& mode : modes()) {
    if (mode.name == wanted) return run_program(path, mode);
  }
  return 2;
}

}  // namespace
}  // namespace moonwright::preempt

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--run") {
    return moonwright::preempt::run(argv[2], argv[3]);
  }
  testing::InitGoogleTest(&argc, argv);
  moonwright::preempt::register_all();
  return RUN_ALL_TESTS();
}
