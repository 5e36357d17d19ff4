// actor_script_memory_test.cpp: memory runs out at every possible place, and nothing else happens.
#include <gmock/gmock.h>

#include <chrono>
#include <cstdint>
#include <lua.hpp>
#include <string>
#include <string_view>

#include "fake_actor.hpp"

namespace moonwright::runtime {
namespace {

using std::chrono::seconds;
using ::testing::AnyOf;
using ::testing::StartsWith;

constexpr std::uint64_t kNoRefusal = ~std::uint64_t{0};

/// Everything that a script can have under way at a time.
constexpr std::string_view kBusy = R"(
  local actor = require "actor"
  local peer = ...
  local ticks, kept = 0, nil
  local timer = actor.every(1, function(...) ticks = ticks + select("#", ...) end, "a", nil)
  actor.fork(function() actor.sleep(1.5) ticks = ticks + 100 end)
  actor.monitor(peer)
  return {
    echo = function(...) return ... end,
    call = function(...)
      return coroutine.wrap(function(...)
        return actor.within(3, function(...) return peer:call("call", ...) end, ...)
      end)(...)
    end,
    futures = function()
      local list = {peer:request("one"), actor.request("self", "two")}
      return actor.all(list)[1], (pcall(actor.any, list))
    end,
    sleep = function() actor.sleep(1) return "slept" end,
    defer = function() kept = actor.defer() end,
    answer = function() return kept:reply({kept = true}) end,
    lose = function() actor.defer() end,
    spawn = function() return actor.spawn{source = "", wait = true, args = {1, {2}}} end,
    fails = function() error({code = "mine", message = "m"}) end,
    finds = function() return actor.whereis("self"), actor.name(), (actor.sender()) end,
    on_down = function(ref, reason, info) ticks = ticks + #info.message end,
    on_stop = function() actor.sleep(0.5) timer:cancel() end,
    on_exit = function(reason) ticks = reason end,
  })";

/// Takes a script through all of its life. Answers what its requests were answered.
class Life {
 public:
  explicit Life(std::uint64_t refuse_after) : actor_(kBusy, options(refuse_after)) {
    peer_ = &actor_.host.add_target();
    actor_.start({ActorRef::of(peer_)}, kStarted);
  }

  void run() {
    for (const char* name : {"echo", "call", "futures", "sleep", "defer", "lose", "spawn", "fails",
                             "finds", "nobody"}) {
      ask({name, 1, Table::list({2, "three"})});
    }
    answer_all();
    actor_.advance(seconds(2));
    ask({"answer"});
    ask({"call", 1});
    if (!actor_.ended()) actor_.down(*peer_, 1);
    answer_all();
    ask({"sleep"});
    if (!actor_.ended()) actor_.stop();
    actor_.advance(seconds(10));
    if (!actor_.ended()) actor_.stop();
  }

  FakeActor& actor() { return actor_; }
  const std::vector<std::uint64_t>& asked() const { return asked_; }
  static constexpr std::uint64_t kStarted = 1'000'000;

 private:
  static ScriptOptions options(std::uint64_t refuse_after) {
    ScriptOptions options;
    options.limits.on_limit = OnLimit::abort_message;
    options.refuse_after = refuse_after;
    return options;
  }

  void ask(const Values& message) {
    if (actor_.ended() || !actor_.script->takes_messages()) return;
    asked_.push_back(actor_.ask(message));
  }

  /// Answers everything that has been posted or spawned since the last time.
  void answer_all() {
    for (; sent_ < actor_.host.sent.size() && !actor_.ended(); ++sent_) {
      const Sent sent = actor_.host.sent[sent_];
      if (sent.correlation != 0) actor_.reply(sent, {sent.values[0], Table::list({1, 2})});
    }
    for (; spawned_ < actor_.host.spawns.size() && !actor_.ended(); ++spawned_) {
      const std::uint64_t started = actor_.host.spawns[spawned_].started;
      if (started != 0) actor_.reply({nullptr, started, kNever, {}}, {});
    }
  }

  FakeActor actor_;
  FakeTarget* peer_ = nullptr;
  std::vector<std::uint64_t> asked_;
  std::size_t sent_ = 0;
  std::size_t spawned_ = 0;
};

TEST(ScriptMemory, SufficesForABusyLife) {
  Life life(kNoRefusal);
  EXPECT_EQ(life.actor().answer(Life::kStarted), "");
  life.run();
  FakeActor& actor = life.actor();
  EXPECT_EQ(actor.ending(), "stopped");
  actor.finish();
  std::string answers;
  for (const auto number : life.asked()) answers += actor.answer(number) + "\n";
  EXPECT_EQ(answers,
            "1, {2, three}\n"
            "call, {1, 2}\n"
            "one, true\n"
            "slept\n"
            "{kept = true}\n"
            "cancelled: the promise of an answer was dropped\n"
            "actor#3\n"
            "error: m\n"
            "actor#1, fake, nil\n"
            "no_handler: no handler 'nobody' in actor 'fake'\n"
            "true\n"
            "call, {1, 2}\n"
            "cancelled: the actor is stopping\n");
}

/// Whether an answer is what the request would get with enough memory, or says that there was none.
void expect_honest(const std::string& answer, const std::string& context) {
  EXPECT_NE(answer, "nothing") << context;
  if (answer.find("memory") != std::string::npos) return;
  EXPECT_THAT(answer,
              AnyOf("", "1, {2, three}", "call, {1, 2}", "one, true", "one, false", "slept",
                    "{kept = true}", "actor#3", "error: m", "actor#1, fake, nil", "true", "false",
                    StartsWith("no_handler: "), StartsWith("cancelled: "), StartsWith("timeout: "),
                    StartsWith("dead: "), StartsWith("error: script:")))
      << context;
}

TEST(ScriptMemory, MayRunOutAtEachAllocationForGood) {
  std::uint64_t allowed = 0;
  for (bool refused = true; refused; ++allowed) {
    ASSERT_LT(allowed, 5'000u);
    Life life(allowed);
    if (!life.actor().ended()) life.run();
    const std::string context = "after " + std::to_string(allowed) + " allocations";
    refused = !life.actor().ended() || life.actor().ending() != "stopped" ||
              life.actor().script->state().memory().violations > 0;
    life.actor().finish();
    expect_honest(life.actor().answer(Life::kStarted), context);
    for (const auto number : life.asked()) expect_honest(life.actor().answer(number), context);
    if (HasFailure()) break;
  }
  EXPECT_GT(allowed, 300u);
}

/// Refuses one allocation, together with its second try after the collection, and no more. An
/// Allocator, too, because Lua asks its allocator for the bound of its stacks.
class OneRefusal : private Allocator {
 public:
  OneRefusal(State& state, std::uint64_t index)
      : Allocator(0, 0), inner_(&state.allocator()), left_(index) {
    lua_setallocf(state.lua(), allocate, static_cast<Allocator*>(this));
  }
  bool done() const { return refused_ > 0; }

 private:
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
    auto& mine = *static_cast<OneRefusal*>(static_cast<Allocator*>(self));
    const bool grows = new_size > (block == nullptr ? 0 : old_size);
    if (grows && mine.refused_ > 0 && mine.refused_ < 2 && block == mine.block_ &&
        new_size == mine.size_) {
      ++mine.refused_;
      return nullptr;
    }
    if (grows && mine.refused_ == 0 && mine.left_-- == 0) {
      mine.refused_ = 1;
      mine.block_ = block;
      mine.size_ = new_size;
      return nullptr;
    }
    return Allocator::allocate(mine.inner_, block, old_size, new_size);
  }

  Allocator* inner_;
  std::uint64_t left_;
  int refused_ = 0;
  void* block_ = nullptr;
  std::size_t size_ = 0;
};

TEST(ScriptMemory, MayRunOutOnceAtEachAllocationAndTheActorGoesOn) {
  std::uint64_t index = 0;
  for (bool refused = true; refused; ++index) {
    ASSERT_LT(index, 5'000u);
    Life life(kNoRefusal);
    FakeActor& actor = life.actor();
    OneRefusal refusal(actor.script->state(), index);
    life.run();
    refused = refusal.done();
    const std::string context = "at allocation " + std::to_string(index);
    EXPECT_EQ(actor.ending(), "stopped") << context;
    actor.finish();
    int spoilt = 0;
    for (const auto number : life.asked()) {
      expect_honest(actor.answer(number), context);
      if (actor.answer(number).find("memory") != std::string::npos) ++spoilt;
    }
    // A stack that cannot grow is not tried again, and the second refusal meets somebody else.
    EXPECT_LE(spoilt, 2) << context;
    if (HasFailure()) break;
  }
  EXPECT_GT(index, 100u);
}

TEST(ScriptMemory, OfAnAnswerIsNeverMistakenForThatOfAnotherCall) {
  constexpr std::string_view kTwoCalls = R"(
    local actor = require "actor"
    local peer = ...
    return {
      go = function()
        pcall(coroutine.wrap(function()
          return actor.within(3, function() return peer:call("first") end)
        end))
        pcall(actor.spawn, {source = "", wait = true})
        local second = peer:call("second")
        pcall(actor.spawn, {source = "", wait = true})
        local before = actor.now()
        actor.sleep(1)
        return second, actor.now() - before
      end,
    })";
  for (std::uint64_t index = 0;; ++index) {
    ASSERT_LT(index, 5'000u);
    FakeActor actor(kTwoCalls);
    const ActorRef peer = ActorRef::of(&actor.host.add_target());
    actor.start({peer});
    OneRefusal refusal(actor.script->state(), index);
    const auto request = actor.ask({"go"});
    // Whatever has been posted or spawned by now is answered, then whatever comes of that.
    std::size_t sent = 0;
    std::size_t spawned = 0;
    while (sent < actor.host.sent.size() || spawned < actor.host.spawns.size()) {
      if (spawned < actor.host.spawns.size()) {
        actor.reply({nullptr, actor.host.spawns[spawned++].started, kNever, {}}, {"child"});
      } else {
        const Sent each = actor.host.sent[sent++];
        actor.reply(each, {each.values[0]});
      }
    }
    actor.advance(seconds(1));
    const std::string answer = actor.answer(request);
    if (answer.find("memory") == std::string::npos) {
      EXPECT_EQ(answer, "second, 1") << "at allocation " << index;
    }
    const bool refused = refusal.done();
    actor.finish();
    if (!refused || HasFailure()) break;
  }
}

/// At level none a script can set finalizers, which run when its state is closed.
ScriptOptions trusted() {
  ScriptOptions options;
  options.sandbox = Sandbox::none;
  options.limits.memory_bytes_max = 1u << 20;
  return options;
}

TEST(ScriptMemory, MayBeFilledByAFinalizerAsTheStateCloses) {
  FakeActor actor(R"(
    debug.setmetatable({}, {__gc = function()
      local t = {}
      for i = 1, 1e6 do t[i] = {i} end
    end})
    return {})",
                  trusted());
  actor.start();
  actor.stop();
  EXPECT_EQ(actor.ending(), "stopped");
  actor.finish();
}

}  // namespace
}  // namespace moonwright::runtime
