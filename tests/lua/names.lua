-- names.lua: registered names.
local actor = require "actor"
local check = require "lib.check"
local test, eq, raises = check.test, check.eq, check.raises

local named = [[
  local actor = require "actor"
  return {
    name = function() return actor.name() end,
    register = function(name) actor.register(name) end,
  }
]]

test("an actor spawned with a name is found by it", function()
  local child = actor.spawn{ source = named, name = "first" }
  eq(actor.whereis("first"), child)
  eq(actor.call("first", "name"), "first")
  eq(actor.send("first", "name"), true)
  eq(actor.request("first", "name"):await(), "first")
end)

test("an actor can register itself", function()
  local child = actor.spawn{ source = named }
  child:call("register", "second")
  eq(actor.whereis("second"), child)
  eq(child:call("name"), "second")
end)

test("without a name, an actor is called like its script", function()
  local child = actor.spawn{ source = [[
    local name = require("actor").name()
    return { name = function() return name end }
  ]], chunk_name = "from_text" }
  check.contains(child:call("name"), "from_text")
  check.contains(actor.name(), "names.lua")
end)

test("names taken twice are refused", function()
  actor.spawn{ source = named, name = "taken" }
  raises("already_exists", actor.spawn, { source = named, name = "taken" })
  raises("already_exists", actor.register, "taken")
  local child = actor.spawn{ source = named }
  local err = raises("already_exists", child.call, child, "register", "taken")
  check.contains(err.message, "taken")
end)

test("a name is free again when its actor has ended", function()
  for _ = 1, 3 do
    local child = actor.spawn{ source = named, name = "again" }
    local watcher = check.watch(child)
    actor.kill(child)
    watcher:call("ending")
    eq(actor.whereis("again"), nil)
  end
end)

test("unknown names are nobody", function()
  eq(actor.whereis("nobody"), nil)
  check.refused("not_found", actor.send("nobody", "hello"))
  local err = raises("not_found", actor.call, "nobody", "hello")
  check.contains(err.message, "nobody")
  raises("not_found", function() actor.request("nobody", "hello"):await() end)
end)

test("a refused spawn leaves nothing behind", function()
  raises("syntax_error", actor.spawn, { source = "return +", name = "half" })
  eq(actor.whereis("half"), nil)
end)

test("names are texts that are not empty", function()
  for _, wrong in ipairs{ "", 7, {}, true } do
    raises("invalid_argument", actor.register, wrong)
    raises("invalid_argument", actor.spawn, { source = named, name = wrong })
  end
  raises("invalid_argument", actor.register)
  raises("invalid_argument", actor.whereis)
  raises("invalid_argument", actor.whereis, {})
end)
