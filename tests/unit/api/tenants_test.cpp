// tenants_test.cpp: whatever one actor does to what it can reach, another one of the same script on
// the same thread sees nothing of it, neither one that was there before nor one that comes after.
#include <gmock/gmock.h>

#include <string>

#include "api_support.hpp"
#include "support/temp_folder.hpp"

namespace moonwright {
namespace {

using testing::HasSubstr;

/// Two handlers: `look` describes everything that could be told apart, `harm` changes all of it and
/// answers how much it could. `draw` gives random numbers, after a seed if there is one.
constexpr const char* kTenant = R"(
  local shared = require "shared"

  local function names_of(container, depth)
    local names = {}
    for key, value in pairs(container) do
      local name = tostring(key) .. ":" .. type(value)
      if type(value) == "table" and depth > 0 and value ~= _G then
        name = name .. "{" .. names_of(value, depth - 1) .. "}"
      elseif type(value) == "number" or type(value) == "string" then
        name = name .. "=" .. tostring(value)
      end
      names[#names + 1] = name
    end
    table.sort(names)
    return table.concat(names, " ")
  end

  local function look()
    local seen = { names_of(_G, 1), names_of(require "actor", 0), names_of(shared, 1) }
    local function see(...)
      for i = 1, select("#", ...) do
        local value = select(i, ...)
        seen[#seen + 1] = type(value) == "table" and "a table" or tostring(value)
      end
    end
    local text = getmetatable("")
    see(("x"):rep(3), ("abc"):upper(), #("abc"), "10" + 5, ("x").nothing, type(text))
    if type(text) == "table" then see(names_of(text, 1), text.__index == string) end
    for _, value in ipairs{ 1, true, print, coroutine.create(print) } do
      see(getmetatable(value), (pcall(function() return value.x end)))
    end
    see(getmetatable(_G), nothing, math.floor(2.5), math.pi, select("#", 1, 2), tonumber("0x10"))
    see(string.format("%.2f %d %s", 1.5, 7, "s"), tonumber("1,5"), tonumber("1.5"), ("1.5") + 0)
    see(table.concat({ 1, 2, 3 }, ","), table.unpack({ 1, 2 }), utf8.char(228), next({}))
    see(pcall(error, "e"), tostring(nil), rawequal(1, 1), type(require "actor"), ("\228"):upper())
    see(require("string") == string, require "shared" == shared, shared.value, shared.list[1])
    local _, err = pcall(require("actor").spawn, {})
    see(tostring(err), err.code, err.extra)
    if collectgarbage then see(pcall(collectgarbage, "isrunning")) end
    if io then see(collectgarbage "incremental") end
    return table.concat(seen, "; ")
  end

  local function harm()
    local evil = function() return "evil" end
    local done = 0
    local function try(f, ...) if pcall(f, ...) then done = done + 1 end end
    local pairs, pcall, rawset, type, setmetatable = pairs, pcall, rawset, type, setmetatable
    local actor, getmetatable, ipairs = require "actor", getmetatable, ipairs
    local collectgarbage, math, debug, os, random = collectgarbage, math, debug, os, math.random
    local _, err = pcall(actor.spawn, {})
    local values = { "", 1, true, print, coroutine.create(print), actor, actor.self(), err }
    try(function() err.extra = "evil" rawset(err, "code", "evil") end)
    try(function() shared.value = "evil" shared.list[1] = "evil" shared.more = evil end)
    try(function() actor.spawn = evil actor.extra = evil end)
    try(math.randomseed, 42)
    for _, option in ipairs{ "stop", "generational", "setpause", "setstepmul" } do
      if collectgarbage then try(collectgarbage, option, 10) end
    end
    if debug then
      for _, value in ipairs(values) do
        try(debug.setmetatable, value, { __index = evil, __add = evil, __call = evil })
      end
      try(debug.setmetatable, nil, { __index = evil })
      for key in pairs(debug.getregistry()) do
        if type(key) == "string" then try(rawset, debug.getregistry(), key, nil) end
      end
    end
    if os then try(os.setlocale, "C.UTF-8") try(os.setlocale, "de_DE.UTF-8") end
    for _, value in ipairs(values) do
      local meta = getmetatable(value)
      if type(meta) == "table" then
        for _, event in ipairs{ "__index", "__add", "__call", "__concat", "__tostring" } do
          try(rawset, meta, event, evil)
        end
      end
      try(setmetatable, value, { __index = evil })
    end
    local libraries = {}
    for name, value in pairs(_G) do
      if type(value) == "table" and value ~= _G then libraries[name] = value end
    end
    for _, library in pairs(libraries) do
      for name in pairs(library) do try(rawset, library, name, evil) end
      try(rawset, library, "extra", "evil")
    end
    try(setmetatable, _G, { __index = evil, __metatable = "evil" })
    for name in pairs(_G) do
      if name ~= "_G" and name ~= "tostring" then try(rawset, _G, name, evil) end
    end
    return done
  end

  return { look = look, harm = harm, draw = function(seed)
    if seed then math.randomseed(seed) end
    local drawn = {}
    for i = 1, 8 do drawn[i] = math.random(1 << 40) end
    return table.concat(drawn, " ")
  end }
)";

constexpr const char* kShared = "return { value = 'value', list = { 'first' } }";

class Tenants : public testing::TestWithParam<Sandbox> {
 protected:
  Tenants() {
    folder_.write("shared.lua", kShared);
    RuntimeOptions options;
    options.workers = 1;
    options.script_root = folder_.path();
    runtime_.emplace(start_runtime(std::move(options)));
  }

  ActorRef spawn() {
    SpawnOptions options;
    options.script = Script::text(kTenant, "tenant");
    options.sandbox = GetParam();
    return runtime_->spawn(std::move(options)).value();
  }
  std::string text(const ActorRef& actor, std::string_view name, Values args = {}) {
    const auto answer = ask(*runtime_, actor, name, std::move(args));
    if (!answer) return "failed: " + answer.error().message;
    return std::string(answer->front().as_string());
  }
  /// Has a new actor do all the harm it can; it lives on.
  ActorRef spawn_vandal() {
    ActorRef vandal = spawn();
    const auto done = ask(*runtime_, vandal, "harm");
    EXPECT_TRUE(done) << done.error().message;
    if (done) {
      EXPECT_GT(done->front().as_integer(), 80);
    }
    return vandal;
  }
  void end(const ActorRef& actor) {
    EXPECT_TRUE(runtime_->kill_actor(actor));
    EXPECT_TRUE(tests::eventually([&] { return !runtime_->stats(actor); }));
  }

  tests::TempFolder folder_;
  std::optional<Runtime> runtime_;
};

TEST_P(Tenants, HarmIsSeenByWhoDidIt) {
  const ActorRef vandal = spawn();
  const std::string before = text(vandal, "look");
  EXPECT_THAT(before, HasSubstr("xxx; ABC; 3; 15"));
  ASSERT_TRUE(ask(*runtime_, vandal, "harm"));
  EXPECT_NE(text(vandal, "look"), before);
}

TEST_P(Tenants, WhoWasThereBeforeSeesNothing) {
  const ActorRef neighbour = spawn();
  const std::string before = text(neighbour, "look");
  spawn_vandal();
  EXPECT_EQ(text(neighbour, "look"), before);
}

TEST_P(Tenants, WhoComesAfterSeesNothing) {
  const std::string before = text(spawn(), "look");
  for (int round = 0; round < 20; ++round) {
    const ActorRef vandal = spawn_vandal();
    ASSERT_EQ(text(spawn(), "look"), before) << "beside the vandal";
    end(vandal);
    ASSERT_EQ(text(spawn(), "look"), before) << "in what the vandal left";
  }
}

TEST_P(Tenants, NobodyIsSeededByAnother) {
  const ActorRef neighbour = spawn();
  const ActorRef seeder = spawn();
  const std::string seeded = text(seeder, "draw", {42});
  EXPECT_EQ(text(seeder, "draw", {42}), seeded);
  EXPECT_NE(text(neighbour, "draw"), seeded);
  end(seeder);
  const ActorRef next = spawn();
  const std::string drawn = text(next, "draw");
  EXPECT_NE(drawn, seeded);
  EXPECT_NE(text(spawn(), "draw"), drawn);
}

std::string name_of(const testing::TestParamInfo<Sandbox>& info) {
  return std::string(to_string(info.param));
}

INSTANTIATE_TEST_SUITE_P(Levels, Tenants,
                         testing::Values(Sandbox::none, Sandbox::restricted, Sandbox::strict),
                         name_of);

}  // namespace
}  // namespace moonwright
