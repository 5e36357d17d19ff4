// allocation_failure_test.cpp: whatever a script is at, each of its allocations may fail.
//
// A life is taken through again and again, and each time the next allocation fails, until there is
// none left that could. What must hold every time: nothing crashes and nothing leaks, every request
// is answered once and honestly, and what is counted is what is there.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fake_actor.hpp"
#include "memory_sources.hpp"

namespace moonwright::runtime {
namespace {

using std::chrono::seconds;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr std::uint64_t kNoRefusal = ~std::uint64_t{0};

/// What becomes of the allocations from the chosen one on.
enum class Failing : std::uint8_t {
  for_good,         ///< all fail
  once,             ///< that one fails
  until_collected,  ///< that one succeeds once Lua has collected everything that it can
};

std::uint64_t refusals_of(Failing failing) {
  switch (failing) {
    case Failing::for_good: return kNoRefusal;
    case Failing::once: return 2;  // Lua asks twice
    default: return 1;
  }
}

/// Each handler is a scene of its own.
constexpr std::string_view kScript = R"(
  local actor = require "actor"
  local peer = ...
  local module, exposed = require "module", require "exposed"
  local kept, ticks = nil, 0
  local on_close = {__close = function(self, failure)
    ticks = ticks + #(self.name .. tostring(failure ~= nil))
  end}
  local function closing(name) return setmetatable({name = name}, on_close) end

  return {
    echo = function(...) return ... end,
    tables = function(t, n)
      local result = {n, [n] = "x", list = {}, same = t}
      for i = 1, 5 do result.list[i] = {i, name = "item " .. i} end
      return result, t, peer
    end,
    libraries = function(t)
      local list = table.concat({t[1], t[2]}, ",")
      local text = ("%d %s %5.2f"):format(1, list, math.pi):upper():rep(3, "-")
      local found = text:gsub("%d+", function(d) return "<" .. d .. ">" end)
      table.sort(t, function(a, b) return tostring(a) < tostring(b) end)
      return found, #assert(load("return 'text', {...}", "=chunk"))(2), utf8.char(228, 0x4e2d),
             string.pack("<i4s2", 7, "x"), select("#", table.unpack(t)), module.twice(4),
             exposed.add(20, 22)
    end,
    call = function(t)
      return coroutine.wrap(function(...)
        return actor.within(3, function(...) return peer:call("call", ...) end, ...)
      end)(t)
    end,
    futures = function()
      local list = {peer:request("one"), actor.request("self", "two"), peer:request("three")}
      list[3]:cancel()
      local two = actor.any{list[2], list[3]}
      return actor.all{list[1], list[2]}[1], two, (pcall(actor.all, list))
    end,
    forks = function(t)
      local done = 0
      for i = 1, 3 do
        actor.fork(function(...)
          local x <close> = closing("fork")
          actor.sleep(0.1 * i)
          done = done + select("#", ...)
        end, i, t)
      end
      local lost = actor.fork(function() actor.sleep(100) end)
      actor.sleep(0.5)
      return done, lost:cancel()
    end,
    timers = function(t)
      local count = 0
      local every = actor.every(0.1, function(...) count = count + select("#", ...) end, t, nil)
      actor.after(0.15, function(n) count = count + n end, 100)
      local never = actor.after(50, print)
      actor.sleep(0.35)
      return count, every:cancel(), never:cancel(), every:cancel()
    end,
    closes = function()
      local result = {}
      do
        local a <close> = closing("a")
        local co = coroutine.wrap(function()
          local b <close> = closing("b")
          coroutine.yield(1)
          error({code = 7})
        end)
        result[1] = co()
        result[2] = select(2, pcall(co))
      end
      local co = coroutine.create(function() local c <close> = closing("c") coroutine.yield() end)
      coroutine.resume(co)
      result[3] = select(-1, coroutine.close(co))
      return table.unpack(result)
    end,
    nests = function(t)
      local function deep(n)
        if n == 0 then return peer:call("deep", {n}) end
        local ok, value = pcall(coroutine.wrap(function()
          return select(2, xpcall(deep, function(e) return {e} end, n - 1))
        end))
        return value
      end
      local handled = select(2, xpcall(error, function(e) return {e, more = "x" .. e} end, "e"))
      table.sort(t, function(a, b) return pcall(error, {}) or tostring(a) < tostring(b) end)
      return deep(1), handled
    end,
    fails = function(t)
      local x <close> = closing("fails")
      local function inner() error({code = "mine", message = "m" .. #t, list = t}) end
      coroutine.wrap(function() inner() end)()
    end,
    defers = function(t)
      kept = actor.defer()
      actor.fork(function() actor.sleep(0.1) kept:reply({kept = t}) kept = nil end)
    end,
    refuses = function() actor.defer():error({code = "mine", message = "m"}) end,
    loses = function() actor.defer() end,
    spawns = function(t)
      local child = actor.spawn{source = "return {}", wait = true, args = {1, t}, name = "child"}
      local watch = actor.monitor(child)
      return child, watch:cancel()
    end,
    tells = function()
      actor.monitor(peer)
      actor.log("warn", "text" .. ticks)
      print("text", {} ~= nil, ticks)
      return actor.whereis("self"), actor.name(), actor.sender(), (actor.send("nobody", "x")),
             actor.info().name
    end,
    cancelled = function()
      local x <close> = closing("cancelled")
      actor.fork(function() local y <close> = closing("fork") actor.sleep(1000) end)
      local ok, err = pcall(actor.sleep, 1000)
      return err.code or err, ok
    end,
    on_down = function(ref, reason, info) ticks = ticks + #info.message + #tostring(ref) end,
    on_stop = function()
      local x <close> = closing("stop")
      actor.fork(function() actor.sleep(0.1) end)
      actor.sleep(0.5)
    end,
    on_exit = function(reason) kept = {reason .. ticks} end,
  })";

constexpr const char* kScenes[] = {"tables",  "libraries", "call",   "futures", "forks",
                                   "timers",  "closes",    "nests",  "fails",   "defers",
                                   "refuses", "loses",     "spawns", "tells",   "cancelled"};

std::shared_ptr<const Code> compiled(std::string_view source) {
  auto code = compile(source, "=script");
  EXPECT_TRUE(code) << code.error().message;
  return std::make_shared<const Code>(code ? std::move(*code) : Code{});
}

/// The life of one actor, with all that it asks of others.
class Life {
 public:
  static constexpr std::uint64_t kStarted = 1'000'000;

  explicit Life(ScriptOptions options)
      : actor_(with_source(std::move(options), source_)), peer_(actor_.host.add_target()) {
    actor_.host.modules["module"] = "return {twice = function(x) return {x, x} end}";
    auto exposed = std::make_shared<HostModule>();
    exposed->functions.emplace_back("add", [](Call& call) -> Result<Values> {
      return Values{call.args[0].as_integer() + call.args[1].as_integer()};
    });
    actor_.host.host_modules["exposed"] = exposed;
    actor_.start({ActorRef::of(&peer_), Table::list({1, "two"})}, kStarted);
    check();
  }

  /// Lets allocations fail, from `allowed` ones after now.
  void fail_after(std::uint64_t allowed, Failing failing) {
    script().state().allocator().refuse_after(allowed, refusals_of(failing));
  }

  /// Whether anything has failed, or would have.
  [[nodiscard]] bool has_failed() {
    const State* state = script().try_state();
    if (state == nullptr) return true;
    const MemoryFigures figures = state->memory();
    return figures.violations + figures.emergency_collections > 0;
  }

  /// Asks for `name`; answers the number of the request, 0 if nobody takes it.
  std::uint64_t ask(std::string_view name) {
    if (!rests() || !script().takes_messages()) return 0;
    asked_.push_back(actor_.ask({name, Table::list({3, "two", Table::list({1})}), 5}));
    check();
    return asked_.back();
  }

  /// The same, and lets everything happen that comes of it.
  void play(std::string_view name) {
    const std::uint64_t request = ask(name);
    if (request == 0) return;
    answer_others();
    if (rests()) actor_.advance(seconds(1));
    answer_others();
    if (name == "cancelled" && rests()) {
      actor_.cancel(request);
    }
    check();
  }

  void stop() {
    if (rests() && script().takes_messages()) {
      for (const Wish& wish : std::vector<Wish>(actor_.host.wishes)) {
        if (wish.what == "monitor" && wish.target == &peer_) actor_.down(peer_, wish.number);
      }
    }
    if (rests()) actor_.stop();
    if (rests()) actor_.advance(seconds(10));
    if (rests()) script().cancel_all();
    check();
  }

  /// Lets the script go, and expects that nothing is left of it.
  void finish() {
    actor_.finish();
    EXPECT_EQ(source_.bytes(), 0u) << "a leak";
  }
  void kill() {
    actor_.kill();
    EXPECT_EQ(source_.bytes(), 0u) << "a leak";
  }

  /// Whether something can be asked of the script.
  [[nodiscard]] bool rests() { return !actor_.ended() && !script().preempted(); }
  [[nodiscard]] FakeActor& actor() { return actor_; }
  [[nodiscard]] ActorScript& script() { return *actor_.script; }
  [[nodiscard]] CountingSource& source() { return source_; }
  /// What the last request was answered.
  [[nodiscard]] std::string answer() const {
    return asked_.empty() ? "never asked" : actor_.answer(asked_.back());
  }
  /// All answers, that of the start first.
  [[nodiscard]] std::vector<std::string> answers() const {
    std::vector<std::string> all{actor_.answer(kStarted)};
    for (const std::uint64_t number : asked_) all.push_back(actor_.answer(number));
    return all;
  }

 private:
  static ScriptOptions with_source(ScriptOptions options, CountingSource& source) {
    options.memory_source = &source;
    return options;
  }

  /// Answers everything that has been posted or spawned since the last time.
  void answer_others() {
    while (rests() && (sent_ < actor_.host.sent.size() || spawned_ < actor_.host.spawns.size())) {
      if (sent_ < actor_.host.sent.size()) {
        const Sent sent = actor_.host.sent[sent_++];
        if (sent.correlation != 0) actor_.reply(sent, {sent.values[0], Table::list({1, 2})});
      } else {
        const std::uint64_t started = actor_.host.spawns[spawned_++].started;
        if (started != 0) actor_.reply({nullptr, started, kNever, {}}, {});
      }
      check();
    }
  }

  void check() {
    const State* state = script().try_state();
    if (state == nullptr) return;
    EXPECT_TRUE(script().state().allocator().consistent());
    EXPECT_LE(state->memory().used, state->memory().peak);
  }

  CountingSource source_;
  FakeActor actor_;
  FakeTarget& peer_;
  std::vector<std::uint64_t> asked_;
  std::size_t sent_ = 0;
  std::size_t spawned_ = 0;
};

/// Those that suffice where each instruction of a scene is a life, or every life is long.
constexpr const char* kShortScenes[] = {"call", "closes", "nests", "cancelled"};

struct Setting {
  Sandbox sandbox = Sandbox::restricted;
  bool preempts = false;  ///< gives way at every instruction at which it can
};

ScriptOptions options_of(const Setting& setting) {
  static const auto code = compiled(kScript);
  ScriptOptions options;
  options.code = code;
  options.sandbox = setting.sandbox;
  options.limits.on_limit = OnLimit::abort_message;
  if (setting.preempts) {
    options.count_hook = options.preempt_always = true;
    options.limits.check_interval = 1;
  }
  return options;
}

/// What a scene is answered where memory suffices.
std::string answer_of(const char* scene, const Setting& setting) {
  Life life(options_of(setting));
  life.play(scene);
  std::string answer = life.answer();
  life.stop();
  EXPECT_EQ(life.actor().ending(), "stopped");
  life.finish();
  return answer;
}

/// Whether an answer is what the request would get with enough memory, or somebody is told that
/// there was none: whoever asked, or, of a fork or timer, the log.
void expect_honest(const std::string& answer, const std::string& expected, const FakeHost& host) {
  if (answer == expected) return;
  for (const std::string& line : host.log_lines) {
    if (line.find("memory") != std::string::npos) return;
  }
  // Lua's library does not ask why a stack could not be made larger.
  EXPECT_THAT(answer, AnyOf(HasSubstr("memory"), HasSubstr("stack overflow ("),
                            HasSubstr("too many arg"), HasSubstr("too many results")));
}

/// Finishes the life and looks at all that came of it. `expected` is the answer of the scene.
void expect_in_order(Life& life, const std::string& expected) {
  life.finish();
  const std::vector<std::string> answers = life.answers();
  EXPECT_EQ(std::count(answers.begin(), answers.end(), "nothing"), 0);
  if (answers.size() > 1) expect_honest(answers[1], expected, life.actor().host);
}

std::string describe(const char* scene, const Setting& setting, std::uint64_t step) {
  return std::string(scene) + " at " + std::to_string(step) +
         (setting.preempts ? ", giving way" : "") +
         (setting.sandbox == Sandbox::none ? ", trusted" : "");
}

constexpr Setting kSettings[] = {
    {Sandbox::restricted, false}, {Sandbox::none, false}, {Sandbox::restricted, true}};

std::span<const char* const> scenes_of(const Setting& setting) {
  if (setting.preempts) return kShortScenes;
  return kScenes;
}

class AllocationFailure : public testing::TestWithParam<Failing> {
 protected:
  /// Takes a scene through the failure of each allocation after the start, by `play`, which is
  /// given the life; answers how often it took.
  template <class Play>
  static std::uint64_t fail_each(const char* scene, const Setting& setting, Play play) {
    const std::string expected = answer_of(scene, setting);
    bool failed = true;
    std::uint64_t allowed = 0;
    for (; failed && !HasFailure(); ++allowed) {
      SCOPED_TRACE(describe(scene, setting, allowed));
      EXPECT_LT(allowed, 5'000u);
      Life life(options_of(setting));
      life.fail_after(allowed, GetParam());
      play(life);
      failed = life.has_failed();
      expect_in_order(life, expected);
    }
    return allowed;
  }
};

INSTANTIATE_TEST_SUITE_P(Kinds, AllocationFailure,
                         testing::Values(Failing::for_good, Failing::once,
                                         Failing::until_collected),
                         [](const auto& test) -> std::string {
                           switch (test.param) {
                             case Failing::for_good: return "ForGood";
                             case Failing::once: return "Once";
                             default: return "UntilCollected";
                           }
                         });

TEST_P(AllocationFailure, MayMeetEachOneOfAScript) {
  std::uint64_t lives = 0;
  for (const Setting& setting : kSettings) {
    for (const char* const scene : scenes_of(setting)) {
      lives += fail_each(scene, setting, [&](Life& life) {
        life.play(scene);
        if (GetParam() == Failing::for_good) {
          life.stop();
          EXPECT_TRUE(life.actor().ended());
          return;
        }
        // With memory again, all is well.
        life.fail_after(kNoRefusal, GetParam());
        life.play("echo");
        EXPECT_EQ(life.answer(), "{3, two, {1}}, 5");
        life.stop();
        EXPECT_EQ(life.actor().ending(), "stopped");
      });
      if (HasFailure()) return;
    }
  }
  RecordProperty("lives", std::to_string(lives));
  EXPECT_GT(lives, 1'000u);
}

TEST_P(AllocationFailure, MayMeetEachOneOfAStart) {
  for (const Setting& setting : kSettings) {
    bool failed = true;
    std::uint64_t allowed = 0;
    for (; failed; ++allowed) {
      SCOPED_TRACE(describe("start", setting, allowed));
      ASSERT_LT(allowed, 5'000u);
      ScriptOptions options = options_of(setting);
      options.refuse_after = allowed;
      options.refusals = refusals_of(GetParam());
      Life life(options);
      failed = life.has_failed();
      life.stop();
      const std::string ending = life.actor().ending();
      life.finish();
      EXPECT_NE(life.answers()[0], "nothing");
      expect_honest(ending, "stopped", life.actor().host);
      if (HasFailure()) return;
    }
    EXPECT_GT(allowed, 100u);
  }
}

TEST_P(AllocationFailure, MayMeetEachOneOfAScriptThatIsKilledNext) {
  for (const Sandbox sandbox : {Sandbox::restricted, Sandbox::none}) {
    for (const char* const scene : {"forks", "timers", "nests", "closes", "defers", "futures"}) {
      bool failed = true;
      for (std::uint64_t allowed = 0; failed; ++allowed) {
        SCOPED_TRACE(describe(scene, {sandbox, false}, allowed));
        ASSERT_LT(allowed, 5'000u);
        Life life(options_of({sandbox, false}));
        life.fail_after(allowed, GetParam());
        life.ask(scene);
        failed = life.has_failed();
        life.kill();
        const std::vector<std::string> answers = life.answers();
        EXPECT_EQ(std::count(answers.begin(), answers.end(), "nothing"), 0);
        if (HasFailure()) return;
      }
    }
  }
}

/// What is given up is described, answered and let go where no memory may be left for it.
TEST_P(AllocationFailure, MayMeetEachOneOfAScriptThatReachesALimit) {
  for (const OnLimit on_limit : {OnLimit::abort_message, OnLimit::end_actor}) {
    for (const char* const scene : {"forks", "nests", "closes", "libraries", "defers"}) {
      for (const std::uint64_t instructions : {130u, 170u, 250u}) {
        bool failed = true;
        for (std::uint64_t allowed = 0; failed; ++allowed) {
          SCOPED_TRACE(describe(scene, {}, allowed));
          ASSERT_LT(allowed, 5'000u);
          ScriptOptions options = options_of({});
          options.limits.instructions_max = instructions;
          options.limits.on_limit = on_limit;
          Life life(options);
          ASSERT_FALSE(life.actor().ended());
          life.fail_after(allowed, GetParam());
          life.play(scene);
          life.stop();
          EXPECT_TRUE(life.actor().ended());
          failed = life.has_failed();
          life.finish();
          const std::vector<std::string> answers = life.answers();
          EXPECT_EQ(std::count(answers.begin(), answers.end(), "nothing"), 0);
          if (HasFailure()) return;
        }
      }
    }
  }
}

/// The functions that are called as a limit comes near, and what they interrupt.
TEST_P(AllocationFailure, MayMeetEachOneOfAWarning) {
  static const auto code = compiled(R"(
    local kept, heard = {}, 0
    local function note(...)
      heard = heard + 1
      kept[#kept + 1] = {..., text = ("x"):rep(50) .. heard}
      coroutine.wrap(function() pcall(error, {heard}) end)()
    end
    onMemoryWarning, onResourceWarning = note, note
    return {
      fill = function()
        local t = {}
        for i = 1, 43 do t[i] = ("x"):rep(8000) .. i end
        for i = 1, 6000 do heard = heard + 0 end
        return #t
      end,
      echo = function(...) return ... end,
    })");
  ScriptOptions options;
  options.code = code;
  // Far enough from the limit for no allocation to be refused by itself.
  options.limits.memory_bytes_max = 600'000;
  options.limits.warning_threshold = 0.5;
  options.limits.instructions_max = 75'000;
  options.limits.on_limit = OnLimit::abort_message;
  bool failed = true;
  for (std::uint64_t allowed = 0; failed; ++allowed) {
    SCOPED_TRACE(std::to_string(allowed));
    ASSERT_LT(allowed, 5'000u);
    Life life(options);
    life.fail_after(allowed, GetParam());
    life.play("fill");
    if (GetParam() != Failing::for_good) {
      life.fail_after(kNoRefusal, GetParam());
      life.play("echo");
      EXPECT_EQ(life.answer(), "{3, two, {1}}, 5");
    }
    failed = life.has_failed();
    if (!failed) {
      EXPECT_GE(life.script().warnings_given(), 2u);
    }
    life.stop();
    expect_in_order(life, "43");
    if (HasFailure()) return;
  }
}

/// What the host refuses is more than one block: chunks, and what is large.
TEST_P(AllocationFailure, MayBeThatOfTheSource) {
  for (const char* const scene : kScenes) {
    const std::string expected = answer_of(scene, {});
    bool failed = true;
    for (std::uint64_t allowed = 0; failed; ++allowed) {
      SCOPED_TRACE(describe(scene, {}, allowed));
      Life life(options_of({}));
      life.source().refuse_after(allowed, refusals_of(GetParam()));
      life.play(scene);
      failed = life.source().refusals() > 0;
      life.source().refuse_nothing();
      life.stop();
      EXPECT_TRUE(life.actor().ended());
      expect_in_order(life, expected);
      if (HasFailure()) return;
    }
  }
}

// No allocation fails here: the same lives, ended at each instruction.

TEST(Kill, MayComeAtEachInstructionAndEverythingIsAnsweredAndReleased) {
  for (const Sandbox sandbox : {Sandbox::restricted, Sandbox::none}) {
    for (const char* const scene : kShortScenes) {
      bool alive = true;
      for (std::uint64_t turns = 0; alive; ++turns) {
        SCOPED_TRACE(describe(scene, {sandbox, true}, turns));
        ASSERT_LT(turns, 20'000u);
        Life life(options_of({sandbox, true}));
        life.actor().turns_left = turns;
        life.play(scene);
        alive = life.script().preempted();
        life.kill();
        const std::vector<std::string> answers = life.answers();
        EXPECT_EQ(std::count(answers.begin(), answers.end(), "nothing"), 0);
        if (HasFailure()) return;
      }
    }
  }
}

TEST(InstructionLimit, MayBeReachedAtEachInstructionAndEverythingIsAnsweredAndReleased) {
  for (const OnLimit on_limit : {OnLimit::abort_message, OnLimit::end_actor}) {
    for (const char* const scene : kScenes) {
      const std::string expected = answer_of(scene, {});
      bool reached = true;
      for (std::uint64_t most = 1; reached; ++most) {
        SCOPED_TRACE(describe(scene, {}, most));
        ASSERT_LT(most, 20'000u);
        ScriptOptions options = options_of({});
        options.limits.instructions_max = most;
        options.limits.on_limit = on_limit;
        Life life(options);
        life.play(scene);
        life.stop();
        reached = life.actor().ending() != "stopped" || life.answer() != expected;
        EXPECT_TRUE(life.actor().ended());
        life.finish();
        const std::vector<std::string> answers = life.answers();
        EXPECT_EQ(std::count(answers.begin(), answers.end(), "nothing"), 0);
        if (HasFailure()) return;
      }
    }
  }
}

}  // namespace
}  // namespace moonwright::runtime
