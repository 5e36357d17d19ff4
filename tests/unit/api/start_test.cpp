// start_test.cpp: options are checked, each by name, and runtimes do not know each other.
#include <functional>
#include <thread>
#include <vector>

#include "api_support.hpp"
#include "support/captured_output.hpp"
#include "support/own_threads.hpp"
#include "support/temp_folder.hpp"

namespace moonwright {
namespace {

TEST(Start, NamesTheOptionThatIsWrong) {
  const tests::TempFolder folder;
  const std::string file = folder.write("file", "");
  struct Case {
    const char* named;
    ErrorCode code;
    std::function<void(RuntimeOptions&)> spoil;
  };
  const ErrorCode invalid = ErrorCode::invalid_argument;
  const std::vector<Case> cases = {
      {"workers", invalid, [](RuntimeOptions& o) { o.workers = 1'025; }},
      {"slice", invalid, [](RuntimeOptions& o) { o.slice = std::chrono::microseconds(9); }},
      {"slice", invalid, [](RuntimeOptions& o) { o.slice = std::chrono::microseconds(-1); }},
      {"slice", invalid, [](RuntimeOptions& o) { o.slice = std::chrono::microseconds(0); }},
      {"preemption_signal", invalid, [](RuntimeOptions& o) { o.preemption_signal = 9; }},
      {"enable_debug", invalid, [](RuntimeOptions& o) { o.enable_debug = true; }},
      {"profiles['mine']: limits.instructions_max", invalid,
       [](RuntimeOptions& o) { o.profiles["mine"].instructions_max = 0; }},
      {"default_call_timeout", invalid,
       [](RuntimeOptions& o) { o.default_call_timeout = std::chrono::milliseconds(0); }},
      {"in_flight_max", invalid, [](RuntimeOptions& o) { o.default_limits.in_flight_max = 0; }},
      {"depth_max", invalid, [](RuntimeOptions& o) { o.default_limits.message.depth_max = 0; }},
      {"depth_max", invalid, [](RuntimeOptions& o) { o.default_limits.message.depth_max = 129; }},
      {"bytes_max", invalid,
       [](RuntimeOptions& o) { o.default_limits.message.bytes_max = (1u << 30) + 1; }},
      {"messages_max", invalid, [](RuntimeOptions& o) { o.default_mailbox.messages_max = 0; }},
      {"messages_max", invalid,
       [](RuntimeOptions& o) { o.default_mailbox.messages_max = 8'000'001; }},
      {"bytes_max", invalid, [](RuntimeOptions& o) { o.default_mailbox.bytes_max = 1'023; }},
      {"bytes_max", invalid,
       [](RuntimeOptions& o) { o.default_mailbox.bytes_max = (512ull << 30) + 1; }},
      {"log.callback", invalid,
       [](RuntimeOptions& o) { o.log.target = LogOptions::Target::callback; }},
      {"log.path", invalid, [](RuntimeOptions& o) { o.log.target = LogOptions::Target::file; }},
      {"log", ErrorCode::io,
       [&](RuntimeOptions& o) {
         o.log.target = LogOptions::Target::file;
         o.log.path = folder.path();
       }},
      {"no/such/folder", ErrorCode::not_found,
       [](RuntimeOptions& o) { o.script_root = "no/such/folder"; }},
      {"script root", ErrorCode::io, [&](RuntimeOptions& o) { o.script_root = file; }},
  };
  for (const Case& wrong : cases) {
    RuntimeOptions options;
    options.preemption = Preemption::signal;
    wrong.spoil(options);
    const auto runtime = Runtime::start(std::move(options));
    ASSERT_FALSE(runtime.has_value()) << wrong.named;
    EXPECT_EQ(runtime.error().code, wrong.code) << runtime.error().message;
    EXPECT_NE(runtime.error().message.find(wrong.named), std::string::npos)
        << runtime.error().message;
  }
  EXPECT_EQ(tests::count_threads("moonwright"), 0u) << "a failed start leaves no thread behind";
}

TEST(Start, NeedsNoOptions) {
  auto runtime = Runtime::start();
  ASSERT_TRUE(runtime.has_value());
  EXPECT_EQ(runtime->actor_count(), 0u);
}

TEST(Start, MayBeRepeatedAndLeavesNoThreadBehind) {
  std::thread([] {}).join();  // a sanitizer may have a thread too, from the first thread on
  const std::size_t before = tests::count_threads();
  for (int i = 0; i < 20; ++i) {
    Runtime runtime = start_runtime();
    EXPECT_TRUE(ask(runtime, spawn_text(runtime, kEcho), "echo").has_value());
  }
  EXPECT_TRUE(tests::eventually([&] { return tests::count_threads() == before; }));
}

TEST(Start, RunsTwoRuntimesSideBySide) {
  Runtime first = start_runtime();
  Runtime second = start_runtime();
  SpawnOptions options;
  options.script = Script::text("local n = ... return { n = function() return n end }");
  options.name = "same name";
  options.args = {1};
  const auto one = first.spawn(options);
  options.args = {2};
  const auto two = second.spawn(options);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(first.whereis("same name"), *one);
  EXPECT_EQ(second.whereis("same name"), *two);
  EXPECT_EQ(ask(first, *one, "n").value(), Values(1, Value(1)));
  EXPECT_EQ(ask(second, *two, "n").value(), Values(1, Value(2)));
  ASSERT_TRUE(first.stop(tests::kPatience).has_value());
  EXPECT_EQ(second.actor_count(), 1u);
  EXPECT_EQ(ask(second, *two, "n").value(), Values(1, Value(2)));
}

TEST(Start, PrintsNothingAndLogsNothingByDefault) {
  tests::CapturedOutput output;
  {
    Runtime runtime = start_runtime();
    static_cast<void>(spawn_text(runtime, "error 'in the chunk'"));
    static_cast<void>(spawn_text(runtime, "print 'printed'"));
    static_cast<void>(spawn_text(runtime, "require('actor').log('error', 'logged')"));
    const ActorRef actor = spawn_text(runtime, "return { f = function() error 'handler' end }");
    EXPECT_TRUE(runtime.send(actor, "f").has_value());
    EXPECT_TRUE(runtime.send(actor, "nobody").has_value());
    EXPECT_FALSE(ask(runtime, actor, "f").has_value());
    SpawnOptions broken;
    broken.script = Script::text("return return");
    EXPECT_FALSE(runtime.spawn(broken).has_value());
  }
  EXPECT_FALSE(Runtime::start({.workers = 5'000}).has_value());
  EXPECT_EQ(output.finish(), "");
}

TEST(Start, MovesARuntime) {
  Runtime first = start_runtime();
  const ActorRef actor = spawn_text(first, kEcho);
  Runtime second = std::move(first);
  EXPECT_TRUE(ask(second, actor, "echo").has_value());
  first = std::move(second);
  EXPECT_TRUE(ask(first, actor, "echo").has_value());
}

}  // namespace
}  // namespace moonwright
