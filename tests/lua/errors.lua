-- errors.lua: what goes wrong elsewhere, and how it is told here.
local actor = require "actor"
local check = require "lib.check"
local test, eq, raises = check.test, check.eq, check.raises

local function faulty() return actor.spawn("actors/faulty.lua") end

-- `levels` tables, one in the other.
local function nested(levels)
  local value = {}
  for _ = 2, levels do value = { value } end
  return value
end

local function list(entries)
  local value = {}
  for i = 1, entries do value[i] = true end
  return value
end

test("an error has a code, a message and the callee's traceback", function()
  local server = faulty()
  local err = raises("error", server.call, server, "plain")
  check.contains(err.message, "out of cheese")
  check.contains(err.message, "faulty.lua:4:")
  check.contains(err.traceback, "faulty.lua:4:")
  check.contains(err.traceback, "faulty.lua:7:")
  check.contains(tostring(err), err.message)
  check.contains(tostring(err), "faulty.lua:7:")
  eq(err.scope, nil)
  eq(err.value, nil)
end)

test("a bug in a handler is an error like any other", function()
  local server = faulty()
  local err = raises("error", server.call, server, "bug")
  check.contains(err.message, "faulty.lua:15:")
  check.contains(err.message, "arithmetic on a nil value")
end)

test("a table that the callee raised arrives as value", function()
  local server = faulty()
  local err = raises("error", server.call, server, "table")
  eq(err.value, { code = "jam", paper = { "A4", tray = 2 } })
end)

test("whatever the callee raises, the caller gets an error object", function()
  local server = faulty()
  check.contains(raises("error", server.call, server, "number").message, "42")
  raises("error", server.call, server, "nothing")
  raises("error", server.call, server, "with_function")
  eq(server:call("fine"), "fine")
end)

test("the error of a callee's callee arrives with its message", function()
  local middle = check.spawn([[
    local server = ...
    local middle = {}
    function middle.ask() return server:call("plain") end
    return middle
  ]], faulty())
  local ok, err = pcall(middle.call, middle, "ask")
  eq(ok, false)
  check.contains(err.message, "out of cheese")
  check.contains(tostring(err), "faulty.lua:4:")
end)

test("an error object may be raised again, here and across actors", function()
  local again = check.raises("not_found", function()
    local _, err = pcall(actor.call, "nobody of this name", "x")
    error(err)
  end)
  local middle = check.spawn [[
    local actor = require "actor"
    return { ask = function()
      local _, err = pcall(actor.call, "nobody of this name", "x")
      error(err)
    end }
  ]]
  local ok, err = pcall(middle.call, middle, "ask")
  eq(ok, false)
  check.contains(err.message, again.message)
end)

test("an actor that is not there, or has no such handler, is named in the message", function()
  local server = faulty()
  local err = raises("no_handler", server.call, server, "no_such_handler")
  check.contains(err.message, "no_such_handler")

  local watcher = check.watch(server)
  actor.kill(server)
  watcher:call("ending")
  raises("dead", server.call, server, "fine")
  check.refused("dead", server:send("fine"))

  check.contains(raises("not_found", actor.call, "nobody", "x").message, "nobody")
end)

test("what cannot travel is refused with its path", function()
  local echo = check.echo()
  local bad = { ok = 1, widgets = { { on_click = function() end } } }
  local err = raises("unsupported", echo.call, echo, "echo", 1, bad)
  check.contains(err.message, "function")
  check.contains(err.message, "widgets")
  check.contains(err.message, "on_click")
  err = raises("unsupported", echo.request, echo, "echo", coroutine.create(print))
  check.contains(err.message, "coroutine")
  err = raises("unsupported", echo.call, echo, "echo", { [print] = 1 })
  check.contains(err.message, "function")
  raises("unsupported", echo.call, echo, "echo", io.stdout)
  eq(echo:call("echo", "still there"), "still there")
end)

test("send returns what call raises", function()
  local echo = check.echo()
  check.contains(check.refused("unsupported", echo:send("echo", { f = print })).message, "f")
  check.refused("too_large", echo:send("echo", ("x"):rep(2 << 20)))
  check.refused("too_large", echo:send("echo", nested(100)))
  check.refused("not_found", actor.send("nobody", "x"))
end)

test("a reply that cannot travel is an error for the caller", function()
  local server = faulty()
  local err = raises("unsupported", server.call, server, "bad_reply")
  check.contains(err.message, "then_what")
  raises("too_large", server.call, server, "large_reply")
  eq(server:call("fine"), "fine")
end)

test("a message has a depth, a number of entries and a size", function()
  local echo = check.echo()
  local deep = nested(64)
  local got = echo:call("echo", deep)
  for _ = 1, 63 do got = got[1] end
  eq(got, {})
  raises("too_large", echo.call, echo, "echo", nested(65))
  raises("too_large", echo.call, echo, "echo", nested(100000))

  eq(#echo:call("echo", list(99900)), 99900)
  raises("too_large", echo.call, echo, "echo", list(100001))
  raises("too_large", echo.call, echo, "echo", { list(60000), list(60000) })

  eq(#echo:call("echo", ("x"):rep(1000000)), 1000000)
  raises("too_large", echo.call, echo, "echo", ("x"):rep(1 << 20))
  raises("too_large", echo.call, echo, "echo", ("x"):rep(600000), ("y"):rep(600000))
end)

test("ten million entries are refused, and nobody is hurt", function()
  local giant = actor.spawn{ limits = { memory = "1GiB" }, args = { check.echo() }, source = [[
    local echo = ...
    local value = {}
    return {
      grow = function(entries) for i = #value + 1, #value + entries do value[i] = i end end,
      try = function()
        local ok, err = pcall(echo.call, echo, "echo", value)
        return ok, err.code, echo:call("echo", "still there")
      end,
    }
  ]] }
  for _ = 1, 100 do giant:call("grow", 100000) end
  eq(check.results(giant.call, giant, "try"), { n = 3, false, "too_large", "still there" })
end)

test("the caps are the sender's limits", function()
  local sender = actor.spawn{
    limits = { message = { bytes = 4 << 20, depth = 100, entries = 200000 } },
    args = { check.spawn "return { size = function(text) return #text end }", check.echo() },
    source = [[
      local counter, echo = ...
      return {
        bytes = function(n) return counter:call("size", ("x"):rep(n)) end,
        entries = function(n)
          local value = {}
          for i = 1, n do value[i] = true end
          return counter:call("size", value)
        end,
      }
    ]],
  }
  eq(sender:call("bytes", 3 << 20), 3 << 20)
  raises("too_large", sender.call, sender, "bytes", 5 << 20)
  eq(sender:call("entries", 150000), 150000)
  raises("too_large", sender.call, sender, "entries", 250000)
end)

test("who runs out of memory is told so, and harms nobody else", function()
  local child = actor.spawn{ limits = { memory = "2MiB" }, source = [[
    return {
      grow = function()
        local text, all = ("x"):rep(1024), {}
        while true do all[#all + 1] = text .. #all end
      end,
      ping = function() return "pong" end,
    }
  ]] }
  local other = check.echo()
  raises("memory_limit", child.call, child, "grow")
  eq(other:call("echo", "unharmed"), "unharmed")
end)

test("an error object prints its message and its traceback", function()
  local ok, err = pcall(actor.call, "nobody", "x")
  eq(ok, false)
  check.contains(tostring(err), err.message)
  eq(type(err), "table")
end)
