-- references.lua: the addresses of actors as values.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

test("references to the same actor are equal, however they were come by", function()
  local child = actor.spawn{ name = "referenced", source = [[
    local actor = require "actor"
    return { me = function() return actor.self() end, same = function(ref) return ref end }
  ]] }
  local refs = { child, child:call("me"), actor.whereis("referenced"), child:call("same", child) }
  for _, ref in ipairs(refs) do
    assert(ref == child and rawequal(ref, child))
    eq(tostring(ref), tostring(child))
    eq(ref:id(), child:id())
  end
  assert(child ~= actor.self())
  eq(actor.self(), actor.self())
end)

test("references are table keys, here and after a journey", function()
  local echo, other = check.echo(), check.echo()
  local ages = { [echo] = 3, [other] = 4 }
  eq(ages[echo:call("echo", echo)], 3)
  local got = echo:call("echo", { ages = ages, list = { other, echo, other } })
  eq(got.ages[echo], 3)
  eq(got.ages[other], 4)
  eq(got.list, { other, echo, other })
end)

test("references can be called by whom they were sent to", function()
  local middle = check.spawn [[
    return { ask = function(ref, ...) return ref:call("echo", ...) end }
  ]]
  eq(middle:call("ask", check.echo(), 1), 1)
end)

test("a reference is text for people and a number for programs", function()
  local echo, other = check.echo(), check.echo()
  assert(tostring(echo):match("^actor#%d+$"), tostring(echo))
  eq(math.type(echo:id()), "integer")
  assert(echo:id() ~= other:id())
  assert(tostring(echo) ~= tostring(other))
end)

test("a reference keeps an address, not an actor", function()
  local echo = check.echo()
  local watcher = check.watch(echo)
  actor.kill(echo)
  watcher:call("ending")
  local later = check.echo()
  assert(later ~= echo and later:id() ~= echo:id())
  eq(later:call("echo", echo), echo)
  check.refused("dead", echo:send("echo"))
end)

test("a reference has its methods and nothing else", function()
  local echo = check.echo()
  eq(echo.no_such_field, nil)
  eq(pcall(function() echo.field = 1 end), false)
  eq(type(echo), "userdata")
  eq(pcall(setmetatable, echo, {}), false)
end)

test("references that are let go are no burden", function()
  local echo = check.echo()
  for _ = 1, 20 do
    for _ = 1, 100 do echo:send("echo", check.echo()) end
    collectgarbage()
  end
  eq(echo:call("echo", "done"), "done")
end)
