// budget_test.cpp: `--budget`: what all actors of a program may use together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using ::testing::HasSubstr;

constexpr const char* kTotal = "print(require('actor').quota().total)";

// Ten actors of 2 MiB each, of whom those that cannot have it say so.
constexpr const char* kTen = R"(
  local actor = require "actor"
  local refused = 0
  local hogs = {}
  for i = 1, 10 do
    local ok, err = pcall(function()
      hogs[i] = actor.spawn{ source = [[
        local kept = {}
        return { take = function() for i = 1, 2048 do kept[i] = ("x"):rep(1000) .. i end end }
      ]] }
      hogs[i]:call("take")
    end)
    if not ok then
      assert(err.code == "quota_denied" or err.code == "overload", err)
      refused = refused + 1
    end
  end
  print(refused > 0 and "refused" or "all had it")
)";

TEST(Budget, OfAProgramIsUnlimitedIfNothingIsSaid) { EXPECT_EQ(run_source(kTotal).out, "inf\n"); }

TEST(Budget, CanBeASizeOrUnlimited) {
  EXPECT_EQ(run_source(kTotal, {"--budget", "64MiB"}).out, "67108864\n");
  EXPECT_EQ(run_source(kTotal, {"--budget", "1.5 GiB"}).out, "1610612736\n");
  EXPECT_EQ(run_source(kTotal, {"--budget=3000000"}).out, "3000000\n");
  EXPECT_EQ(run_source(kTotal, {"--budget", "unlimited"}).out, "inf\n");
}

TEST(Budget, GoesBeforeThatOfTheConfiguration) {
  const TempFolder folder;
  const std::string config = folder.write("moonwright.toml", "[runtime]\nbudget = \"128MiB\"\n");
  EXPECT_EQ(run_source(kTotal, {"--config", config}).out, "134217728\n");
  EXPECT_EQ(run_source(kTotal, {"--config", config, "--budget", "64MiB"}).out, "67108864\n");
  EXPECT_EQ(run_source(kTotal, {"--config", config, "--budget", "unlimited"}).out, "inf\n");
}

TEST(Budget, IsForAllActorsTogether) {
  EXPECT_EQ(run_source(kTen, {"--budget", "64MiB"}).out, "all had it\n");
  const Finished finished = run_source(kTen, {"--budget", "12MiB"});
  EXPECT_EQ(finished.out, "refused\n") << finished.err;
}

TEST(Budget, EndsTheFirstActorAsALimitDoes) {
  const Finished finished =
      run_source("local t = {} while true do t[#t + 1] = {} end", {"--budget", "8MiB"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, HasSubstr("the runtime's memory budget of 8.00 MiB"));
}

TEST(Budget, ThatHoldsNoActorIsALimitToo) {
  const Finished finished = run_source(kTotal, {"--budget", "8KiB"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, HasSubstr("asked for 16.00 KiB, 8.00 KiB available"));
}

TEST(Budget, HasToBeASize) {
  for (const char* bad : {"0", "0B", "-1", "-8MiB", "much", "", "8 XiB", "8MiB and more", "1e6",
                          "16EiB", "9223372036854775808"}) {
    const Finished finished = run_source(kTotal, {"--budget", bad});
    EXPECT_EQ(finished.exit_code, 2) << bad;
    EXPECT_EQ(finished.out, "") << bad;
    EXPECT_THAT(finished.err, HasSubstr("--budget '" + std::string(bad) + "' is not a size"));
  }
}

TEST(Budget, HasToBeSaid) {
  const Finished finished = run_command({"run", "--budget"});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_THAT(finished.err, HasSubstr("--budget needs a value"));
}

}  // namespace
}  // namespace moonwright::tests
