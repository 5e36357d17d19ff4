-- stop_and_kill.lua: actors that end while others count on them.
local actor = require "actor"
local check = require "lib.check"
local test, eq, raises = check.test, check.eq, check.raises

local server_source = [[
  local actor, gate, witness = require "actor", ...
  return {
    wait = function(...) gate:call("pass") return ... end,
    ping = function() return "pong" end,
    on_stop = function() if witness then witness:call("tell", "on_stop") end end,
  }
]]

local function witness()
  return check.spawn [[
    local told = {}
    return {
      tell = function(what) told[#told + 1] = what end,
      told = function() return told end,
    }
  ]]
end

test("stop ends an actor with reason stopped, after on_stop", function()
  local seen = witness()
  local child = check.spawn(server_source, check.gate(), seen)
  local watcher = check.watch(child)
  actor.stop(child)
  eq(watcher:call("ending"), "stopped")
  eq(seen:call("told"), { "on_stop" })
  raises("dead", child.call, child, "ping")
  actor.stop(child)
  actor.kill(child)
end)

test("what was sent before the stop is still handled", function()
  local seen = witness()
  local child = check.spawn([[
    local seen = ...
    return { note = function(n) seen:send("tell", n) end }
  ]], seen)
  local watcher = check.watch(child)
  local expected = {}
  for i = 1, 1000 do
    child:send("note", i)
    expected[i] = i
  end
  actor.stop(child)
  eq(watcher:call("ending"), "stopped")
  eq(seen:call("told"), expected)
end)

test("a handler that waits may finish, and its caller gets the answer", function()
  local gate = check.gate()
  local child = check.spawn(server_source, gate)
  local watcher = check.watch(child)
  local future = child:request("wait", "finished")
  check.eventually(function() return gate:call("waiting") == 1 end)
  actor.stop(child)
  check.eventually(function() return not child:send("ping") end)
  eq(watcher:call("has_ended"), false)
  gate:call("open")
  eq(future:await(), "finished")
  eq(watcher:call("ending"), "stopped")
end)

test("who does not stop in time is killed", function()
  local gate = check.gate()
  local child = check.spawn(server_source, gate)
  local watcher = check.watch(child)
  local future = child:request("wait")
  check.eventually(function() return gate:call("waiting") == 1 end)
  actor.stop(child, 0.01)
  local reason = watcher:call("ending")
  assert(reason == "killed" or reason == "stopped", reason)
  local ok, err = pcall(future.await, future)
  assert(not ok and (err.code == "killed" or err.code == "stopped"), err.code)
end)

test("a callee killed before the handler starts answers killed", function()
  local gate = check.gate()
  local child = check.spawn([[
    (...):call("pass")
    return { ping = function() return "pong" end }
  ]], gate)
  local futures = {}
  for i = 1, 100 do futures[i] = child:request("ping") end
  check.eventually(function() return gate:call("waiting") == 1 end)
  actor.kill(child)
  for _, future in ipairs(futures) do raises("killed", future.await, future) end
end)

test("a callee killed in the middle of the handler answers killed", function()
  local gate = check.gate()
  local child = check.spawn(server_source, gate)
  local futures = {}
  for i = 1, 100 do futures[i] = child:request("wait") end
  check.eventually(function() return gate:call("waiting") == 100 end)
  actor.kill(child)
  for _, future in ipairs(futures) do raises("killed", future.await, future) end
  gate:call("open")  -- the replies find nobody
end)

test("a callee that exits in the middle of the handler answers dead", function()
  local child = check.spawn [[
    local actor = require "actor"
    return {
      before = function() actor.exit("gone") end,
      after = function() actor.sleep(0.001) actor.exit("gone") end,
    }
  ]]
  raises("dead", child.call, child, "before")
  child = check.spawn [[
    local actor = require "actor"
    return { after = function() actor.sleep(0.001) actor.exit("gone") end }
  ]]
  raises("dead", child.call, child, "after")
end)

test("a caller that is killed while it waits leaves nothing behind", function()
  local gate = check.gate()
  local callee = check.spawn(server_source, gate)
  local caller = check.spawn([[
    local callee = ...
    return { go = function() callee:call("wait") end }
  ]], callee)
  caller:send("go")
  check.eventually(function() return gate:call("waiting") == 1 end)
  local watcher = check.watch(caller)
  actor.kill(caller)
  eq(watcher:call("ending"), "killed")
  gate:call("open")
  eq(callee:call("ping"), "pong")
end)

test("no pcall, to-be-closed variable or hook sees a kill", function()
  local seen, gate = witness(), check.gate()
  local child = check.spawn([[
    local gate, seen = ...
    return {
      go = function()
        local function close() seen:send("tell", "close") end
        local guard <close> = setmetatable({}, { __close = close })
        pcall(gate.call, gate, "pass")
        seen:send("tell", "after")
      end,
      on_exit = function() seen:send("tell", "exit") end,
      on_stop = function() seen:send("tell", "stop") end,
    }
  ]], gate, seen)
  child:send("go")
  check.eventually(function() return gate:call("waiting") == 1 end)
  local watcher = check.watch(child)
  actor.kill(child)
  eq(watcher:call("ending"), "killed")
  gate:call("open")
  eq(seen:call("told"), {})
end)

test("a reply after the deadline is dropped", function()
  local gate = check.gate()
  local server = check.spawn(server_source, gate)
  raises("timeout", actor.within, 0.01, server.call, server, "wait", "late")
  local future = server:request("ping")
  gate:call("open")
  eq(future:await(), "pong")
  for _ = 1, 10 do eq(server:call("ping"), "pong") end
end)

test("an actor can stop or kill itself", function()
  for reason, act in pairs{ stopped = "stop", killed = "kill" } do
    local child = check.spawn([[
      local actor, act = require "actor", ...
      return { go = function() actor[act](actor.self()) end }
    ]], act)
    local watcher = check.watch(child)
    child:send("go")
    eq(watcher:call("ending"), reason)
  end
end)

test("an actor that ends has no more timers, forks or names", function()
  local seen, gate = witness(), check.gate()
  local child = actor.spawn{ name = "short-lived", args = { seen, gate }, source = [[
    local actor, seen, gate = require "actor", ...
    actor.fork(function() gate:call("pass") seen:send("tell", "fork") end)
    actor.after(0.02, function() seen:send("tell", "timer") end)
    return {}
  ]] }
  check.eventually(function() return gate:call("waiting") == 1 end)
  local watcher = check.watch(child)
  actor.kill(child)
  watcher:call("ending")
  gate:call("open")
  eq(actor.whereis("short-lived"), nil)
  actor.sleep(0.03)
  eq(seen:call("told"), {})
end)

test("ten thousand actors are stopped at once", function()
  local crowd = actor.spawn{ sandbox = "none", source = [[
    local actor = require "actor"
    local alive, stopped, members = 0, 0, {}
    local crowd = {}
    function crowd.start(n)
      for _ = 1, n do
        local member = actor.spawn("actors/echo.lua")
        actor.monitor(member)
        alive, members[#members + 1] = alive + 1, member
      end
    end
    function crowd.stop()
      for _, member in ipairs(members) do actor.stop(member) end
    end
    function crowd.on_down(_, reason)
      alive = alive - 1
      if reason == "stopped" then stopped = stopped + 1 end
    end
    function crowd.alive() return alive, stopped end
    return crowd
  ]] }
  for _ = 1, 10 do crowd:call("start", 1000) end
  crowd:call("stop")
  check.eventually(function() return crowd:call("alive") == 0 end)
  eq(select(2, crowd:call("alive")), 10000)
end)

test("thousands of children end with their parent", function()
  local parent = actor.spawn{ sandbox = "none", source = [[
    local actor = require "actor"
    local last
    return { start = function(n)
      for _ = 1, n do last = actor.spawn("actors/echo.lua") end
      return last
    end }
  ]] }
  local last
  for _ = 1, 5 do last = parent:call("start", 1000) end
  local of_parent, of_last = check.watch(parent), check.watch(last)
  actor.kill(parent)
  eq(of_parent:call("ending"), "killed")
  eq(of_last:call("ending"), "stopped")
end)

test("stop and kill take references", function()
  for _, f in ipairs{ actor.stop, actor.kill } do
    raises("invalid_argument", f)
    raises("invalid_argument", f, {})
    raises("invalid_argument", f, 7)
  end
  local echo = check.echo()
  raises("invalid_argument", actor.stop, echo, "soon")
  raises("invalid_argument", actor.stop, echo, -1)
  eq(echo:call("echo", "alive"), "alive")
end)
