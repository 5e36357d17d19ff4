-- tasks.lua: what an actor is in the middle of, and what it waits for.
local actor = require "actor"
local check = require "lib.check"
local test, eq, raises = check.test, check.eq, check.raises

--- The tasks of `ref` once there are `count` of them, and all wait for something, or compute.
local function tasks_of(ref, count, computing)
  local tasks
  check.eventually(function()
    tasks = actor.tasks(ref)
    local waiting = 0
    for _, task in ipairs(tasks) do
      if (task.awaiting == "turn") == (computing == true) then waiting = waiting + 1 end
    end
    return #tasks == count and waiting == count
  end)
  return tasks
end

local worker = [[
  local actor = require "actor"
  local gate = ...
  local handlers = {}
  function handlers.calls() return gate:call("pass", 1) end
  function handlers.sleeps() actor.sleep(60) end
  function handlers.any()
    local late = gate:request("pass")
    local later = actor.request(gate, "pass")
    return actor.any{ late, later }
  end
  function handlers.awaits() return gate:request("pass"):await() end
  function handlers.within() return actor.within(30, function() return gate:call("pass") end) end
  function handlers.coroutine()
    local inner = coroutine.wrap(function() gate:call("pass") end)
    local function outer() inner() end
    coroutine.wrap(outer)()
  end
  function handlers.spawns()
    actor.spawn{ wait = true, source = "(...):call('pass')", args = { gate } }
  end
  function handlers.forks() actor.fork(function() actor.sleep(60) end) end
  function handlers.ticks() actor.after(0, function() actor.sleep(60) end) end
  function handlers.own() return actor.tasks() end
  function handlers.own_info() return actor.info().tasks end
  return handlers
]]

-- What waits for ever is not waited for.
local started = {}

local function start(message)
  local gate = check.gate()
  local child = actor.spawn{ source = worker, args = { gate } }
  child:send(message)
  started[#started + 1] = child
  return child, gate
end

test("a call waits for the reply of an actor", function()
  local child, gate = start("calls")
  local task = tasks_of(child, 1)[1]
  eq(task.kind, "handler")
  eq(task.message, "calls")
  eq(task.awaiting, "reply")
  eq(#task.replies, 1)
  eq(task.replies[1].from, gate)
  eq(task.replies[1].message, "pass")
  eq(task.replies[1].name ~= nil, true)
  eq(task.waited >= 0, true)
  eq(task.left > 0 and task.left <= 60.1, true, task.left)
  eq(task.traceback:find("in method 'call'", 1, true) ~= nil, true, task.traceback)
  eq(task.traceback:find(":4:", 1, true) ~= nil, true, task.traceback)
end)

test("a sleeper says for how long", function()
  local task = tasks_of(start("sleeps"), 1)[1]
  eq(task.awaiting, "sleep")
  eq(task.replies, nil)
  eq(task.left > 50 and task.left <= 60.1, true, task.left)
end)

test("futures name the requests that are open", function()
  local child, gate = start("any")
  local task = tasks_of(child, 1)[1]
  eq(task.awaiting, "futures")
  eq(#task.replies, 2)
  for _, reply in ipairs(task.replies) do
    eq(reply.from, gate)
    eq(reply.message, "pass")
  end
  task = tasks_of(start("awaits"), 1)[1]
  eq(task.awaiting, "futures")
  eq(#task.replies, 1)
end)

test("within() bounds the wait", function()
  local task = tasks_of(start("within"), 1)[1]
  eq(task.left <= 30.1, true, task.left)
end)

test("the wait of a coroutine is that of its task", function()
  local child, gate = start("coroutine")
  local task = tasks_of(child, 1)[1]
  eq(task.awaiting, "reply")
  eq(task.replies[1].from, gate)
  local _, lines = task.traceback:gsub("\n", "")
  eq(lines >= 4, true, task.traceback)
  eq(task.traceback:find("method 'call'", 1, true) ~= nil, true, task.traceback)
end)

test("whoever waits for a spawn waits for the child", function()
  local task = tasks_of(start("spawns"), 1)[1]
  eq(task.awaiting, "reply")
  eq(task.replies[1].message, nil)
  eq(task.replies[1].from ~= nil, true)
end)

test("forks and timers have a kind of their own", function()
  eq(tasks_of(start("forks"), 1)[1].kind, "fork")
  eq(tasks_of(start("ticks"), 1)[1].kind, "timer")
end)

test("the task that asks is not one of them", function()
  local child = start("sleeps")
  eq(#child:call("own"), 1)
  eq(#child:call("own_info"), 1)
  eq(#actor.tasks(), #actor.info().tasks)
end)

test("info() asks for the tasks when they are looked at", function()
  local child, gate = start("calls")
  tasks_of(child, 1)
  local info = actor.info(child)
  eq(rawget(info, "tasks"), nil)
  eq(info.tasks[1].replies[1].from, gate)
  eq(rawget(info, "tasks"), info.tasks)
  eq(info.nothing, nil)
end)

test("an actor that computes answers when it gives way", function()
  local child = check.spawn("return { loops = function() while true do end end }")
  child:send("loops")
  local task
  check.eventually(function()
    task = tasks_of(child, 1, true)[1]
    return task.message == "loops"
  end)
  eq(task.awaiting, "turn")
  eq(task.traceback:find("in function <", 1, true) ~= nil, true, task.traceback)
  actor.kill(child)
end)

test("a hundred are listed, and all are counted", function()
  local child = check.spawn([[
    local actor = require "actor"
    for _ = 1, 250 do actor.fork(function() actor.sleep(60) end) end
    return {}
  ]])
  local list, total
  check.eventually(function()
    list, total = actor.tasks(child)
    return total == 250
  end)
  eq(#list, 100)
end)

test("only who controls an actor sees its tasks", function()
  local secret = start("sleeps")
  tasks_of(secret, 1)
  local spy = actor.spawn{ sandbox = "restricted", args = { secret }, source = [[
    local actor = require "actor"
    local target = ...
    return {
      look = function() return actor.tasks(target) end,
      info = function() return actor.info(target).tasks end,
      take = function(ref) target = ref end,
    }
  ]] }
  raises("denied", function() spy:call("look") end)
  eq(spy:call("info"), nil)
  spy:call("take", actor.grant(secret))
  eq(#spy:call("look"), 1)
  eq(#spy:call("info"), 1)
end)

test("the dead have no tasks", function()
  local child = check.spawn("return {}")
  actor.kill(child)
  check.eventually(function() return not pcall(actor.tasks, child) end)
  raises("killed", function() actor.tasks(child) end)
  raises("invalid_argument", function() actor.tasks(7) end)
end)

for _, ref in ipairs(started) do actor.kill(ref) end
