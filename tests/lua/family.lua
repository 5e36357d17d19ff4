-- family.lua: children end with their parent, unless they are detached.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

-- A parent that has started one child with these options and tells its address.
local function parent_of(options)
  local parent = check.spawn([[
    local actor, options = require "actor", ...
    local child = actor.spawn(options)
    return {
      child = function() return child end,
      go = function(reason) actor.exit(reason) end,
    }
  ]], options)
  return parent, parent:call("child")
end

local echo = { script = "actors/echo.lua" }

test("children stop when their parent ends, however it ends", function()
  local ways = {
    normal = function(parent) parent:send("go") end,
    bored = function(parent) parent:send("go", "bored") end,
    stopped = actor.stop,
    killed = actor.kill,
  }
  for reason, act in pairs(ways) do
    local parent, child = parent_of(echo)
    local of_parent, of_child = check.watch(parent), check.watch(child)
    act(parent)
    eq(of_parent:call("ending"), reason)
    eq(of_child:call("ending"), "stopped", "child of " .. reason)
  end
end)

test("children of a script that just ends, or fails, stop with it", function()
  for source, reason in pairs{ ["do end"] = "normal", ["error 'oops'"] = "error" } do
    local gate, child_source = check.gate(), nil
    child_source = [[
      local actor, gate, witness = require "actor", ...
      witness:call("child", actor.spawn("actors/echo.lua"))
      gate:call("pass")
    ]]
    local witness = check.spawn [[
      local child
      return { child = function(ref) child = ref end, get = function() return child end }
    ]]
    local parent = check.spawn(child_source .. source, gate, witness)
    check.eventually(function() return gate:call("waiting") == 1 end)
    local of_parent, of_child = check.watch(parent), check.watch(witness:call("get"))
    gate:call("open")
    eq(of_parent:call("ending"), reason)
    eq(of_child:call("ending"), "stopped")
  end
end)

test("grandchildren stop, too", function()
  local parent, child = parent_of{ args = {}, source = [[
    local actor = require "actor"
    local grandchild = actor.spawn("actors/echo.lua")
    return { child = function() return grandchild end }
  ]] }
  local watcher = check.watch(child:call("child"))
  actor.kill(parent)
  eq(watcher:call("ending"), "stopped")
end)

test("a detached child goes on", function()
  local parent, child = parent_of{ script = "actors/echo.lua", detached = true }
  local watcher = check.watch(parent)
  actor.kill(parent)
  watcher:call("ending")
  actor.sleep(0.005)
  eq(child:call("echo", "alive"), "alive")
  actor.kill(child)
end)

test("a parent goes on when a child ends", function()
  local parent, child = parent_of(echo)
  local watcher = check.watch(child)
  actor.kill(child)
  watcher:call("ending")
  eq(parent:call("child"), child)
end)

test("a child that stops is asked first: on_stop runs", function()
  local witness = check.spawn [[
    local told = false
    return { tell = function() told = true end, told = function() return told end }
  ]]
  local parent, child = parent_of{ args = { witness }, source = [[
    local witness = ...
    return { on_stop = function() witness:call("tell") end }
  ]] }
  local watcher = check.watch(child)
  actor.stop(parent)
  eq(watcher:call("ending"), "stopped")
  eq(witness:call("told"), true)
end)
