-- quota.lua: what a script sees of the memory budget.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

test("a trusted actor sees everybody", function()
  local child = actor.spawn{ wait = true, name = "seen", source = "return {}" }
  local status = actor.quota()
  eq(status.enforced, true)
  eq(status.total, math.huge)
  eq(status.overdrawn, 0)
  eq(status.under_pressure, false)
  eq(#status.actors, 2)
  local row = status.actors[1]
  eq(row.name, "seen")
  eq(row.id, child:id())
  eq(row.quota >= row.used, true)
  eq(row.efficiency > 0 and row.efficiency <= 100, true)
  eq(row.uptime >= 0 and row.last_settled >= 0, true)
  actor.kill(child)
end)

test("others see themselves alone", function()
  local child = actor.spawn{ source = [[
    local actor = require "actor"
    return { look = function() return actor.quota() end }
  ]] }
  child:call("look")
  local seen = child:call("look")
  eq(seen.total, nil)
  eq(seen.granted, nil)
  eq(#seen.actors, 1)
  eq(seen.actors[1].id, child:id())
  eq(seen.actors[1].quota > 0, true)
  actor.kill(child)
end)

test("a spawn may say how long it waits", function()
  local child = actor.spawn{ quota_wait = 0.5, source = "return { get = function() return 1 end }" }
  eq(child:call("get"), 1)
  actor.kill(child)
end)
