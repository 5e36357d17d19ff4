// kill_test.cpp: kill -9, at any moment, of a program that checkpoints continuously.
//
// MOONWRIGHT_KILLS is how often (100, and 25 with sanitizers), MOONWRIGHT_SEED when. How the lines
// of counter.cpp bound what there must be is said there.
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>

#include "support/child_process.hpp"
#include "support/temp_folder.hpp"

namespace moonwright::tests {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kKills = 25;
#else
constexpr std::uint64_t kKills = 100;
#endif

/// The number in the environment variable `name`, or `otherwise`.
std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  if (text == nullptr) return otherwise;
  const std::string_view digits = text;
  std::uint64_t number = otherwise;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

/// What one run of the counter has told before it was killed.
struct Told {
  bool began = false;
  std::uint64_t restored = 0;
  std::uint64_t last_step = 0;  ///< printed, or restored if it came to none
  /// When, by step. What it began with counts from then.
  std::map<std::uint64_t, std::uint64_t> taken;
  std::uint64_t last_at = 0;
  std::string broken;
};

Told read(const std::string& output) {
  Told told;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string what;
    std::uint64_t number = 0;
    std::uint64_t at = 0;
    words >> what >> number >> at;
    if (what == "restored") {
      told.began = true;
      told.restored = told.last_step = number;
      told.taken.emplace(number, at);
      told.last_at = at;
    } else if (what == "taken") {
      told.taken.emplace(number, at);
    } else if (what == "step") {
      told.last_step = number;
      told.last_at = at;
    } else {
      told.broken = line;
    }
  }
  return told;
}

/// The newest checkpoint that was complete for sure: a step after its own was printed.
std::uint64_t least_after(const Told& told) {
  std::uint64_t least = told.restored;
  for (const auto& [step, at] : told.taken) {
    if (step < told.last_step) least = std::max(least, step);
  }
  return least;
}

Told run_and_kill(const std::string& file, std::chrono::microseconds after, std::string& log) {
  ChildProcess counter({CHECKPOINT_COUNTER, file, "2"});
  if (counter.wait_for_output("restored ")) std::this_thread::sleep_for(after);
  counter.signal(SIGKILL);
  const Finished finished = counter.finish();
  log = finished.err;
  Told told = read(finished.out);
  if (finished.exit_code != 128 + SIGKILL && told.broken.empty()) {
    told.broken = "it has ended by itself: " + std::to_string(finished.exit_code);
  }
  return told;
}

TEST(CheckpointKill, AlwaysFindsAWholeCheckpointAndTheLastThatWasComplete) {
  const std::uint64_t seed = number_from("MOONWRIGHT_SEED", std::random_device()());
  const std::uint64_t kills = number_from("MOONWRIGHT_KILLS", kKills);
  SCOPED_TRACE("MOONWRIGHT_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  const TempFolder folder;
  const std::string file = folder.path() + "/counter.checkpoint";
  Told before;
  before.taken.emplace(0, 0);
  std::uint64_t taken = 0;
  std::uint64_t oldest = 0;
  std::uint64_t from_previous = 0;
  std::uint64_t halves = 0;
  for (std::uint64_t kill = 1; kill <= kills; ++kill) {
    SCOPED_TRACE("kill " + std::to_string(kill));
    std::string log;
    const Told told = run_and_kill(file, std::chrono::microseconds(random() % 60'000), log);
    ASSERT_EQ(told.broken, "") << log;
    ASSERT_TRUE(told.began) << log;
    ASSERT_GE(told.restored, least_after(before)) << "a complete checkpoint is lost\n" << log;
    ASSERT_LE(told.restored, before.last_step) << "a checkpoint of what was never done";
    ASSERT_TRUE(before.taken.contains(told.restored)) << told.restored << " was never taken";
    const std::uint64_t since = before.taken.at(told.restored);
    if (before.last_at > since) oldest = std::max(oldest, before.last_at - since);
    before = told;
    taken += told.taken.size() - 1;
    from_previous += log.find("the checkpoint before the last") != std::string::npos ? 1 : 0;
    halves += std::filesystem::exists(file + ".new") ? 1 : 0;
  }
  EXPECT_GT(taken, kills) << "there were hardly any checkpoints to lose";
  std::cout << kills << " kills, " << before.last_step << " steps, " << taken << " checkpoints, "
            << "at most " << oldest / 1'000 << " ms lost; " << halves
            << " killed while a file was written, " << from_previous
            << " began with the one before (seed " << seed << ")\n";
}

}  // namespace
}  // namespace moonwright::tests
