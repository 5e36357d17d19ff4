// spawn_test.cpp: what an actor is started with, and what is wrong with it.
#include <functional>
#include <future>
#include <vector>

#include "api_support.hpp"
#include "support/temp_folder.hpp"

namespace moonwright {
namespace {

TEST(Spawn, HandsTheArgumentsToTheChunk) {
  Runtime runtime = start_runtime();
  const Values args = {1, 2.5, "three", true, nullptr, Table{{"key", Table::list({4, 5})}}};
  const ActorRef actor = spawn_text(
      runtime, "local a = table.pack(...) return { a = function() return a.n, a[6].key[2] end }",
      args);
  EXPECT_EQ(ask(runtime, actor, "a").value(), (Values{6, 5}));
}

TEST(Spawn, FindsFilesBelowTheScriptRoot) {
  const tests::TempFolder folder;
  folder.write("echo.lua", kEcho);
  const tests::TempFolder elsewhere;
  const std::string absolute = elsewhere.write("echo.lua", kEcho);
  RuntimeOptions options;
  options.script_root = folder.path();
  Runtime runtime = start_runtime(std::move(options));
  for (const std::string& path : {std::string("echo.lua"), absolute}) {
    SpawnOptions spawn;
    spawn.script = Script::file(path);
    const auto actor = runtime.spawn(std::move(spawn));
    ASSERT_TRUE(actor.has_value()) << path;
    EXPECT_TRUE(ask(runtime, *actor, "echo").has_value());
  }
}

TEST(Spawn, SaysWhatIsWrong) {
  const tests::TempFolder folder;
  folder.write("bad.lua", "local x\nlocal = 1\n");
  RuntimeOptions runtime_options;
  runtime_options.script_root = folder.path();
  Runtime runtime = start_runtime(std::move(runtime_options));
  const ActorRef owner = spawn_text(runtime, kEcho);
  SpawnOptions named;
  named.script = Script::text("return {}");
  named.name = "taken";
  ASSERT_TRUE(runtime.spawn(named).has_value());

  struct Case {
    ErrorCode code;
    const char* text;
    std::function<void(SpawnOptions&)> spoil;
  };
  const ErrorCode invalid = ErrorCode::invalid_argument;
  const std::vector<Case> cases = {
      {invalid, "script", [](SpawnOptions& o) { o.script = Script(); }},
      {ErrorCode::not_found, "none.lua",
       [](SpawnOptions& o) { o.script = Script::file("none.lua"); }},
      {ErrorCode::io, "", [&](SpawnOptions& o) { o.script = Script::file(folder.path()); }},
      {ErrorCode::syntax_error,
       "bad.lua:2:", [](SpawnOptions& o) { o.script = Script::file("bad.lua"); }},
      {ErrorCode::syntax_error,
       "[string \"named\"]:1:", [](SpawnOptions& o) { o.script = Script::text("x x", "named"); }},
      {ErrorCode::syntax_error, "", [](SpawnOptions& o) { o.script = Script::text("\x1bLua"); }},
      {ErrorCode::already_exists, "taken", [](SpawnOptions& o) { o.name = "taken"; }},
      {invalid, "name", [](SpawnOptions& o) { o.name = std::string(201, 'x'); }},
      {ErrorCode::too_large, "", [](SpawnOptions& o) { o.args = {std::string(2 << 20, 'x')}; }},
      {invalid, "", [](SpawnOptions& o) { o.args.emplace_back(ActorRef()); }},
      {invalid, "messages_max",
       [](SpawnOptions& o) {
         o.mailbox = MailboxLimits{0, 4'096};
       }},
      {invalid, "bytes_max",
       [](SpawnOptions& o) {
         o.mailbox = MailboxLimits{1, 1};
       }},
      {invalid, "in_flight_max",
       [](SpawnOptions& o) {
         o.limits = Limits{};
         o.limits->in_flight_max = 0;
       }},
      {invalid, "limits.timeout",
       [](SpawnOptions& o) {
         o.limits = profiles::strict();
         o.limits->timeout = std::chrono::nanoseconds(0);
       }},
      {ErrorCode::denied, "dedicated", [](SpawnOptions& o) { o.thread = ThreadKind::dedicated; }},
  };
  for (const Case& wrong : cases) {
    SpawnOptions options;
    options.script = Script::text("return {}");
    wrong.spoil(options);
    const auto actor = runtime.spawn(std::move(options));
    ASSERT_FALSE(actor.has_value()) << wrong.text;
    EXPECT_EQ(actor.error().code, wrong.code) << actor.error().message;
    EXPECT_NE(actor.error().message.find(wrong.text), std::string::npos) << actor.error().message;
  }
  EXPECT_EQ(runtime.actor_count(), 2u) << "nothing of what failed is left";
}

// What on_exit said about an actor started with these options.
ActorExit exit_of(Runtime& runtime, SpawnOptions options) {
  std::promise<ActorExit> promise;
  auto future = promise.get_future();
  options.on_exit = [&promise](const ActorExit& exit) { promise.set_value(exit); };
  const auto ref = runtime.spawn(std::move(options));
  EXPECT_TRUE(ref.has_value());
  ActorExit exit = future.get();
  EXPECT_EQ(exit.actor, *ref);
  return exit;
}

ActorExit exit_of(Runtime& runtime, const char* source, ChunkReturn chunk_return) {
  SpawnOptions options;
  options.script = Script::text(source, "test");
  options.chunk_return = chunk_return;
  return exit_of(runtime, std::move(options));
}

TEST(OnExit, TellsHowAnActorEnded) {
  Runtime runtime = start_runtime();
  const auto normal = exit_of(runtime, "return nil", ChunkReturn::behaviour);
  EXPECT_TRUE(normal.normal());
  EXPECT_EQ(normal.error.code, ErrorCode::dead);
  EXPECT_TRUE(normal.values.empty());

  const auto own = exit_of(runtime, "require('actor').exit('bored')", ChunkReturn::behaviour);
  EXPECT_EQ(own.reason, "bored");
  EXPECT_FALSE(own.normal());

  const auto failed = exit_of(runtime, "local x = nil + 1", ChunkReturn::behaviour);
  EXPECT_EQ(failed.reason, "error");
  EXPECT_EQ(failed.error.code, ErrorCode::error);
  EXPECT_NE(failed.error.message.find("[string \"test\"]:1:"), std::string::npos);
  EXPECT_NE(failed.error.traceback.find("stack traceback"), std::string::npos);
}

TEST(OnExit, TellsOfStopAndKill) {
  Runtime runtime = start_runtime();
  for (const bool kills : {false, true}) {
    std::promise<ActorExit> promise;
    SpawnOptions options;
    options.script = Script::text("return {}");
    options.on_exit = [&promise](const ActorExit& exit) { promise.set_value(exit); };
    const auto actor = runtime.spawn(std::move(options));
    ASSERT_TRUE(actor.has_value());
    EXPECT_TRUE((kills ? runtime.kill_actor(*actor) : runtime.stop_actor(*actor, tests::kPatience))
                    .has_value());
    const ActorExit exit = promise.get_future().get();
    EXPECT_EQ(exit.reason, kills ? "killed" : "stopped");
    EXPECT_EQ(exit.error.code, kills ? ErrorCode::killed : ErrorCode::stopped);
  }
}

TEST(OnExit, ComesForActorsThatEndWithTheRuntime) {
  std::atomic<int> exits{0};
  {
    Runtime runtime = start_runtime();
    for (int i = 0; i < 100; ++i) {
      SpawnOptions options;
      options.script = Script::text("return {}");
      options.on_exit = [&exits](const ActorExit& exit) {
        EXPECT_EQ(exit.reason, "stopped");
        ++exits;
      };
      ASSERT_TRUE(runtime.spawn(std::move(options)).has_value());
    }
  }
  EXPECT_EQ(exits, 100);
}

TEST(OnExit, MayUseTheRuntime) {
  Runtime runtime = start_runtime();
  std::promise<bool> stopped;
  SpawnOptions options;
  options.script = Script::text("return nil");
  options.on_exit = [&](const ActorExit&) {
    static_cast<void>(spawn_text(runtime, kEcho));
    stopped.set_value(runtime.stop(tests::kPatience).has_value());
  };
  ASSERT_TRUE(runtime.spawn(std::move(options)).has_value());
  EXPECT_FALSE(stopped.get_future().get()) << "stop() would wait for the callback itself";
}

TEST(ChunkReturn, OfABehaviourIsATableAFunctionOrNothing) {
  Runtime runtime = start_runtime();
  const auto number = exit_of(runtime, "return 7", ChunkReturn::behaviour);
  EXPECT_EQ(number.reason, "error");
  EXPECT_EQ(number.error.code, ErrorCode::invalid_argument);
  const ActorRef function = spawn_text(runtime, "return function(...) return ... end");
  EXPECT_EQ(ask(runtime, function, "anything", {1}).value(), (Values{"anything", 1}));
}

TEST(ChunkReturn, OfAnExitCodeIsAnIntegerInRange) {
  Runtime runtime = start_runtime();
  for (const int code : {0, 1, 255}) {
    const std::string source = "return " + std::to_string(code);
    const auto exit = exit_of(runtime, source.c_str(), ChunkReturn::exit_code);
    EXPECT_TRUE(exit.normal());
    EXPECT_EQ(exit.values, Values(1, Value(code)));
  }
  EXPECT_TRUE(exit_of(runtime, "return nil", ChunkReturn::exit_code).values.empty());
  for (const char* source :
       {"return 256", "return -1", "return 1.5", "return 'x'", "return true"}) {
    const auto exit = exit_of(runtime, source, ChunkReturn::exit_code);
    EXPECT_EQ(exit.reason, "error") << source;
    EXPECT_EQ(exit.error.code, ErrorCode::invalid_argument) << source;
  }
}

TEST(ChunkReturn, OfValuesIsWhateverItIs) {
  Runtime runtime = start_runtime();
  const auto exit =
      exit_of(runtime, "return 1, nil, 'x', { 2, key = 3 }, nil", ChunkReturn::values);
  EXPECT_TRUE(exit.normal());
  ASSERT_EQ(exit.values.size(), 5u);
  EXPECT_EQ(exit.values[0], Value(1));
  EXPECT_TRUE(exit.values[1].is_nil());
  EXPECT_EQ(exit.values[2], Value("x"));
  EXPECT_EQ(exit.values[3][1], Value(2));
  EXPECT_EQ(exit.values[3]["key"], Value(3));
  const auto function = exit_of(runtime, "return print", ChunkReturn::values);
  EXPECT_EQ(function.reason, "error");
  EXPECT_EQ(function.error.code, ErrorCode::unsupported);
  const auto cycle = exit_of(runtime, "local t = {} t.t = t return t", ChunkReturn::values);
  EXPECT_EQ(cycle.error.code, ErrorCode::unsupported);
}

TEST(Spawn, GivesAnActorTheMemoryItMayUse) {
  Runtime runtime = start_runtime();
  SpawnOptions options;
  options.script = Script::text("local t = {} for i = 1, 1e9 do t[i] = i end");
  options.limits = Limits{};
  options.limits->memory_bytes_max = 1u << 20;
  const auto exit = exit_of(runtime, std::move(options));
  EXPECT_EQ(exit.error.code, ErrorCode::memory_limit);
}

}  // namespace
}  // namespace moonwright
