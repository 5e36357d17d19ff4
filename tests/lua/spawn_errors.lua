-- spawn_errors.lua: what cannot be started, and how spawn says so.
local actor = require "actor"
local check = require "lib.check"
local test, eq, raises = check.test, check.eq, check.raises

test("a missing file is not found, and named", function()
  check.contains(raises("not_found", actor.spawn, "no_such_file.lua").message, "no_such_file.lua")
  raises("not_found", actor.spawn, { script = "actors/no_such_file.lua" })
end)

test("what is there but cannot be read as a script is an error", function()
  local ok, err = pcall(actor.spawn, "actors")
  eq(ok, false)
  eq(type(err.code), "string")
end)

test("a syntax error is raised at once, with file and line", function()
  local err = raises("syntax_error", actor.spawn,
    { source = "local x = 1\nlocal y = = 2", chunk_name = "broken" })
  check.contains(err.message, "broken")
  check.contains(err.message, ":2:")
  err = raises("syntax_error", actor.spawn, "actors/broken.txt")
  check.contains(err.message, "broken.txt:3:")
end)

test("unknown options are named", function()
  local err = raises("invalid_argument", actor.spawn, { source = "", mailbocks = {} })
  check.contains(err.message, "mailbocks")
  check.contains(raises("invalid_argument", actor.spawn,
    { source = "", limits = { memry = 1 } }).message, "memry")
  check.contains(raises("invalid_argument", actor.spawn,
    { source = "", limits = { message = { dept = 1 } } }).message, "dept")
  raises("invalid_argument", actor.spawn, { "actors/echo.lua" })
end)

test("options of wrong types or values are named", function()
  for key, wrongs in pairs{
    script = { 1, {}, true, "" },
    source = { 1, {}, true },
    args = { 1, "x", true },
    name = { 1, {}, "" },
    limits = { 1, "8MiB" },
    mailbox = { 1, "x" },
    sandbox = { 1, "open" },
    thread = { 1, true, "two" },
    wait = { 1, "yes" },
    detached = { 1, "yes" },
    chunk_name = { 1, {} },
    max_in_flight = { 0, -1, "x" },
  } do
    for _, wrong in ipairs(wrongs) do
      local options = { source = key ~= "script" and "" or nil }
      options[key] = wrong
      check.contains(raises("invalid_argument", actor.spawn, options).message, key)
    end
  end
  for _, limits in ipairs{
    { memory = -1 }, { memory = "8 elephants" }, { memory = {} },
    { message = 1 }, { message = { depth = 0 } }, { message = { depth = 999 } },
    { message = { entries = -1 } }, { message = { bytes = "x" } },
  } do
    raises("invalid_argument", actor.spawn, { source = "", limits = limits })
  end
end)

test("there is one script", function()
  raises("invalid_argument", actor.spawn)
  raises("invalid_argument", actor.spawn, {})
  raises("invalid_argument", actor.spawn, 7)
  raises("invalid_argument", actor.spawn, nil, 1)
  raises("invalid_argument", actor.spawn, { script = "actors/echo.lua", source = "return {}" })
end)

test("arguments that cannot travel are refused", function()
  raises("unsupported", actor.spawn, "actors/echo.lua", print)
  raises("unsupported", actor.spawn, { source = "", args = { { f = print } } })
  raises("too_large", actor.spawn, "actors/echo.lua", ("x"):rep(2 << 20))
end)

test("wait returns the reference after the chunk, or raises the chunk's error", function()
  local ready = actor.spawn{ wait = true, source = [[
    require("actor").sleep(0.001)
    return { ping = function() return "pong" end }
  ]] }
  eq(ready:call("ping"), "pong")
  eq(tostring(ready):match("^actor#%d+$") ~= nil, true)

  local err = raises("error", actor.spawn, { wait = true, source = "error 'no start'" })
  check.contains(err.message, "no start")
  err = raises("error", actor.spawn, { wait = true, script = "actors/failing.lua" })
  check.contains(err.message, "failing.lua:4:")
  check.contains(tostring(err), "failing.lua:6:")
  assert(actor.spawn{ wait = true, source = "" })
end)

test("without wait, a chunk that raises answers what waits for it", function()
  local gate = check.gate()
  local child = check.spawn("(...):call('pass') error 'no start'", gate)
  local future = child:request("anything")
  gate:call("open")
  raises("dead", future.await, future)
  raises("dead", child.call, child, "anything")
  eq(check.watch(child):call("ending"), "error")
end)

test("a behaviour is a table, a function or nothing", function()
  for _, value in ipairs{ "0", "42", "'text'", "true", "coroutine.create(print)" } do
    raises("invalid_argument", actor.spawn, { wait = true, source = "return " .. value })
  end
  eq(check.watch(check.spawn "return 0"):call("ending"), "error")
end)

test("spawned actors start nothing outside the program's folder", function()
  for _, path in ipairs{ "../lua/actors/echo.lua", "actors/../../lua/actors/echo.lua",
                         "/etc/hostname", "./../x.lua" } do
    local child = check.spawn [[
      local actor = require "actor"
      return { try = function(path) return pcall(actor.spawn, path) end }
    ]]
    eq(child:call("try", path), false, path)
  end
end)

test("a dedicated thread is for trusted actors", function()
  eq(pcall(actor.spawn, { source = "", thread = "dedicated", sandbox = "restricted" }), false)
end)
