// memory_class_test.cpp: actors that scripts spawn with a memory class.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "sim_core.hpp"

namespace moonwright::actors {
namespace {

/// Spawns an actor of the class that it is asked for; answers what that one says when it is told to
/// recurse twice, and then anything else.
constexpr std::string_view kSpawner = R"(
  local actor = require "actor"
  local source = [[
    return {
      echo = function(...) return ... end,
      recurse = function()
        local depth = 0
        local function down() depth = depth + 1 return 1 + down() end
        local ok, message = pcall(down)
        return depth, message
      end,
      nest = function()
        local depth = 0
        local function down() depth = depth + 1 string.gsub("x", "x", down) end
        local ok, message = pcall(down)
        return depth, message
      end,
      fail = function()
        local function down() return 1 + down() end
        return down()
      end,
    }
  ]]
  return {
    try = function(class, name)
      local limits = { memory_class = class, memory = "200MiB" }
      local ref = actor.spawn{ source = source, chunk_name = "child", limits = limits }
      local depth, message = ref:call(name)
      -- The hook of a count needs a few slots, too, where there is one.
      assert(math.abs(ref:call(name) - depth) < 25)
      return depth, message
    end,
    fail = function(class)
      local ref = actor.spawn{ source = source, chunk_name = "child",
        limits = { memory_class = class } }
      local ok, err = pcall(ref.call, ref, "fail")
      return ok, err.code, err.message, ref:call("echo", "goes on")
    end,
    spawn = function(class) actor.spawn{ source = "", limits = { memory_class = class } } end,
  }
)";

class MemoryClasses : public ::testing::Test {
 protected:
  Result<Values> ask(std::string_view name, Values args) {
    return sim_.ask(spawner_, name, std::move(args));
  }

 private:
  static SpawnOptions trusted() {
    SpawnOptions options;
    options.sandbox = Sandbox::none;  // may give more memory than it has
    return options;
  }

  SimCore sim_;
  const ActorRef spawner_ = sim_.spawn(std::string(kSpawner), trusted());
};

TEST_F(MemoryClasses, AreCheckedBySpawn) {
  for (const char* name : {"none", "minimal", "standard", "large"}) {
    EXPECT_TRUE(ask("spawn", {name})) << name;
  }
  const auto refused = ask("spawn", {"tiny"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
}

#ifdef MOONWRIGHT_BUNDLED_LUA

TEST_F(MemoryClasses, BoundTheStacksOfSpawnedActors) {
  const auto expect = [this](const char* name, std::int64_t slots_max) {
    const auto answer = ask("try", {name, "recurse"});
    ASSERT_TRUE(answer) << answer.error().message;
    // Each call takes one slot, and the handler a few.
    EXPECT_LT(answer->at(0).as_integer(), slots_max) << name;
    EXPECT_GT(answer->at(0).as_integer(), slots_max - 45) << name;
    EXPECT_EQ(answer->at(1).as_string(), "[string \"child\"]:5: stack overflow");
  };
  expect("minimal", 1'024);
  expect("standard", 65'536);
#ifndef __SANITIZE_THREAD__  // a hundred thousand calls take longer than the caller waits
  expect("large", 1'000'000);
#endif
}

TEST_F(MemoryClasses, BoundTheCallsThroughCOfSpawnedActors) {
  const auto expect = [this](const char* name, std::int64_t depth_max) {
    const auto answer = ask("try", {name, "nest"});
    ASSERT_TRUE(answer) << answer.error().message;
    // Three are under way when a handler begins.
    EXPECT_EQ(answer->at(0).as_integer(), depth_max - 3) << name;
    EXPECT_EQ(answer->at(1).as_string(), "C stack overflow");
  };
  expect("none", 200);
  expect("minimal", 64);
  expect("standard", 128);
  expect("large", 256);
}

TEST_F(MemoryClasses, FailOneMessageAndNotTheActor) {
  const auto answer = ask("fail", {"minimal"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, (Values{false, "error", "[string \"child\"]:16: stack overflow", "goes on"}));
}

#endif

}  // namespace
}  // namespace moonwright::actors
