// storm_test.cpp: preemption as often as it can be, of actors that make it expensive.
#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "crowd.hpp"

namespace moonwright::stress {
namespace {

class Storm : public InEachMode {};
INSTANTIATE_TEST_SUITE_P(, Storm, testing::ValuesIn(tests::kPreemptionModes), name_of_mode);

RuntimeOptions shortest_slices() {
  RuntimeOptions options;
  options.slice = std::chrono::microseconds(10);
  return options;
}

Limits roomy() {
  Limits limits;
  limits.memory_bytes_max = 256u << 20;
  return limits;
}

/// Recurses so many frames deep, tells the host, and does `work` for ever.
std::string deep(int depth, const std::string& work) {
  return "local function deep(n) if n > 0 then return 1 + deep(n - 1) end "
         "require('host').ready() " +
         work + " end return { go = function() deep(" + std::to_string(depth) + ") end }";
}

/// Setting a hook walks all frames: signals that come faster than it is done stop the world.
TEST_P(Storm, OfDeepStacksLetsOthersWork) {
  RuntimeOptions options = shortest_slices();
  options.default_sandbox = Capabilities{.modules = {"host"}};
  Crowd crowd(GetParam(), std::move(options));
  std::atomic<int> ready = 0;
  ASSERT_TRUE(crowd.runtime().expose("host.ready", [&ready](Call&) -> Result<Values> {
    ++ready;
    return Values{};
  }));
  const ActorRef echo = crowd.spawn(kEcho);
  std::vector<ActorRef> deep_ones;
  for (const char* work :
       {"while true do end", "while true do pcall(error) end",
        "while true do coroutine.wrap(error)() end", "while true do local t = {} end"}) {
    deep_ones.push_back(crowd.spawn(deep(150'000, std::string("pcall(function() ") + work +
                                                      " end)"
                                                      " while true do end"),
                                    roomy()));
    ASSERT_TRUE(crowd.runtime().send(deep_ones.back(), "go"));
  }
  ASSERT_TRUE(tests::eventually([&] { return ready == 4; }));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(crowd.ask(echo, "echo", {i}));
  for (const ActorRef& actor : deep_ones) ASSERT_TRUE(crowd.runtime().kill_actor(actor));
  EXPECT_TRUE(tests::eventually([&] { return crowd.ends().count("killed") == 4; }));
  EXPECT_TRUE(crowd.stop());
}

constexpr const char* kBombs[] = {
    "local function f() return 1 + f() end while true do pcall(f) end",
    "local function f() return 1 + f() end while true do xpcall(f, f) end",
    "local function f(...) return f(1, ...) end while true do pcall(f) end",
    "local function f() pcall(f) pcall(f) end while true do f() end",
    "local function f() return (('x'):gsub('x', f)) end while true do pcall(f) end",
    "local function f() coroutine.wrap(f)() end while true do pcall(f) end",
    "local function f() table.sort({ 1, 2, 3 }, f) end while true do pcall(f) end",
    R"(
      local mt = {}
      function mt.__close() local guard <close> = setmetatable({}, mt) end
      while true do pcall(mt.__close) end
    )",
};

/// Overflowing stacks shrink and grow all the time, while hooks are set on them.
TEST_P(Storm, OfRecursionBombsEndsWithTheirLimits) {
  Crowd crowd(GetParam(), shortest_slices());
  Limits limits = roomy();
  limits.timeout = std::chrono::milliseconds(300);
  const ActorRef echo = crowd.spawn(kEcho);
  std::vector<ActorRef> bombs;
  for (const char* body : kBombs) {
    bombs.push_back(
        crowd.spawn("return { go = function() " + std::string(body) + " end }", limits));
    ASSERT_TRUE(crowd.runtime().send(bombs.back(), "go"));
  }
  EXPECT_TRUE(tests::eventually([&] { return crowd.ends().count("timeout") == bombs.size(); }));
  EXPECT_TRUE(crowd.ask(echo, "echo", {1}));
  EXPECT_TRUE(crowd.stop());
}

/// Each is taken off its worker thousands of times; none loses or repeats a step.
TEST_P(Storm, OfManyLoopsMiscountsNothing) {
  Crowd crowd(GetParam(), shortest_slices());
  constexpr int kActors = 50;
  std::vector<std::future<Result<Values>>> answers;
  for (int i = 0; i < kActors; ++i) {
    const ActorRef actor = crowd.spawn(R"(
      local function steps(n)
        return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end)
      end
      return { go = function(n)
        local sum, text = 0, {}
        for i in steps(n) do
          sum = sum + i
          text[i % 10 + 1] = ("%d"):format(i):gsub("1", function() return "one" end)
          local ok = pcall(error, i)
          assert(not ok)
        end
        return sum, table.concat(text, " ")
      end }
    )");
    answers.push_back(crowd.runtime().call(actor, "go", {20'000}, tests::kPatience));
  }
  for (auto& answer : answers) {
    const Result<Values> values = answer.get();
    ASSERT_TRUE(values) << values.error().message;
    EXPECT_EQ(values->at(0).as_integer(), 20'000 * 20'001 / 2);
    EXPECT_EQ(values->at(1).as_string(),
              "20000 one999one one9992 one9993 one9994 one9995 one9996 one9997 one9998 one9999");
  }
  EXPECT_TRUE(crowd.stop());
}

}  // namespace
}  // namespace moonwright::stress
