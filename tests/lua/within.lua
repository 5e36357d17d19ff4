-- within.lua: one deadline for all waits inside.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

local function times_out(seconds, f, ...)
  local err = check.raises("timeout", actor.within, seconds, f, ...)
  eq(err.scope, "within")
  return err
end

test("within returns what its function returns", function()
  eq(check.results(actor.within, 10, function(...) return ... end, 1, nil, 3),
    { n = 3, 1, nil, 3 })
  local echo = check.echo()
  eq(actor.within(10, function() return echo:call("echo", 1) + echo:call("echo", 2) end), 3)
end)

test("errors pass through", function()
  local ok, err = pcall(actor.within, 10, error, { "mine" })
  eq(ok, false)
  eq(err, { "mine" })
end)

test("every kind of wait ends at the deadline", function()
  local gate = check.gate()
  times_out(0.01, actor.sleep, 1000)
  times_out(0.01, gate.call, gate, "pass")
  times_out(0.01, function() gate:request("pass"):await() end)
  times_out(0.01, function() actor.all{ gate:request("pass") } end)
  times_out(0.01, function() actor.any{ gate:request("pass"), gate:request("pass") } end)
  times_out(0.01, function()
    actor.spawn{ source = [[ require("actor").sleep(1000) ]], wait = true }
  end)
end)

test("several short waits share one deadline", function()
  local rounds = 0
  times_out(0.02, function()
    while true do
      actor.sleep(0.001)
      rounds = rounds + 1
    end
  end)
  assert(rounds > 0)
end)

test("the smaller deadline wins, whichever is inside", function()
  local before = actor.now()
  times_out(0.01, actor.within, 1000, actor.sleep, 1000)
  local ok, err = pcall(actor.within, 1000, function() times_out(0.01, actor.sleep, 1000) end)
  assert(ok, err)
  assert(actor.now() - before < 100)
end)

test("an inner pcall does not outwit it", function()
  times_out(0.01, function()
    pcall(actor.sleep, 1000)
    actor.sleep(1000)
  end)
end)

test("it is over when the function returns", function()
  actor.within(0.01, function() end)
  actor.sleep(0.02)
  pcall(actor.within, 0.01, error)
  actor.sleep(0.02)
  times_out(0.001, actor.sleep, 1000)
  actor.sleep(0.005)
end)

test("it belongs to the coroutine that called it: forks and timers do not inherit it", function()
  local forked, timed = false, false
  actor.within(0.01, function()
    actor.fork(function() actor.sleep(0.03) forked = true end)
    actor.after(0, function() actor.sleep(0.03) timed = true end)
  end)
  check.eventually(function() return forked and timed end)
end)

test("a coroutine resumed inside shares the deadline", function()
  times_out(0.01, function()
    coroutine.wrap(function() actor.sleep(1000) end)()
  end)
end)

test("it travels with the messages", function()
  local gate = check.gate()
  local witness = check.spawn [[
    local seen
    return { tell = function(code) seen = code end, seen = function() return seen end }
  ]]
  local middle = check.spawn([[
    local gate, witness = ...
    return { wait = function()
      local ok, err = pcall(gate.call, gate, "pass")
      witness:send("tell", not ok and err.code)
      error(err)
    end }
  ]], gate, witness)
  -- The callee has a little less time than its caller, so that it can still say what went wrong.
  check.raises("timeout", actor.within, 0.02, middle.call, middle, "wait")
  check.eventually(function() return witness:call("seen") end)
  eq(witness:call("seen"), "timeout")
end)

test("two tasks have deadlines of their own", function()
  local results = {}
  for i, seconds in ipairs{ 0.01, 0.02, 1000 } do
    actor.fork(function()
      results[i] = pcall(actor.within, seconds, actor.sleep, 0.05)
    end)
  end
  check.eventually(function() return results[3] ~= nil end)
  eq(results, { false, false, true })
end)

test("wrong times and wrong functions are refused", function()
  for _, wrong in ipairs{ "soon", {}, 0 / 0, -1 } do
    check.raises("invalid_argument", actor.within, wrong, print)
  end
  check.raises("invalid_argument", actor.within, 1)
  check.raises("invalid_argument", actor.within, 1, "print")
end)
