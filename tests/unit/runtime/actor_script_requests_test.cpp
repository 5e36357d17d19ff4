// actor_script_requests_test.cpp: sends, calls, futures, deadlines, spawns: what a script asks of
// others.
#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <string_view>

#include "fake_actor.hpp"

namespace moonwright::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// The script's handlers work on `peer`, the address of another actor.
constexpr std::string_view kScript = R"(
  local actor = require "actor"
  local peer = ...
  local function try(...)
    local results = table.pack(pcall(...))
    if results[1] then return table.unpack(results, 2, results.n) end
    local e = results[2]
    return e.code, e.message, e.scope
  end
  local future
  local handlers = {}
  function handlers.send(...) return peer:send(...) end
  function handlers.call(...) return try(peer.call, peer, ...) end
  function handlers.request(...) future = peer:request(...) return future:done() end
  function handlers.await() return try(future.await, future) end
  function handlers.cancel() return future:cancel() end
  function handlers.done() return future:done() end
  function handlers.by_name(name, ...) return try(actor.call, name, ...) end
  function handlers.send_by_name(name, ...)
    local ok, e = actor.send(name, ...)
    return ok, e and e.code
  end
  function handlers.three(how)
    local list = {peer:request("a"), peer:request("b"), peer:request("c")}
    local results = table.pack(try(actor[how], list))
    if type(results[1]) == "table" then return table.unpack(results[1], 1, 3) end
    return table.unpack(results, 1, results.n)
  end
  function handlers.same_twice(how)
    local one = peer:request("a")
    local list = try(actor[how], {one, one, one})
    return type(list) == "table" and table.concat(list, " ") or list
  end
  function handlers.within(time, ...)
    return try(actor.within, time, function(...) return peer:call(...) end, ...)
  end
  function handlers.deferred_call() local p = actor.defer() p:reply(try(peer.call, peer, "x")) end
  function handlers.fire(n) for i = 1, n do peer:request("x", i) end collectgarbage() end
  return handlers)";

class Requests : public ::testing::Test {
 protected:
  Requests() {
    FakeTarget& peer = actor_.host.add_target();
    actor_.start({ActorRef::of(&peer)});
  }

  /// How long after now the last request expires.
  milliseconds time_left() const {
    return std::chrono::duration_cast<milliseconds>(actor_.host.sent.back().deadline -
                                                    actor_.host.clock);
  }
  const Sent& last() const { return actor_.host.sent.back(); }

  FakeActor actor_{kScript};
};

TEST_F(Requests, SendsAreOneWayAndTellWhyTheyFail) {
  EXPECT_EQ(actor_.call({"send", "add", 1, nullptr}), "true");
  EXPECT_EQ(text_of(last().values), "add, 1, nil");
  EXPECT_EQ(last().correlation, 0u);
  EXPECT_EQ(last().to->id(), 2u);
  actor_.host.post_result = Posted::overload;
  EXPECT_THAT(actor_.call({"send", "add"}), StartsWith("false, {code = overload"));
  actor_.host.post_result = Posted::dead;
  EXPECT_THAT(actor_.call({"send", "add"}), HasSubstr("code = dead"));
  actor_.host.post_result = Posted::stopped;
  EXPECT_THAT(actor_.call({"send", "add"}), HasSubstr("code = stopped"));
}

TEST_F(Requests, CallsReturnWhatComesBack) {
  const auto request = actor_.ask({"call", "add", 1});
  EXPECT_EQ(actor_.answer(request), "nothing");
  EXPECT_NE(last().correlation, 0u);
  actor_.reply(last(), {1, nullptr, "x", nullptr});
  EXPECT_EQ(actor_.answer(request), "1, nil, x, nil");
}

TEST_F(Requests, CallsRaiseTheFailureWithTheCalleesTextAndTraceback) {
  const auto request = actor_.ask({"call", "add"});
  actor_.fail(last(), {ErrorCode::no_handler, "no handler 'add'", "its traceback"});
  EXPECT_EQ(actor_.answer(request), "no_handler, no handler 'add', nil");
}

TEST_F(Requests, ThatCannotBePostedRaiseAtOnce) {
  actor_.host.post_result = Posted::dead;
  EXPECT_EQ(actor_.call({"call", "x"}), "dead, the actor has ended, nil");
  actor_.host.post_result = Posted::overload;
  EXPECT_THAT(actor_.call({"call", "x"}), StartsWith("overload"));
  EXPECT_EQ(actor_.call({"request", "x"}), "true");
  EXPECT_THAT(actor_.call({"await"}), StartsWith("overload"));
}

TEST_F(Requests, ArePreparedForAnswersThatComeTwiceLateOrForNobody) {
  const auto request = actor_.ask({"call", "x"});
  const Sent sent = last();
  actor_.reply(sent, {1});
  EXPECT_EQ(actor_.answer(request), "1");
  actor_.reply(sent, {2});
  actor_.fail(sent, {ErrorCode::dead, "too late", {}});
  EXPECT_EQ(actor_.script->late_replies(), 2u);
  Sent unknown = sent;
  for (const std::uint64_t number : {std::uint64_t{12345}, ~std::uint64_t{0}, std::uint64_t{0}}) {
    unknown.correlation = number;
    actor_.reply(unknown, {3});
  }
  EXPECT_EQ(actor_.script->late_replies(), 5u);
  EXPECT_EQ(actor_.answer(request), "1");
}

TEST_F(Requests, NeverTakeTheAnswerOfAnEarlierOneInTheSameSlot) {
  static_cast<void>(actor_.ask({"call", "first"}));
  const Sent first = last();
  actor_.advance(seconds(5));
  const auto second = actor_.ask({"call", "second"});
  ASSERT_NE(last().correlation, first.correlation);
  actor_.reply(first, {"of the first"});
  EXPECT_EQ(actor_.answer(second), "nothing");
  actor_.reply(last(), {"of the second"});
  EXPECT_EQ(actor_.answer(second), "of the second");
}

TEST_F(Requests, ToANameGoToWhoeverHasIt) {
  EXPECT_EQ(actor_.call({"by_name", "nobody", "x"}),
            "not_found, no actor is registered as 'nobody', nil");
  EXPECT_EQ(actor_.call({"send_by_name", "nobody", "x"}), "false, not_found");
  EXPECT_EQ(actor_.call({"send_by_name", "self", "x"}), "true, nil");
  EXPECT_EQ(last().to->id(), 1u);
  EXPECT_THAT(actor_.call({"by_name", 5, "x"}), StartsWith("invalid_argument"));
  EXPECT_THAT(actor_.call({"call", 5}), StartsWith("invalid_argument"));
  EXPECT_THAT(actor_.call({"call"}), StartsWith("invalid_argument"));
}

// Deadlines ---------------------------------------------------------------------------------------

TEST_F(Requests, WaitFiveSecondsWhereNothingShorterApplies) {
  const auto request = actor_.ask({"call", "x"});
  EXPECT_EQ(time_left(), seconds(5));
  actor_.advance(milliseconds(4'999));
  EXPECT_EQ(actor_.answer(request), "nothing");
  actor_.advance(milliseconds(1));
  EXPECT_EQ(actor_.answer(request), "timeout, no answer before the deadline, nil");
}

TEST_F(Requests, WaitNineTenthsOfWhatTheHandlerHasLeft) {
  static_cast<void>(actor_.ask({"call", "x"}, actor_.host.clock + seconds(2)));
  EXPECT_EQ(time_left(), milliseconds(1'800));
  static_cast<void>(actor_.ask({"call", "x"}, actor_.host.clock + seconds(100)));
  EXPECT_EQ(time_left(), seconds(5));
  static_cast<void>(actor_.ask({"deferred_call"}, actor_.host.clock + seconds(2)));
  EXPECT_EQ(time_left(), milliseconds(1'800)) << "after defer(), too";
}

TEST_F(Requests, WaitWhatWithinHasLeft) {
  const auto request = actor_.ask({"within", 0.5, "x"});
  EXPECT_EQ(time_left(), milliseconds(500));
  actor_.advance(milliseconds(500));
  EXPECT_EQ(actor_.answer(request), "timeout, the time of within() is over, within");
  static_cast<void>(actor_.ask({"within", 50, "x"}));
  EXPECT_EQ(time_left(), seconds(5));
}

TEST_F(Requests, ExpireInAnyNumberAtOnce) {
  std::vector<std::uint64_t> requests;
  requests.reserve(100);
  for (int i = 0; i < 100; ++i) {
    requests.push_back(actor_.ask({"within", 0.01 * (i % 7 + 1), "x"}));
  }
  actor_.advance(milliseconds(30));
  int expired = 0;
  for (const auto request : requests) expired += actor_.answer(request) != "nothing" ? 1 : 0;
  EXPECT_EQ(expired, 44);
  actor_.advance(milliseconds(40));
  for (const auto request : requests) EXPECT_THAT(actor_.answer(request), StartsWith("timeout"));
}

// Futures -----------------------------------------------------------------------------------------

TEST_F(Requests, AsFuturesAreAwaitedLaterAndMoreThanOnce) {
  EXPECT_EQ(actor_.call({"request", "x"}), "false");
  const auto first = actor_.ask({"await"});
  const auto second = actor_.ask({"await"});
  actor_.reply(last(), {1, 2});
  EXPECT_EQ(actor_.answer(first), "1, 2");
  EXPECT_EQ(actor_.answer(second), "1, 2");
  EXPECT_EQ(actor_.call({"await"}), "1, 2");
  EXPECT_EQ(actor_.call({"done"}), "true");
}

TEST_F(Requests, AsFuturesKeepTheirFailure) {
  static_cast<void>(actor_.ask({"request", "x"}));
  const auto waiting = actor_.ask({"await"});
  actor_.fail(last(), {ErrorCode::dead, "gone", {}});
  EXPECT_EQ(actor_.answer(waiting), "dead, gone, nil");
  EXPECT_EQ(actor_.call({"await"}), "dead, gone, nil");
}

TEST_F(Requests, AsFuturesMayBeCancelled) {
  static_cast<void>(actor_.ask({"request", "x"}));
  const auto waiting = actor_.ask({"await"});
  EXPECT_EQ(actor_.call({"cancel"}), "true");
  EXPECT_EQ(actor_.answer(waiting), "cancelled, the request has been cancelled, nil");
  EXPECT_EQ(actor_.call({"cancel"}), "false");
  actor_.reply(last(), {1});
  EXPECT_EQ(actor_.script->late_replies(), 1u);
}

TEST_F(Requests, AsFuturesExpireThoughNobodyWaits) {
  static_cast<void>(actor_.ask({"request", "x"}));
  actor_.advance(seconds(5));
  EXPECT_EQ(actor_.call({"done"}), "true");
  EXPECT_THAT(actor_.call({"await"}), StartsWith("timeout"));
}

TEST_F(Requests, AsFuturesThatAreCollectedAreForgotten) {
  static_cast<void>(actor_.ask({"fire", 20}));
  static_cast<void>(actor_.ask({"fire", 0}));
  ASSERT_GE(actor_.host.sent.size(), 20u);
  for (const Sent& sent : std::vector<Sent>(actor_.host.sent)) actor_.reply(sent, {1});
  EXPECT_GE(actor_.script->late_replies(), 19u);
}

TEST_F(Requests, AllWaitsForEachAndKeepsTheOrder) {
  const auto request = actor_.ask({"three", "all"});
  const std::vector<Sent> sent = actor_.host.sent;
  actor_.reply(sent[2], {"c"});
  actor_.reply(sent[0], {"a", "only the first counts"});
  EXPECT_EQ(actor_.answer(request), "nothing");
  actor_.reply(sent[1], {});
  EXPECT_EQ(actor_.answer(request), "a, nil, c");
}

TEST_F(Requests, AllRaisesTheFirstFailureAtOnce) {
  const auto request = actor_.ask({"three", "all"});
  actor_.fail(actor_.host.sent[1], {ErrorCode::dead, "gone", {}});
  EXPECT_EQ(actor_.answer(request), "dead, gone, nil");
}

TEST_F(Requests, AnyTakesTheFirstSuccess) {
  const auto request = actor_.ask({"three", "any"});
  const std::vector<Sent> sent = actor_.host.sent;
  actor_.fail(sent[0], {ErrorCode::dead, "gone", {}});
  EXPECT_EQ(actor_.answer(request), "nothing");
  actor_.reply(sent[2], {"c", 2});
  EXPECT_EQ(actor_.answer(request), "c, 2");
}

TEST_F(Requests, AnyRaisesOnceAllHaveFailed) {
  const auto request = actor_.ask({"three", "any"});
  const std::vector<Sent> sent = actor_.host.sent;
  for (const Sent& each : sent) actor_.fail(each, {ErrorCode::dead, "gone", {}});
  EXPECT_EQ(actor_.answer(request), "dead, gone, nil");
}

TEST_F(Requests, ThatStandInAListSeveralTimesCountEachTime) {
  const auto all = actor_.ask({"same_twice", "all"});
  actor_.reply(last(), {"x"});
  EXPECT_EQ(actor_.answer(all), "x x x");
  const auto any = actor_.ask({"same_twice", "any"});
  actor_.fail(last(), {ErrorCode::dead, "gone", {}});
  EXPECT_EQ(actor_.answer(any), "dead");
}

TEST(RequestLists, AreChecked) {
  FakeActor actor(R"(
    local actor = require "actor"
    local function code(f, ...) return (select(2, pcall(f, ...))).code end
    return {
      bad = function()
        return code(actor.all, 1), code(actor.all, {1}), code(actor.any, {}), code(actor.any, {{}})
      end,
      empty = function() return #actor.all{} end,
    })");
  actor.start();
  EXPECT_EQ(actor.call({"bad"}),
            "invalid_argument, invalid_argument, invalid_argument, invalid_argument");
  EXPECT_EQ(actor.call({"empty"}), "0");
}

TEST(Awaiting, IsRefusedWhereNothingCanBeSuspended) {
  FakeActor actor(R"(
    local actor = require "actor"
    local me = actor.self()
    local future = me:request("x")
    local function code(f, ...)
      local args, result = table.pack(...), nil
      tostring(setmetatable({}, {__tostring = function()
        result = select(2, pcall(f, table.unpack(args, 1, args.n))).code
        return ""
      end}))
      return result
    end
    return {
      all = function()
        return code(actor.sleep, 0), code(me.call, me, "x"), code(future.await, future),
               code(actor.all, {future}), code(actor.any, {future}),
               code(actor.spawn, {source = "", wait = true})
      end,
      tostring = function()
        return tostring(setmetatable({}, {__tostring = function() actor.sleep(1) end}))
      end,
      close = function()
        local e
        do
          local x <close> = setmetatable({}, {__close = function() e = pcall(actor.sleep, 1) end})
        end
        return e
      end,
    })");
  actor.start();
  EXPECT_EQ(actor.call({"all"}),
            "unsupported, unsupported, unsupported, unsupported, unsupported, unsupported");
  EXPECT_THAT(actor.call({"tostring"}), StartsWith("unsupported: cannot await here"));
  // A variable that is closed in the course of things may wait.
  const auto request = actor.ask({"close"});
  actor.advance(seconds(1));
  EXPECT_EQ(actor.answer(request), "true");
}

// Spawns ------------------------------------------------------------------------------------------

constexpr std::string_view kSpawns = R"(
  local actor = require "actor"
  local function try(...)
    local ok, e = pcall(...)
    if ok then return "ref", tostring(e) end
    return e.code, e.message
  end
  return {
    plain = function(...) return try(actor.spawn, ...) end,
    table = function(options) return try(actor.spawn, options) end,
  })";

TEST(Spawning, HandsOverWhatTheScriptAskedFor) {
  FakeActor actor(kSpawns);
  actor.start();
  EXPECT_EQ(actor.call({"plain", "child.lua", 1, nullptr, "x", nullptr}), "ref, actor#2");
  ASSERT_EQ(actor.host.spawns.size(), 1u);
  EXPECT_EQ(actor.host.spawns[0].options.script.name(), "child.lua");
  const Message& start = *actor.host.spawns[0].start;
  EXPECT_EQ(text_of(*decode_values(start.bytes(), start.ref_list())), "1, nil, x, nil");

  EXPECT_EQ(actor.call({"table", Table{{"source", "return {}"},
                                       {"chunk_name", "inline"},
                                       {"name", "worker"},
                                       {"sandbox", "restricted"},
                                       {"detached", true},
                                       {"mailbox", Table{{"max", 5}, {"max_bytes", "2KiB"}}},
                                       {"limits", Table{{"memory", "1MiB"}}}}}),
            "ref, actor#3");
  const SpawnRequest& request = actor.host.spawns[1];
  EXPECT_EQ(request.options.script.source(), "return {}");
  EXPECT_EQ(request.options.script.name(), "inline");
  EXPECT_EQ(request.options.name, "worker");
  EXPECT_EQ(request.options.mailbox->messages_max, 5u);
  EXPECT_EQ(request.options.mailbox->bytes_max, 2'048u);
  EXPECT_EQ(request.limits.memory_bytes_max, 1u << 20);
  EXPECT_TRUE(request.detached);
  EXPECT_EQ(request.started, 0u);
}

TEST(Spawning, SaysWhatIsWrongWithAnOption) {
  FakeActor actor(kSpawns);
  actor.start();
  const auto refusal = [&](Table options) {
    std::string text = actor.call({"table", std::move(options)});
    EXPECT_THAT(text, StartsWith("invalid_argument, "));
    return text;
  };
  EXPECT_THAT(refusal({}), HasSubstr("a spawn needs 'script' (a path) or 'source' (text)"));
  EXPECT_THAT(refusal({{"script", "a"}, {"source", "b"}}), HasSubstr("exclude each other"));
  EXPECT_THAT(refusal({{"script", ""}}), HasSubstr("'script' is empty"));
  EXPECT_THAT(refusal({{"script", 5}}), HasSubstr("option 'script' is a number"));
  EXPECT_THAT(refusal({{"script", "a"}, {"scirpt", 1}}), HasSubstr("no option 'scirpt'"));
  EXPECT_THAT(refusal({{"script", "a"}, {1, 1}}), HasSubstr("no option 'number'"));
  EXPECT_THAT(refusal({{"script", "a"}, {"sandbox", "open"}}), HasSubstr("option 'sandbox'"));
  EXPECT_THAT(refusal({{"script", "a"}, {"thread", "own"}}), HasSubstr("option 'thread'"));
  EXPECT_THAT(refusal({{"script", "a"}, {"name", ""}}), HasSubstr("option 'name'"));
  EXPECT_THAT(refusal({{"script", "a"}, {"args", 5}}), HasSubstr("option 'args'"));
  EXPECT_THAT(refusal({{"script", "a"}, {"args", Table{{"n", 20'000}}}}), HasSubstr("10,000"));
  EXPECT_THAT(refusal({{"script", "a"}, {"wait", 1}}), HasSubstr("option 'wait'"));
  EXPECT_THAT(refusal({{"script", "a"}, {"mailbox", Table{{"max", -1}}}}), HasSubstr("negative"));
  EXPECT_THAT(refusal({{"script", "a"}, {"mailbox", Table{{"max", 1.5}}}}), HasSubstr("integer"));
  EXPECT_THAT(refusal({{"script", "a"}, {"limits", Table{{"memory", "lots"}}}}),
              HasSubstr("option 'memory'"));
  EXPECT_THAT(actor.call({"plain", 5}), StartsWith("invalid_argument"));
  EXPECT_TRUE(actor.host.spawns.empty());
  actor.host.spawn_error = Error{ErrorCode::not_found, "no such file", {}};
  EXPECT_EQ(actor.call({"plain", "child.lua"}), "not_found, no such file");
}

TEST(Spawning, WithWaitReturnsOrRaisesWhenTheChunkIsDone) {
  FakeActor actor(kSpawns);
  actor.start();
  const Table options{{"source", ""}, {"wait", true}};
  const auto good = actor.ask({"table", options});
  EXPECT_EQ(actor.answer(good), "nothing");
  actor.reply({nullptr, actor.host.spawns[0].started, kNever, {}}, {});
  EXPECT_EQ(actor.answer(good), "ref, actor#2");
  const auto bad = actor.ask({"table", options});
  actor.fail({nullptr, actor.host.spawns[1].started, kNever, {}},
             {ErrorCode::syntax_error, "wrong", {}});
  EXPECT_EQ(actor.answer(bad), "syntax_error, wrong");
}

// Host functions and modules ----------------------------------------------------------------------

TEST(HostFunctions, AreModulesWhoseErrorsAndExceptionsAreErrors) {
  auto module = std::make_shared<HostModule>();
  module->functions.emplace_back("echo", [](Call& call) -> Result<Values> { return call.args; });
  module->functions.emplace_back(
      "deny", [](Call&) -> Result<Values> { return fail(ErrorCode::denied, "not you"); });
  module->functions.emplace_back(
      "throws", [](Call&) -> Result<Values> { throw std::runtime_error("thrown"); });
  FakeActor actor(R"(
    local host = require "host"
    return {
      echo = function(...) return host.echo(...) end,
      deny = function() return host.deny() end,
      throws = function() return host.throws() end,
      unsendable = function() return host.echo(print) end,
      same = function() return require "host" == host end,
    })");
  actor.host.host_modules["host"] = module;
  actor.start();
  EXPECT_EQ(actor.call({"echo", 1, nullptr, Table::list({2})}), "1, nil, {2}");
  EXPECT_EQ(actor.call({"deny"}), "denied: not you");
  EXPECT_EQ(actor.call({"throws"}), "error: thrown");
  EXPECT_THAT(actor.call({"unsendable"}), StartsWith("unsupported"));
  EXPECT_EQ(actor.call({"same"}), "true");
}

TEST(Modules, RunOnceAndMayAwait) {
  FakeActor actor(R"(
    local counter = require "counter"
    return {
      same = function() return require "counter" == counter, counter.loads end,
      none = function() return require "none", require "none" end,
      fails = function() return pcall(require, "fails") end,
      missing = function() return select(2, pcall(require, "missing")).code end,
      args = function() return require "args" end,
    })");
  actor.host.modules["counter"] =
      "loads = (loads or 0) + 1 require('actor').sleep(1) return {loads = loads}";
  actor.host.modules["none"] = "";
  actor.host.modules["fails"] = "error('in the module', 0)";
  actor.host.modules["args"] = "return table.concat({...}, ' ')";
  actor.start();
  EXPECT_FALSE(actor.script->takes_messages());
  actor.advance(seconds(1));
  EXPECT_EQ(actor.call({"same"}), "true, 1");
  EXPECT_EQ(actor.call({"none"}), "true, true");
  EXPECT_EQ(actor.call({"fails"}), "false, in the module");
  EXPECT_EQ(actor.call({"missing"}), "not_found");
  EXPECT_EQ(actor.call({"args"}), "args args.lua");
}

}  // namespace
}  // namespace moonwright::runtime
