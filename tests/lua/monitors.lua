-- monitors.lua: who watches an actor learns how it ended.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

-- How an actor made from this source ends.
local function ending(source, act)
  local gate = check.gate()
  local child = check.spawn("(...):call('pass') " .. source, gate)
  local watcher = check.watch(child)
  gate:call("open")
  if act then act(child) end
  return watcher:call("ending")
end

test("a chunk that returns ends normally", function()
  local reason, info = ending ""
  eq(reason, "normal")
  eq(info.restarting, false)
end)

test("a chunk that raises ends with its error", function()
  local reason, info = ending "error 'out of order'"
  eq(reason, "error")
  eq(info.code, "error")
  check.contains(info.message, "out of order")
  eq(info.restarting, false)
end)

test("exit ends with the reason given, also through pcall and out of a coroutine", function()
  eq(ending "require('actor').exit()", "normal")
  eq(ending "require('actor').exit('bored')", "bored")
  eq(ending "pcall(require('actor').exit, 'bored') require('actor').sleep(1000)", "bored")
  eq(ending "coroutine.wrap(require('actor').exit)('bored') return {}", "bored")
  eq(ending("return { go = require('actor').exit }", function(child)
    child:send("go", "from a handler")
  end), "from a handler")
  eq(ending "require('actor').after(0, require('actor').exit, 'by a timer') return {}",
    "by a timer")
end)

test("an actor that is stopped or killed ends so", function()
  local reason, info = ending("return {}", actor.stop)
  eq(reason, "stopped")
  eq(info.restarting, false)
  eq(ending("return {}", actor.kill), "killed")
end)

test("an actor that has ended already is reported at once, with its reason", function()
  local child = check.spawn "error 'early'"
  check.watch(child):call("ending")
  local reason, info = check.watch(child):call("ending")
  eq(reason, "error")
  check.contains(info.message, "early")
end)

test("what was sent before the end arrives before its notice", function()
  local parent = check.spawn [[
    local actor = require "actor"
    local rows, rows_at_down = 0, nil
    local parent = {}
    function parent.start(n)
      actor.monitor(actor.spawn{ args = { actor.self(), n }, source = [=[
        local parent, n = ...
        for i = 1, n do parent:send("row", i) end
      ]=] })
    end
    function parent.row() rows = rows + 1 end
    function parent.on_down() rows_at_down = rows end
    function parent.rows_at_down() return rows_at_down end
    return parent
  ]]
  parent:call("start", 5000)
  check.eventually(function() return parent:call("rows_at_down") end)
  eq(parent:call("rows_at_down"), 5000)
end)

test("a cancelled monitor says nothing", function()
  local parent = check.spawn [[
    local actor = require "actor"
    local downs, child, monitor = 0, nil, nil
    return {
      watch = function(ref) child, monitor = ref, actor.monitor(ref) end,
      cancel = function() monitor:cancel() monitor:cancel() end,
      on_down = function() downs = downs + 1 end,
      downs = function() return downs end,
    }
  ]]
  local child = check.echo()
  parent:call("watch", child)
  parent:call("cancel")
  local watcher = check.watch(child)
  actor.kill(child)
  watcher:call("ending")
  actor.sleep(0.005)
  eq(parent:call("downs"), 0)
end)

test("many can watch one, and one can watch many", function()
  local children, watchers = {}, {}
  local crowd = check.spawn [[
    local actor = require "actor"
    local reasons = {}
    return {
      watch = function(ref) actor.monitor(ref) end,
      on_down = function(ref, reason) reasons[ref] = reason end,
      reason = function(ref) return reasons[ref] end,
    }
  ]]
  for i = 1, 100 do
    children[i] = check.echo()
    crowd:call("watch", children[i])
  end
  for i = 1, 20 do watchers[i] = check.watch(children[1]) end
  for i, child in ipairs(children) do
    if i % 2 == 0 then actor.kill(child) else actor.stop(child) end
  end
  for _, watcher in ipairs(watchers) do eq(watcher:call("ending"), "stopped") end
  for i, child in ipairs(children) do
    check.eventually(function() return crowd:call("reason", child) end)
    eq(crowd:call("reason", child), i % 2 == 0 and "killed" or "stopped")
  end
end)

test("on_down may await", function()
  local watcher = check.spawn [[
    local actor = require "actor"
    local heard
    return {
      watch = function(ref) actor.monitor(ref) end,
      on_down = function(_, reason)
        heard = actor.spawn("actors/echo.lua"):call("echo", reason)
      end,
      heard = function() return heard end,
    }
  ]]
  watcher:call("watch", check.spawn "")
  check.eventually(function() return watcher:call("heard") end)
  eq(watcher:call("heard"), "normal")
end)

test("only actors can be watched", function()
  check.raises("invalid_argument", actor.monitor)
  check.raises("invalid_argument", actor.monitor, {})
  check.raises("invalid_argument", actor.monitor, "a name")
end)
