-- passivation.lua: actors that give their state back, as scripts see it.
local actor = require "actor"
local check = require "lib.check"
local test, eq, raises = check.test, check.eq, check.raises

local counter = [[
  local actor = require "actor"
  total = total or 0
  list = list or { 1, 2 }
  list.itself = list
  local lost = 0
  return {
    add = function(n) total, lost = total + n, lost + n return total end,
    get = function() return total, lost, list.itself == list, #list end,
    leave = function() actor.passivate() end,
    tick = function() actor.every(60, print) end,
  }]]

local function is_passive(ref)
  return function() return actor.info(ref).passive end
end

test("an idle actor gives its state back and has its data again with the next message", function()
  local ref = actor.spawn{ source = counter, name = "sleeper", wait = true }
  eq(ref:call("add", 5), 5)
  local bytes = actor.passivate(ref)
  eq(math.type(bytes), "integer")
  eq(actor.info(ref).passive, true)
  eq(actor.info(ref).memory.used_bytes, 0)
  eq(actor.whereis("sleeper"), ref)
  eq(actor.tasks(ref), {})
  local total, lost, is_shared, count = ref:call("get")
  eq(total, 5)
  eq(lost, 0)
  eq(is_shared, true)
  eq(count, 2)
  eq(actor.info(ref).passive, false)
  actor.kill(ref)
end)

test("after a time without messages it does so by itself", function()
  local ref = actor.spawn{ source = counter, passivate_after = 0.02, wait = true }
  for i = 1, 3 do
    eq(ref:call("add", 1), i)
    check.eventually(is_passive(ref))
  end
  actor.kill(ref)
end)

test("its own word holds once it is idle", function()
  local ref = actor.spawn{ source = counter, wait = true }
  ref:call("leave")
  check.eventually(is_passive(ref))
  eq(ref:call("add", 2), 2)
  eq(actor.info(ref).passive, false)
  actor.kill(ref)
end)

test("who has more than data stays, and says what", function()
  local ref = actor.spawn{ source = counter, wait = true }
  ref:call("tick")
  local err = raises("overload", actor.passivate, ref)
  eq(err.message:find("it has a timer", 1, true) ~= nil, true)
  actor.kill(ref)
  raises("killed", actor.passivate, ref)
end)

test("it is for those who control the actor", function()
  local stranger = actor.spawn{ sandbox = "restricted", wait = true, source = [[
    local actor = require "actor"
    return { try = function(ref) return select(2, pcall(actor.passivate, ref)).code end }]] }
  local ref = actor.spawn{ source = counter, wait = true }
  eq(stranger:call("try", ref), "denied")
  raises("invalid_argument", actor.passivate, actor.supervise{ children = {} })
  actor.kill(ref)
  actor.kill(stranger)
end)

