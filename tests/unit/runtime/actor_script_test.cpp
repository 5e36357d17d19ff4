// actor_script_test.cpp: the life of a script: chunk, behaviour, handlers, hooks, end.
#include "runtime/actor_script.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <string_view>

#include "fake_actor.hpp"

namespace moonwright::runtime {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// How a script without arguments ends, or "not ended".
std::string ending_of(std::string_view source, ScriptOptions options = {}) {
  FakeActor actor(source, std::move(options));
  actor.start();
  return actor.ending();
}

// The chunk ---------------------------------------------------------------------------------------

TEST(Chunk, ThatReturnsNothingEndsTheActor) {
  EXPECT_EQ(ending_of(""), "normal");
  EXPECT_EQ(ending_of("return nil"), "normal");
  EXPECT_EQ(ending_of("return nil, 5"), "normal");
}

TEST(Chunk, ThatReturnsABehaviourKeepsTheActor) {
  EXPECT_EQ(ending_of("return {}"), "not ended");
  EXPECT_EQ(ending_of("return function() end"), "not ended");
}

TEST(Chunk, ThatReturnsAnythingElseIsAnError) {
  EXPECT_EQ(ending_of("return 5"),
            "error, invalid_argument: the chunk returned a number; a behaviour is a table of "
            "handlers, a function, or nothing");
  EXPECT_THAT(ending_of("return 'x'"), HasSubstr("returned a string"));
  EXPECT_THAT(ending_of("return coroutine.create(print)"), HasSubstr("returned a thread"));
}

TEST(Chunk, MayReturnAnExitCodeWhereThatIsWanted) {
  ScriptOptions options;
  options.chunk_return = ChunkReturn::exit_code;
  FakeActor actor("return 7", options);
  actor.start();
  EXPECT_EQ(actor.ending(), "normal");
  EXPECT_EQ(text_of(actor.script->ending().values), "7");
  EXPECT_EQ(ending_of("return {}", options), "not ended");
  for (const char* code : {"return 256", "return -1", "return 1.5", "return '1'"}) {
    EXPECT_THAT(ending_of(code, options), HasSubstr("an exit code is an integer from 0 to 255"));
  }
}

TEST(Chunk, MayReturnValuesForTheHost) {
  ScriptOptions options;
  options.chunk_return = ChunkReturn::values;
  FakeActor actor("return 1, nil, 'x', {2, a = 3}, require 'actor'.self(), nil", options);
  actor.start();
  EXPECT_EQ(actor.ending(), "normal");
  EXPECT_EQ(text_of(actor.script->ending().values), "1, nil, x, {2, a = 3}, actor#1, nil");
  EXPECT_THAT(ending_of("return print", options),
              StartsWith("error, unsupported: argument 1: a function cannot be sent"));
  EXPECT_THAT(ending_of("local t = {} t.t = t return t", options),
              StartsWith("error, unsupported"));
}

TEST(Chunk, SeesTheSpawnArguments) {
  FakeActor actor(
      "local a, b, c = ... local n = select('#', ...) "
      "return {get = function() return n, a, b, c end}");
  actor.start({1, nullptr, Table::list({2, 3}), nullptr});
  EXPECT_EQ(actor.call({"get"}), "4, 1, nil, {2, 3}");
}

TEST(Chunk, AnswersWhoeverWaitsForItsEnd) {
  FakeActor good("require 'actor'.sleep(1) return {}");
  good.start({}, 77);
  EXPECT_EQ(good.answer(77), "nothing");
  EXPECT_FALSE(good.script->takes_messages());
  good.advance(seconds(1));
  EXPECT_EQ(good.answer(77), "");
  EXPECT_TRUE(good.script->takes_messages());

  FakeActor bad("require 'actor'.sleep(1) error('no', 0)");
  bad.start({}, 78);
  bad.advance(seconds(1));
  EXPECT_EQ(bad.answer(78), "error: no");
  EXPECT_EQ(bad.ending(), "error, error: no");

  FakeActor early("require 'actor'.exit('enough')");
  early.start({}, 79);
  EXPECT_EQ(early.ending(), "enough");
  early.finish();
  EXPECT_EQ(early.answer(79), "dead: the actor has ended");
}

TEST(Chunk, KeepsItsActorWhileItsForksRun) {
  FakeActor actor(
      "local actor = require 'actor' "
      "actor.fork(function() actor.sleep(2) end) actor.after(1, print, 'tick')");
  actor.start();
  EXPECT_EQ(actor.ending(), "not ended");
  actor.advance(seconds(1));
  EXPECT_EQ(actor.host.printed, "tick\n");
  actor.advance(seconds(1));
  EXPECT_EQ(actor.ending(), "normal");
}

TEST(Chunk, ErrorsHaveTheCodeOfWhatWentWrongAndATraceback) {
  FakeActor actor("local function deep()\n  error('broken')\nend\ndeep()");
  actor.start();
  EXPECT_EQ(actor.ending(), "error, error: script:2: broken");
  EXPECT_THAT(actor.script->ending().error.traceback, HasSubstr("script:4: in main chunk"));
  EXPECT_THAT(ending_of("return require 'nothing'"), StartsWith("error, not_found"));
  EXPECT_EQ(ending_of("error({message = 'a table'})"), "error, error: a table");
  EXPECT_EQ(ending_of("error({})"), "error, error: (error object is a table value)");
  EXPECT_EQ(ending_of("error()"), "error, error: (error object is a nil value)");
  EXPECT_EQ(ending_of("error(12)"), "error, error: 12");
}

TEST(Chunk, ThatRecursesWithoutEndIsAnErrorWithATraceback) {
  ScriptOptions options;
  options.limits.memory_bytes_max = kUnlimited;
  FakeActor actor("local function down() return 1 + down() end\ndown()", options);
  actor.start();
  EXPECT_THAT(actor.ending(), HasSubstr("error, error: script:1: stack overflow"));
  EXPECT_THAT(actor.script->ending().error.traceback, HasSubstr("in upvalue 'down'"));
  EXPECT_THAT(ending_of("local t = setmetatable({}, {}) "
                        "getmetatable(t).__index = function(t, k) return t[k] end return t.x"),
              HasSubstr("overflow"));
  EXPECT_THAT(ending_of("local function f() return pcall(f) end f() error('went on', 0)"),
              HasSubstr("went on"));
}

// Handlers ----------------------------------------------------------------------------------------

TEST(Handlers, AnswerWithWhatTheyReturn) {
  FakeActor actor(
      "return {echo = function(...) return ... end, [true] = function() return 'b' end, "
      "[5] = function(x) return x end}");
  actor.start();
  EXPECT_EQ(actor.call({"echo"}), "");
  EXPECT_EQ(actor.call({"echo", nullptr, 1, nullptr}), "nil, 1, nil");
  EXPECT_EQ(actor.call({true}), "b");
  EXPECT_EQ(actor.call({5, "five"}), "five");
  actor.send({"echo", 1});
  EXPECT_EQ(actor.host.answers.size(), 4u) << "a one-way message is not answered";
}

TEST(Handlers, ThatAreMissingAreNoError) {
  FakeActor actor(
      "return {on_stop = print, on_down = print, on_exit = print, text = 'no function'}");
  actor.start();
  EXPECT_EQ(actor.call({"nope"}), "no_handler: no handler 'nope' in actor 'fake'");
  EXPECT_EQ(actor.call({"text"}), "no_handler: no handler 'text' in actor 'fake'");
  EXPECT_EQ(actor.call({"on_stop"}), "no_handler: no handler 'on_stop' in actor 'fake'");
  EXPECT_EQ(actor.call({"on_down"}), "no_handler: no handler 'on_down' in actor 'fake'");
  EXPECT_EQ(actor.call({5}), "no_handler: no handler 'number' in actor 'fake'");
  EXPECT_EQ(actor.call({Table{}}), "no_handler: no handler 'table' in actor 'fake'");
  EXPECT_EQ(actor.call({}), "no_handler: no handler 'nil' in actor 'fake'");
  actor.send({"nope"});
  EXPECT_EQ(actor.last_log(), "warn: no handler 'nope' in actor 'fake'");
  EXPECT_EQ(actor.host.printed, "");
}

TEST(Handlers, OfAStarTakeUnknownNamesWithTheName) {
  FakeActor actor(
      "return {known = function() return 'k' end, "
      "['*'] = function(name, ...) return 'star', name, ... end}");
  actor.start();
  EXPECT_EQ(actor.call({"known"}), "k");
  EXPECT_EQ(actor.call({"other", 1}), "star, other, 1");
  EXPECT_EQ(actor.call({"*", 2}), "star, 2") << "the star itself is a name like any other";
  EXPECT_EQ(actor.call({7}), "star, 7");
}

TEST(Handlers, MayBeCallableTablesOrComeFromAMetatable) {
  FakeActor actor(
      "local class = {} class.__index = class function class.inherited() return 'i' end "
      "local callable = setmetatable({}, {__call = function(_, x) return 'c', x end}) "
      "return setmetatable({callable = callable}, class)");
  actor.start();
  EXPECT_EQ(actor.call({"callable", 1}), "c, 1");
  EXPECT_EQ(actor.call({"inherited"}), "i");
  EXPECT_THAT(actor.call({"absent"}), StartsWith("no_handler"));
}

TEST(Handlers, OfAFunctionBehaviourTakeEverythingTheNameToo) {
  FakeActor actor("return function(...) return select('#', ...), ... end");
  actor.start();
  EXPECT_EQ(actor.call({"any", 1}), "2, any, 1");
  EXPECT_EQ(actor.call({"on_stop"}), "1, on_stop");
}

TEST(Handlers, ThatFailAnswerWithTheErrorAndItsValue) {
  FakeActor actor(
      "return {text = function() error('t', 0) end, "
      "table = function() error({message = 'm', code = 42}) end, "
      "opaque = function() error({f = print}) end}");
  actor.start();
  EXPECT_EQ(actor.call({"text"}), "error: t");
  EXPECT_EQ(actor.call({"table"}), "error: m");
  EXPECT_THAT(text_of(actor.host.answers.back().values), HasSubstr("code = 42"));
  EXPECT_EQ(actor.call({"opaque"}), "error: (error object is a table value)");
  actor.send({"text"});
  EXPECT_THAT(actor.last_log(), StartsWith("error: error in a handler: t"));
  EXPECT_EQ(actor.ending(), "not ended") << "an error of a handler does not end the actor";
}

TEST(Handlers, WhoseResultsCannotBeSentAnswerWhy) {
  FakeActor actor(
      "return {f = function() return 1, {g = print} end, "
      "deep = function() local t = {} for i = 1, 100 do t = {t} end return t end}");
  actor.start();
  EXPECT_THAT(actor.call({"f"}),
              StartsWith("unsupported: argument 2.g: a function cannot be sent"));
  EXPECT_THAT(actor.call({"deep"}), StartsWith("too_large"));
}

TEST(Handlers, RunOneBesideTheOtherUpToTheBound) {
  ScriptOptions options;
  options.limits.in_flight_max = 2;
  FakeActor actor(
      "local actor = require 'actor' "
      "return {wait = function(n) actor.sleep(n) return n end}",
      options);
  actor.start();
  const auto slow = actor.ask({"wait", 3});
  EXPECT_TRUE(actor.script->takes_messages());
  const auto quick = actor.ask({"wait", 1});
  EXPECT_FALSE(actor.script->takes_messages());
  EXPECT_EQ(actor.script->handlers_in_flight(), 2u);
  actor.advance(seconds(1));
  EXPECT_EQ(actor.answer(quick), "1");
  EXPECT_TRUE(actor.script->takes_messages());
  EXPECT_EQ(actor.answer(slow), "nothing");
  actor.advance(seconds(2));
  EXPECT_EQ(actor.answer(slow), "3");
}

TEST(Handlers, KnowTheirSender) {
  FakeActor actor(
      "local actor = require 'actor' return {who = function() return actor.sender() end, "
      "late = function() actor.sleep(1) last = actor.sender() end, "
      "last = function() return last end}");
  actor.start();
  FakeTarget& friendly = actor.host.add_target();
  EXPECT_EQ(actor.call({"who"}), "") << "a caller outside the actors";
  actor.send({"late"}, ActorRef::of(&friendly));
  actor.advance(seconds(1));
  EXPECT_EQ(actor.call({"last"}), "actor#2");
}

TEST(Handlers, OfAMessageThatDoesNotFitAnswerOverloadAndTheActorGoesOn) {
  ScriptOptions options;
  options.limits.memory_bytes_max = 100'000;
  FakeActor actor("return {size = function(t) return #t end}", options);
  actor.start();
  Values many;
  for (int i = 0; i < 20'000; ++i) many.emplace_back(i);
  EXPECT_THAT(actor.call({"size", Table::list(many)}), StartsWith("overload: memory limit of "));
  EXPECT_EQ(actor.call({"size", Table::list({1, 2})}), "2");
  many.resize(100);
  EXPECT_EQ(actor.call({"size", Table::list(many)}), "100");
}

TEST(Handlers, ThatUseUpTheMemoryAnswerSoAndTheActorGoesOn) {
  ScriptOptions options;
  options.limits.memory_bytes_max = 100'000;
  FakeActor actor(
      "return {eat = function() local t = {} while true do t[#t + 1] = {} end end, "
      "ok = function() return 'ok' end}",
      options);
  actor.start();
  EXPECT_THAT(actor.call({"eat"}), StartsWith("memory_limit: memory limit of 97.66 KiB reached"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(actor.call({"ok"}), "ok");
}

TEST(Handlers, OfCorruptMessagesAnswerSo) {
  FakeActor actor("return {ok = function() return 'ok' end}");
  actor.start();
  MessagePtr broken(Message::make(MessageKind::user, "\xdf\xff\xff"));
  broken->correlation = 99;
  actor.script->handle(std::move(broken));
  EXPECT_THAT(actor.answer(99), StartsWith("corrupt"));
  EXPECT_EQ(actor.call({"ok"}), "ok");
}

// Deferred answers --------------------------------------------------------------------------------

constexpr std::string_view kDefers = R"(
  local actor = require "actor"
  local kept
  return {
    later = function() kept = actor.defer() return "not this" end,
    answer = function(...) return kept:reply(...) end,
    refuse = function(e) return kept:error(e) end,
    drop = function() kept = nil collectgarbage() collectgarbage() end,
    fails = function() kept = actor.defer() error("after all", 0) end,
    fails_late = function() kept = actor.defer() actor.sleep(1) error("after all", 0) end,
    twice = function() kept = actor.defer() other = actor.defer() error("twice", 0) end,
    lost = function() actor.defer() end,
    unsendable = function() return kept:reply(print) end,
  })";

class Deferred : public ::testing::Test {
 protected:
  Deferred() { actor_.start(); }
  FakeActor actor_{kDefers};
};

TEST_F(Deferred, AnswersComeFromThePromiseOnce) {
  const auto request = actor_.ask({"later"});
  EXPECT_EQ(actor_.answer(request), "nothing");
  EXPECT_EQ(actor_.call({"answer", 1, 2}), "true");
  EXPECT_EQ(actor_.answer(request), "1, 2");
  EXPECT_EQ(actor_.call({"answer", 3}), "false");
  EXPECT_EQ(actor_.call({"refuse", "no"}), "false");
}

TEST_F(Deferred, AnswersMayBeErrors) {
  const auto text = actor_.ask({"later"});
  EXPECT_EQ(actor_.call({"refuse", "no"}), "true");
  EXPECT_EQ(actor_.answer(text), "error: no");
  const auto table = actor_.ask({"later"});
  EXPECT_EQ(actor_.call({"refuse", Table{{"message", "m"}, {"detail", 5}}}), "true");
  EXPECT_EQ(actor_.answer(table), "error: m");
}

TEST_F(Deferred, AnswersThatAreDroppedAreCancelled) {
  const auto request = actor_.ask({"later"});
  static_cast<void>(actor_.ask({"drop"}));
  EXPECT_EQ(actor_.answer(request), "cancelled: the promise of an answer was dropped");
  const auto lost = actor_.ask({"lost"});
  static_cast<void>(actor_.ask({"drop"}));
  EXPECT_EQ(actor_.answer(lost), "cancelled: the promise of an answer was dropped");
}

TEST_F(Deferred, AnswersAreOwedAtTheEndToo) {
  const auto request = actor_.ask({"later"});
  actor_.finish();
  EXPECT_EQ(actor_.answer(request), "cancelled: the promise of an answer was dropped");
}

TEST_F(Deferred, HandlersThatFailAfterwardsAnswerWithTheFailure) {
  const auto request = actor_.ask({"fails"});
  EXPECT_EQ(actor_.answer(request), "error: after all");
  EXPECT_EQ(actor_.call({"answer", 1}), "false");
  const auto late = actor_.ask({"fails_late"});
  actor_.advance(seconds(1));
  EXPECT_EQ(actor_.answer(late), "error: after all");
  const auto twice = actor_.ask({"twice"});
  EXPECT_EQ(actor_.answer(twice), "invalid_argument: this handler has put its answer off already");
}

TEST_F(Deferred, HandlersThatFailAfterThePromiseHasAnsweredOnlyLog) {
  const auto request = actor_.ask({"fails_late"});
  EXPECT_EQ(actor_.call({"answer", "in time"}), "true");
  actor_.advance(seconds(1));
  EXPECT_EQ(actor_.answer(request), "in time");
  EXPECT_THAT(actor_.last_log(), StartsWith("error: error in a handler: after all"));
}

TEST_F(Deferred, AnswersThatCannotBeSentAreStillOwed) {
  const auto request = actor_.ask({"later"});
  EXPECT_THAT(actor_.call({"unsendable"}), StartsWith("unsupported"));
  EXPECT_EQ(actor_.answer(request), "nothing");
  EXPECT_EQ(actor_.call({"answer", 1}), "true");
  EXPECT_EQ(actor_.answer(request), "1");
}

TEST(DeferredOutside, IsRefused) {
  EXPECT_THAT(ending_of("require 'actor'.defer()"), StartsWith("error, invalid_argument"));
}

// Ends --------------------------------------------------------------------------------------------

constexpr std::string_view kExits = R"(
  local actor = require "actor"
  local function leave() actor.exit("enough") print("went on") end
  return {
    plain = function() actor.exit() end,
    protected = function() pcall(leave) print("went on") end,
    coroutine = function()
      coroutine.wrap(function() coroutine.wrap(function() pcall(leave) end)() end)()
      print("went on")
    end,
    comparator = function()
      pcall(table.sort, {1, 2, 3}, function() leave() end)
      actor.sleep(100)
    end,
    closing = function()
      local x <close> = setmetatable({}, {__close = function() actor.exit("closed") end})
      error("x")
    end,
    bad = function() actor.exit({}) end,
    long = function() actor.exit(("x"):rep(4097)) end,
    kill = function() actor.kill(actor.self()) print("went on") end,
    on_exit = function(reason) print("exit", reason) end,
  })";

class Exit : public ::testing::Test {
 protected:
  Exit() { actor_.start(); }
  FakeActor actor_{kExits};
};

TEST_F(Exit, EndsTheHandlerWhereItIs) {
  const auto request = actor_.ask({"plain"});
  EXPECT_EQ(actor_.ending(), "normal");
  EXPECT_EQ(actor_.host.printed, "exit\tnormal\n");
  EXPECT_EQ(actor_.answer(request), "nothing");
  actor_.finish();
  EXPECT_EQ(actor_.answer(request), "dead: the actor has ended");
}

TEST_F(Exit, IsSeenByNoProtectedCall) {
  actor_.send({"protected"});
  EXPECT_EQ(actor_.ending(), "enough");
  EXPECT_EQ(actor_.host.printed, "exit\tenough\n");
}

TEST_F(Exit, PassesThroughTheScriptsOwnCoroutines) {
  actor_.send({"coroutine"});
  EXPECT_EQ(actor_.ending(), "enough");
  EXPECT_EQ(actor_.host.printed, "exit\tenough\n");
}

TEST_F(Exit, WhereNothingCanBeSuspendedHappensAtTheNextWait) {
  actor_.send({"comparator"});
  EXPECT_EQ(actor_.ending(), "enough");
}

TEST_F(Exit, FromAClosingVariableHappensToo) {
  const auto request = actor_.ask({"closing"});
  EXPECT_EQ(actor_.ending(), "closed");
  actor_.finish();
  EXPECT_NE(actor_.answer(request), "nothing");
}

TEST_F(Exit, TakesAShortTextAsReason) {
  EXPECT_THAT(actor_.call({"bad"}), StartsWith("invalid_argument"));
  EXPECT_THAT(actor_.call({"long"}), StartsWith("invalid_argument"));
  EXPECT_EQ(actor_.ending(), "not ended");
}

TEST_F(Exit, OfAnActorThatKillsItselfIsKilled) {
  actor_.send({"kill"});
  EXPECT_EQ(actor_.ending(), "killed");
}

TEST(Stop, RunsItsHookWhichMayWaitThenCancelsWhatStillWaits) {
  FakeActor actor(R"(
    local actor = require "actor"
    return {
      wait = function()
        local ok, e = pcall(actor.sleep, 100)
        print("woken", ok, e.code)
        print("again", select(2, pcall(actor.sleep, 1)).code)
        return "partly"
      end,
      on_stop = function() print("stopping") actor.sleep(2) print("stopped") end,
      on_exit = function(reason) print("exit", reason) end,
    })");
  actor.start();
  const auto request = actor.ask({"wait"});
  actor.stop();
  EXPECT_EQ(actor.host.printed, "stopping\n");
  EXPECT_EQ(actor.ending(), "not ended");
  actor.stop();
  actor.advance(seconds(2));
  EXPECT_EQ(actor.host.printed,
            "stopping\nstopped\nwoken\tfalse\tcancelled\nagain\tcancelled\nexit\tstopped\n");
  EXPECT_EQ(actor.ending(), "stopped");
  EXPECT_EQ(actor.answer(request), "partly");
}

TEST(Stop, WithoutAHookEndsAtOnce) {
  FakeActor actor("return function() end");
  actor.start();
  actor.stop();
  EXPECT_EQ(actor.ending(), "stopped");
}

TEST(Stop, InTheMiddleOfTheChunkEndsIt) {
  FakeActor actor("local ok, e = pcall(require 'actor'.sleep, 100) print(e.code) return {}");
  actor.start({}, 50);
  actor.stop();
  EXPECT_EQ(actor.ending(), "stopped");
  EXPECT_EQ(actor.host.printed, "cancelled\n");
}

TEST(Stop, WithAHookThatFailsEndsAllTheSame) {
  FakeActor actor(
      "return {on_stop = function() error('no') end, "
      "on_exit = function() error('neither') end}");
  actor.start();
  actor.stop();
  EXPECT_EQ(actor.ending(), "stopped");
  EXPECT_EQ(actor.host.log_lines.size(), 2u);
}

TEST(Stop, LeavesForksThatHaveNotBegunUnrun) {
  FakeActor actor(
      "local actor = require 'actor' "
      "return {on_stop = function() actor.fork(print, 'late') end}");
  actor.start();
  actor.stop();
  EXPECT_EQ(actor.ending(), "stopped");
  EXPECT_EQ(actor.host.printed, "");
}

TEST(Monitors, RunOnDownOnce) {
  FakeActor actor(R"(
    local actor = require "actor"
    local m
    return {
      watch = function(ref) m = actor.monitor(ref) end,
      cancel = function() return m:cancel() end,
      on_down = function(ref, reason, info)
        print(tostring(ref), reason, info.code, info.message, info.restarting)
      end,
    })");
  actor.start();
  FakeTarget& other = actor.host.add_target();
  actor.send({"watch", ActorRef::of(&other)});
  ASSERT_EQ(actor.host.wishes.size(), 1u);
  const Wish wish = actor.host.wishes.back();
  EXPECT_EQ(wish.what, "monitor");
  actor.down(other, wish.number);
  actor.down(other, wish.number);
  EXPECT_EQ(actor.host.printed, "actor#2\terror\terror\tit broke\tfalse\n");
  EXPECT_EQ(actor.call({"cancel"}), "false");

  actor.send({"watch", ActorRef::of(&other)});
  EXPECT_EQ(actor.call({"cancel"}), "true");
  EXPECT_EQ(actor.host.wishes.back().what, "demonitor");
  actor.send({"watch", ActorRef::of(&other)});
  actor.script->drop_monitors();
  EXPECT_EQ(actor.host.wishes.back().what, "demonitor");
}

}  // namespace
}  // namespace moonwright::runtime
