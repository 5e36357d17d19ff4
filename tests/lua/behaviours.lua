-- behaviours.lua: what a chunk may return, and what it means.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

test("a table answers by name", function()
  local child = check.spawn [[
    return { one = function() return 1 end, two = function() return 2 end }
  ]]
  eq(child:call("one") + child:call("two"), 3)
  check.raises("no_handler", child.call, child, "three")
end)

test("a table answers other names with its star", function()
  local child = check.spawn [[
    return {
      known = function(...) return "known", ... end,
      ["*"] = function(...) return "star", ... end,
    }
  ]]
  eq(check.results(child.call, child, "known", 1), { n = 2, "known", 1 })
  eq(check.results(child.call, child, "other", 1), { n = 3, "star", "other", 1 })
end)

test("a function takes everything, the name first", function()
  local child = check.spawn [[ return function(...) return ... end ]]
  eq(check.results(child.call, child, "anything", 1, nil), { n = 3, "anything", 1, nil })
end)

test("handlers can be added, replaced and removed later", function()
  local child = check.spawn [[
    local handlers = {}
    function handlers.learn(name, answer) handlers[name] = function() return answer end end
    function handlers.unlearn(name) handlers[name] = nil end
    return handlers
  ]]
  check.raises("no_handler", child.call, child, "new")
  child:call("learn", "new", 1)
  eq(child:call("new"), 1)
  child:call("learn", "new", 2)
  eq(child:call("new"), 2)
  child:call("unlearn", "new")
  check.raises("no_handler", child.call, child, "new")
end)

test("what is not a function is no handler", function()
  local child = check.spawn [[ return { answer = 42 } ]]
  check.raises("no_handler", child.call, child, "answer")
end)

test("a chunk that returns nothing ends its actor", function()
  eq(check.watch(check.spawn ""):call("ending"), "normal")
  eq(check.watch(check.spawn "return nil"):call("ending"), "normal")
  local child = check.spawn [[
    local actor = require "actor"
    actor.spawn("actors/echo.lua"):call("echo")
  ]]
  eq(check.watch(child):call("ending"), "normal")
end)

test("a chunk may await before it returns its behaviour", function()
  local child = check.spawn([[
    local actor, echo = require "actor", ...
    local ready = echo:call("echo", "ready")
    actor.sleep(0.001)
    return { state = function() return ready end }
  ]], check.echo())
  eq(child:call("state"), "ready")
end)

test("a one-way message without handler, or whose handler fails, does not end the actor", function()
  local child = check.spawn [[
    return { fail = function() error "on purpose" end, ping = function() return "pong" end }
  ]]
  child:send("fail")
  child:send("no such handler")
  check.raises("error", child.call, child, "fail")
  eq(child:call("ping"), "pong")
end)

test("on_exit runs last, with the reason", function()
  local witness = check.spawn [[
    local reasons = {}
    return {
      tell = function(reason) reasons[#reasons + 1] = reason end,
      reasons = function() return reasons end,
    }
  ]]
  local source = [[
    local actor, witness, reason = require "actor", ...
    return {
      go = function() actor.exit(reason) end,
      on_exit = function(why) witness:send("tell", why) end,
    }
  ]]
  for i, reason in ipairs{ "normal", "bored" } do
    local child = check.spawn(source, witness, reason)
    local watcher = check.watch(child)
    child:send("go")
    eq(watcher:call("ending"), reason)
    eq(witness:call("reasons")[i], reason)
  end
  local child = check.spawn(source, witness)
  local watcher = check.watch(child)
  actor.stop(child)
  eq(watcher:call("ending"), "stopped")
  eq(witness:call("reasons"), { "normal", "bored", "stopped" })
end)

test("every actor has globals and libraries of its own", function()
  local source = [[
    return {
      set = function() shared = "mine" string.len = nil end,
      get = function() return shared, type(string.len) end,
    }
  ]]
  local first, second = check.spawn(source), check.spawn(source)
  first:call("set")
  eq(check.results(first.call, first, "get"), { n = 2, "mine", "nil" })
  eq(check.results(second.call, second, "get"), { n = 2, nil, "function" })
end)

test("an actor on a thread of its own is an actor as any other", function()
  local child = actor.spawn{
    script = "actors/echo.lua", thread = "dedicated", sandbox = "none", wait = true,
  }
  for i = 1, 100 do eq(child:call("echo", i), i) end
  local watcher = check.watch(child)
  actor.stop(child)
  eq(watcher:call("ending"), "stopped")
end)
