-- info.lua: what an actor can find out about what it uses, and about others.
local actor = require "actor"
local check = require "lib.check"
local test, eq, raises = check.test, check.eq, check.raises

test("an actor sees what it uses right now", function()
  local child = actor.spawn{ limits = { memory = "8MiB" }, source = [[
    local actor = require "actor"
    return { fill = function()
      local before = actor.info().memory
      local text = ("x"):rep(1 << 20)
      local after = actor.info(actor.self()).memory
      return { before = before, after = after, size = #text }
    end }
  ]] }
  local figures = child:call("fill")
  eq(figures.before.limit_bytes, 8 << 20)
  eq(figures.after.used_bytes - figures.before.used_bytes >= 1 << 20, true)
  eq(figures.after.peak_bytes >= figures.after.used_bytes, true)
  eq(figures.after.used_bytes < 8 << 20, true)
  eq(figures.after.violations, 0)
end)

test("an actor without a limit has an endless one", function()
  eq(actor.info().memory.limit_bytes, math.huge)
end)

test("another actor is seen as of the end of its last turn", function()
  local child = actor.spawn{ wait = true, source = [[
    local kept
    return { keep = function(size) kept = ("x"):rep(size) end }
  ]] }
  child:call("keep", 0)
  local before = actor.info(child)
  child:call("keep", 4 << 20)
  check.eventually(function()
    return actor.info(child).memory.used_bytes >= 4 << 20
  end)
  eq(before.id, child:id())
  eq(before.memory.limit_bytes, 50 << 20)
  eq(math.type(before.instructions), "integer")
  eq(math.type(before.cpu_time), "float")
  eq(before.instructions_exact ~= nil, true)
end)

test("the messages that wait for an actor are counted", function()
  local gate = check.gate()
  local child = check.spawn("(...):call('pass') return {}", gate)
  for _ = 1, 3 do child:send("nothing") end
  eq(actor.info(child).mailbox_messages, 3)
  gate:call("open")
end)

test("an actor that has ended uses nothing any more", function()
  local child = check.spawn("return {}")
  local watcher = check.watch(child)
  actor.kill(child)
  watcher:call("ending")
  raises("dead", actor.info, child)
  raises("invalid_argument", actor.info, "child")
end)

test("the name of a failure is no reason that an actor can give", function()
  for _, reason in ipairs{ "error", "killed", "stopped", "memory_limit", "timeout", "cancelled" } do
    raises("invalid_argument", actor.exit, reason)
  end
end)
