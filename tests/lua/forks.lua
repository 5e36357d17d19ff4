-- forks.lua: tasks beside the one that started them.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

test("a fork runs with its arguments", function()
  local got
  actor.fork(function(...) got = table.pack(...) end, 1, nil, 3)
  check.eventually(function() return got end)
  eq(got, { n = 3, 1, nil, 3 })
end)

test("forks take turns where they await, and nowhere else", function()
  local echo, trace, done = check.echo(), {}, 0
  for name = 1, 3 do
    actor.fork(function()
      for step = 1, 3 do
        trace[#trace + 1] = name  -- two entries without an await between them stay together
        trace[#trace + 1] = name
        echo:call("echo", step)
      end
      done = done + 1
    end)
  end
  check.eventually(function() return done == 3 end)
  eq(#trace, 18)
  for i = 1, #trace, 2 do eq(trace[i], trace[i + 1]) end
end)

test("a fork outlives the handler that started it", function()
  local gate = check.gate()
  local child = check.spawn([[
    local actor, gate = require "actor", ...
    local finished = false
    return {
      start = function()
        actor.fork(function() gate:call("pass") finished = true end)
        return "started"
      end,
      finished = function() return finished end,
    }
  ]], gate)
  eq(child:call("start"), "started")
  eq(child:call("finished"), false)
  gate:call("open")
  check.eventually(function() return child:call("finished") end)
end)

test("an actor without behaviour lives until its forks are done", function()
  local gate = check.gate()
  local child = check.spawn([[
    local actor, gate = require "actor", ...
    actor.fork(function() gate:call("pass") end)
  ]], gate)
  local watcher = check.watch(child)
  check.eventually(function() return gate:call("waiting") == 1 end)
  eq(watcher:call("has_ended"), false)
  gate:call("open")
  eq(watcher:call("ending"), "normal")
end)

test("cancel raises cancelled at the await and closes what is to be closed", function()
  local gate = check.gate()
  local caught, closed
  local task = actor.fork(function()
    local guard <close> = setmetatable({}, { __close = function() closed = true end })
    local ok, err = pcall(gate.call, gate, "pass")
    caught = not ok and err
    error(err)
  end)
  check.eventually(function() return gate:call("waiting") == 1 end)
  eq(caught, nil)
  task:cancel()
  check.eventually(function() return closed end)
  check.is_error(caught, "cancelled")
  task:cancel()
end)

test("cancelling a fork before its first await, and after its end, does no harm", function()
  local steps = 0
  local task = actor.fork(function()
    actor.sleep(0)
    steps = steps + 1
  end)
  check.eventually(function() return steps == 1 end)
  task:cancel()
  actor.fork(function() actor.sleep(1000) steps = steps + 1 end):cancel()
  actor.sleep(0.005)
  eq(steps, 1)
end)

test("an error in a fork ends the fork only", function()
  local child = check.spawn [[
    local actor = require "actor"
    return {
      fail = function() actor.fork(function() error "in a fork" end) end,
      ping = function() return "pong" end,
    }
  ]]
  child:call("fail")
  eq(child:call("ping"), "pong")
end)

test("forks fork", function()
  local count = 0
  local function grow(depth)
    count = count + 1
    if depth == 0 then return end
    actor.fork(grow, depth - 1)
    actor.fork(grow, depth - 1)
  end
  actor.fork(grow, 7)
  check.eventually(function() return count == 255 end)
end)

test("fork takes a function", function()
  check.raises("invalid_argument", actor.fork)
  check.raises("invalid_argument", actor.fork, "print")
end)
