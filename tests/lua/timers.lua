-- timers.lua: sleep, after, every, now.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

test("now is a float that grows", function()
  eq(math.type(actor.now()), "float")
  local before = actor.now()
  check.eventually(function() return actor.now() > before end)
end)

test("sleep waits as long as it is told, and no call is too short", function()
  local before = actor.now()
  actor.sleep(0.02)
  assert(actor.now() - before >= 0.02)
  actor.sleep(0)
  actor.sleep(1e-9)
end)

test("an actor that sleeps goes on answering", function()
  local child = check.spawn [[
    local actor = require "actor"
    return {
      nap = function() actor.sleep(1000) end,
      ping = function() return "pong" end,
    }
  ]]
  child:send("nap")
  eq(child:call("ping"), "pong")
end)

test("after calls once, with its arguments", function()
  local calls = {}
  actor.after(0.001, function(...) calls[#calls + 1] = table.pack(...) end, 1, nil, 3, nil)
  check.eventually(function() return #calls > 0 end)
  actor.sleep(0.005)
  eq(calls, { { n = 4, 1, nil, 3, nil } })
end)

test("timers fire in the order of their times", function()
  local order = {}
  for _, i in ipairs{ 4, 2, 5, 1, 3 } do
    actor.after(i * 0.005, function() order[#order + 1] = i end)
  end
  check.eventually(function() return #order == 5 end)
  eq(order, { 1, 2, 3, 4, 5 })
end)

test("a cancelled timer does not fire", function()
  local fired = false
  local timer = actor.after(0.002, function() fired = true end)
  timer:cancel()
  timer:cancel()
  actor.sleep(0.01)
  eq(fired, false)

  timer = actor.after(0, function() fired = true end)
  check.eventually(function() return fired end)
  timer:cancel()
end)

test("every calls until it is cancelled, from inside too", function()
  local count, timer = 0, nil
  timer = actor.every(0.001, function(step)
    count = count + step
    if count == 10 then timer:cancel() end
  end, 2)
  check.eventually(function() return count == 10 end)
  actor.sleep(0.01)
  eq(count, 10)
end)

test("what a timer calls may await", function()
  local echo, got = check.echo(), nil
  actor.after(0, function() got = echo:call("echo", "awaited") end)
  check.eventually(function() return got end)
  eq(got, "awaited")
end)

test("an error in a timer neither stops it nor its actor", function()
  local child = check.spawn [[
    local actor = require "actor"
    local calls = 0
    actor.every(0.001, function() calls = calls + 1 error "in a timer" end)
    return { calls = function() return calls end }
  ]]
  check.eventually(function() return child:call("calls") > 3 end)
end)

test("thousands of timers all fire", function()
  local fired = 0
  for i = 1, 5000 do actor.after((i % 7) * 0.001, function() fired = fired + 1 end) end
  check.eventually(function() return fired == 5000 end)
end)

test("the timers of an actor end with it", function()
  local counter = check.spawn [[
    local count = 0
    return { add = function() count = count + 1 end, count = function() return count end }
  ]]
  local ticker = check.spawn([[
    local actor, counter = require "actor", ...
    actor.every(0.001, function() counter:send("add") end)
    return {}
  ]], counter)
  check.eventually(function() return counter:call("count") > 0 end)
  local watcher = check.watch(ticker)
  actor.kill(ticker)
  watcher:call("ending")
  local count = counter:call("count")
  actor.sleep(0.01)
  eq(counter:call("count"), count)
end)

test("a timer keeps no actor alive that has nothing else to do", function()
  local child = check.spawn [[
    local actor = require "actor"
    actor.after(1000, function() end)
  ]]
  eq(check.watch(child):call("ending"), "normal")
end)

test("wrong times and wrong functions are refused", function()
  for _, wrong in ipairs{ "soon", {}, true, 0 / 0, -1, math.huge } do
    check.raises("invalid_argument", actor.sleep, wrong)
    check.raises("invalid_argument", actor.after, wrong, print)
    check.raises("invalid_argument", actor.every, wrong, print)
  end
  check.raises("invalid_argument", actor.sleep)
  check.raises("invalid_argument", actor.after, 1)
  check.raises("invalid_argument", actor.every, 1, "print")
  check.raises("invalid_argument", actor.every, 0, print)
end)
