// output_test.cpp: what scripts print and log goes where the host wants it.
#include <gmock/gmock.h>

#include <mutex>
#include <string>
#include <vector>

#include "api_support.hpp"
#include "support/captured_output.hpp"

namespace moonwright {
namespace {

class Lines {
 public:
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

TEST(Output, HandsPrintedLinesToTheHostOneByOne) {
  Lines lines;
  {
    RuntimeOptions options;
    options.output = [&](std::string_view actor, std::string_view text) {
      lines.add(std::string(actor) + ": " + std::string(text));
    };
    Runtime runtime = start_runtime(std::move(options));
    SpawnOptions spawn;
    spawn.script = Script::text("print(1, 'two', nil) print() print('a\\nb')");
    spawn.name = "speaker";
    ASSERT_TRUE(runtime.spawn(std::move(spawn)).has_value());
    EXPECT_TRUE(tests::eventually([&] { return runtime.actor_count() == 0; }));
  }
  EXPECT_EQ(lines.all(),
            (std::vector<std::string>{"speaker: 1\ttwo\tnil\n", "speaker: \n", "speaker: a\nb\n"}));
}

TEST(Output, NamesAnActorWithoutNameAfterItsScript) {
  Lines lines;
  RuntimeOptions options;
  options.output = [&](std::string_view actor, std::string_view) { lines.add(std::string(actor)); };
  Runtime runtime = start_runtime(std::move(options));
  static_cast<void>(spawn_text(runtime, "print 'x'"));
  EXPECT_TRUE(tests::eventually([&] { return !lines.all().empty(); }));
  EXPECT_EQ(lines.all().front(), "test");
}

TEST(LogCallback, GetsWhatActorsLogAndHowTheyFail) {
  Lines lines;
  tests::CapturedOutput output;
  {
    RuntimeOptions options;
    options.log.target = LogOptions::Target::callback;
    options.log.level = LogLevel::info;
    options.log.callback = [&](const LogRecord& record) {
      lines.add(std::string(to_string(record.level)) + " " + std::string(record.actor) + " " +
                std::string(record.message));
    };
    Runtime runtime = start_runtime(std::move(options));
    static_cast<void>(spawn_text(runtime, R"(
      local log = require("actor").log
      log("debug", "too quiet")
      log("info", "loud enough")
    )"));
    EXPECT_TRUE(tests::eventually([&] { return runtime.actor_count() == 0; }));
    static_cast<void>(spawn_text(runtime, "error 'at the end'"));
    EXPECT_TRUE(tests::eventually([&] { return runtime.actor_count() == 0; }));
  }
  EXPECT_EQ(output.finish(), "");
  const auto all = lines.all();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0], "info test loud enough");
  EXPECT_THAT(all[1], ::testing::HasSubstr("error test ended with an error:"));
  EXPECT_THAT(all[1], ::testing::HasSubstr("at the end"));
  EXPECT_THAT(all[1], ::testing::HasSubstr("stack traceback"));
}

}  // namespace
}  // namespace moonwright
