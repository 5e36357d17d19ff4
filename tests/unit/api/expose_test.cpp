// expose_test.cpp: C++ functions, as scripts call them.
#include <atomic>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "api_support.hpp"

namespace moonwright {
namespace {

class Expose : public ::testing::Test {
 protected:
  // What a chunk with this body returns, or how it fails.
  Result<Values> run(const std::string& body) {
    return ask(runtime_, spawn("return { run = function() " + body + " end }"), "run");
  }
  /// Starts an actor that has all modules exposed so far.
  ActorRef spawn(std::string source) {
    SpawnOptions options;
    options.script = Script::text(std::move(source), "test");
    options.sandbox = Capabilities{.modules = {exposed_.begin(), exposed_.end()}};
    auto actor = runtime_.spawn(std::move(options));
    if (actor) return *actor;
    ADD_FAILURE() << actor.error().message;
    return {};
  }
  Result<void> expose(std::string_view name, HostFunction function) {
    auto done = runtime_.expose(name, std::move(function));
    if (done) exposed_.insert(std::string(name.substr(0, name.find('.'))));
    return done;
  }

  std::set<std::string> exposed_;  ///< modules

  Runtime runtime_ = start_runtime();
};

TEST_F(Expose, PassesArgumentsAndResults) {
  const auto sum = [](Call& call) -> Result<Values> {
    std::int64_t total = 0;
    for (const Value& value : call.args) total += value.as_integer();
    return Values{total, static_cast<std::int64_t>(call.args.size())};
  };
  ASSERT_TRUE(expose("host.sum", sum).has_value());
  EXPECT_EQ(run("return require('host').sum(1, 2, 3)").value(), (Values{6, 3}));
  EXPECT_EQ(run("return require('host').sum()").value(), (Values{0, 0}));
  EXPECT_EQ(run("return require('host').sum(nil, nil)").value(), (Values{0, 2}));
}

TEST_F(Expose, PassesTablesAndReferences) {
  const auto swap = [](Call& call) -> Result<Values> {
    return Values{call.args[1], call.args[0], call.caller};
  };
  ASSERT_TRUE(expose("host.swap", swap).has_value());
  const auto result = run(R"(
    local me = require("actor").self()
    local a, b, caller = require("host").swap({ key = { 1, 2 } }, me)
    return a == me, b.key[2], caller == me
  )");
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(*result, (Values{true, 2, true}));
}

TEST_F(Expose, RaisesTheErrorThatAFunctionAnswers) {
  const auto refuse = [](Call&) -> Result<Values> {
    return fail(ErrorCode::denied, "not for you");
  };
  ASSERT_TRUE(expose("host.refuse", refuse).has_value());
  const auto raised = run("require('host').refuse()");
  ASSERT_FALSE(raised.has_value());
  EXPECT_EQ(raised.error().code, ErrorCode::denied);
  EXPECT_NE(raised.error().message.find("not for you"), std::string::npos);
  EXPECT_EQ(run("local _, e = pcall(require('host').refuse) return e.code").value(),
            Values(1, Value("denied")));
}

TEST_F(Expose, TurnsExceptionsIntoErrors) {
  ASSERT_TRUE(expose("host.throws", [](Call&) -> Result<Values> {
                throw std::runtime_error("thrown");
              }).has_value());
  ASSERT_TRUE(expose("host.throws_int", [](Call&) -> Result<Values> { throw 7; }).has_value());
  const auto raised = run("require('host').throws()");
  ASSERT_FALSE(raised.has_value());
  EXPECT_EQ(raised.error().code, ErrorCode::error);
  EXPECT_NE(raised.error().message.find("thrown"), std::string::npos);
  EXPECT_EQ(code_of(run("require('host').throws_int()")), ErrorCode::error);
  EXPECT_EQ(run("return 1").value(), Values(1, Value(1))) << "nothing was harmed";
}

TEST_F(Expose, RefusesValuesThatCannotCrossOver) {
  ASSERT_TRUE(expose("host.any", [](Call& call) -> Result<Values> { return call.args; }));
  ASSERT_TRUE(expose("host.empty", [](Call&) -> Result<Values> {
                return Values(1, Value(ActorRef()));
              }).has_value());
  EXPECT_EQ(code_of(run("require('host').any(print)")), ErrorCode::unsupported);
  EXPECT_EQ(code_of(run("local t = {} t.t = t require('host').any(t)")), ErrorCode::unsupported);
  EXPECT_FALSE(run("require('host').empty()").has_value());
}

TEST_F(Expose, RefusesWrongNamesAndDuplicates) {
  const auto nothing = [](Call&) -> Result<Values> { return Values{}; };
  for (const char* name : {"", "host", "host.", ".f", "a.b.c", "ho st.f", "actor.f", "string.f"}) {
    EXPECT_EQ(code_of(expose(name, nothing)), ErrorCode::invalid_argument) << name;
  }
  EXPECT_EQ(code_of(expose("host.f", nullptr)), ErrorCode::invalid_argument);
  ASSERT_TRUE(expose("host.f", nothing).has_value());
  EXPECT_EQ(code_of(expose("host.f", nothing)), ErrorCode::already_exists);
}

TEST_F(Expose, ShowsAModuleAsItWasWhenItWasGranted) {
  ASSERT_TRUE(expose("host.one", [](Call&) -> Result<Values> { return Values{}; }).has_value());
  const ActorRef actor = spawn(R"(
    local host = require "host"
    return { has = function(name) return host[name] ~= nil, require("host")[name] ~= nil end }
  )");
  EXPECT_EQ(ask(runtime_, actor, "has", {"one"}).value(), (Values{true, true}));
  ASSERT_TRUE(expose("host.two", [](Call&) -> Result<Values> { return Values{}; }).has_value());
  EXPECT_EQ(ask(runtime_, actor, "has", {"two"}).value(), (Values{false, false}));
  EXPECT_EQ(run("return require('host').two ~= nil").value(), Values(1, Value(true)));
  EXPECT_FALSE(run("require 'nowhere'").has_value());
}

TEST_F(Expose, RunsOneFunctionForManyActorsAtOnce) {
  std::atomic<int> calls{0};
  ASSERT_TRUE(expose("host.count", [&](Call&) -> Result<Values> {
                return Values(1, Value(++calls));
              }).has_value());
  for (int i = 0; i < 4; ++i) {
    static_cast<void>(spawn("for i = 1, 1000 do require('host').count() end"));
  }
  EXPECT_TRUE(tests::eventually([&] { return calls == 4'000; }));
}

// The runtime's own threads may use it, but not wait for it.
TEST_F(Expose, AnswersInvalidArgumentForAStopOnAWorker) {
  std::atomic<int> code{-1};
  ASSERT_TRUE(expose("host.stop", [&](Call&) -> Result<Values> {
                const auto report = runtime_.stop(std::chrono::seconds(1));
                code = report ? 0 : static_cast<int>(report.error().code);
                return Values{};
              }).has_value());
  EXPECT_TRUE(run("require('host').stop()").has_value());
  EXPECT_EQ(code, static_cast<int>(ErrorCode::invalid_argument));
  code = -1;
  SpawnOptions options;
  options.script = Script::text("require('host').stop()");
  options.sandbox = Sandbox::none;
  options.thread = ThreadKind::dedicated;
  ASSERT_TRUE(runtime_.spawn(std::move(options)).has_value());
  EXPECT_TRUE(tests::eventually([&] { return code != -1; }));
  EXPECT_EQ(code, static_cast<int>(ErrorCode::invalid_argument));
  const ActorRef echo = spawn_text(runtime_, kEcho);
  EXPECT_TRUE(ask(runtime_, echo, "echo").has_value()) << "nothing was stopped";
}

TEST_F(Expose, LetsAFunctionSpawnAndSend) {
  const ActorRef sink = spawn_text(runtime_, R"(
    local seen = 0
    return { note = function(n) seen = seen + n end, seen = function() return seen end }
  )");
  ASSERT_TRUE(expose("host.spread", [&](Call& call) -> Result<Values> {
                const ActorRef child = spawn_text(
                    runtime_, "local sink, n = ... sink:send('note', n)", {sink, call.args[0]});
                if (auto sent = runtime_.send(sink, "note", {1, nullptr}); !sent) {
                  return fail(sent.error());
                }
                return Values(1, Value(child));
              }).has_value());
  EXPECT_TRUE(run("require('host').spread(41)").has_value());
  EXPECT_TRUE(tests::eventually(
      [&] { return ask(runtime_, sink, "seen").value() == Values(1, Value(42)); }));
}

}  // namespace
}  // namespace moonwright
