-- coroutines.lua: awaits inside the coroutines of a script.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

test("calls and sleeps work inside a coroutine, and its yields stay its own", function()
  local echo = check.echo()
  local co = coroutine.create(function(a)
    local b = coroutine.yield(echo:call("echo", a) + 1)
    actor.sleep(0)
    local c = coroutine.yield(echo:call("echo", b) + 1)
    return echo:call("echo", c) + 1, "last"
  end)
  eq(check.results(coroutine.resume, co, 1), { n = 2, true, 2 })
  eq(coroutine.status(co), "suspended")
  eq(check.results(coroutine.resume, co, 10), { n = 2, true, 11 })
  eq(check.results(coroutine.resume, co, 100), { n = 3, true, 101, "last" })
  eq(coroutine.status(co), "dead")
end)

test("iterators may await", function()
  local echo, sum = check.echo(), 0
  local function numbers(n)
    return coroutine.wrap(function()
      for i = 1, n do coroutine.yield(echo:call("echo", i)) end
    end)
  end
  for n in numbers(100) do sum = sum + echo:call("echo", n) end
  eq(sum, 5050)
end)

test("awaits pass through many coroutines inside each other", function()
  local echo = check.echo()
  local function dive(depth)
    if depth == 0 then return echo:call("echo", "bottom") end
    return coroutine.wrap(dive)(depth - 1)
  end
  eq(dive(20), "bottom")
end)

test("generators pass values through generators", function()
  local echo = check.echo()
  local function numbers()
    for i = 1, 5 do coroutine.yield(echo:call("echo", i)) end
  end
  local function squares()
    for n in coroutine.wrap(numbers) do
      actor.sleep(0)
      coroutine.yield(echo:call("echo", n * n))
    end
  end
  local got = {}
  for n in coroutine.wrap(squares) do got[#got + 1] = n end
  eq(got, { 1, 4, 9, 16, 25 })
end)

test("errors of a callee come out of the await in the coroutine, then out of resume", function()
  local faulty = actor.spawn("actors/faulty.lua")
  local caught
  local co = coroutine.create(function()
    local ok, err = pcall(faulty.call, faulty, "plain")
    caught = not ok and err
    coroutine.yield("caught")
    faulty:call("plain")
  end)
  eq(check.results(coroutine.resume, co), { n = 2, true, "caught" })
  check.is_error(caught, "error")
  local ok, err = coroutine.resume(co)
  eq(ok, false)
  check.is_error(err, "error")
  eq(coroutine.status(co), "dead")
  check.raises("error", coroutine.wrap(function() faulty:call("plain") end))
end)

test("a coroutine that awaits is not suspended: nobody else may resume or close it", function()
  local gate = check.gate()
  local result
  local co = coroutine.create(function() return gate:call("pass") end)
  actor.fork(function() result = table.pack(coroutine.resume(co)) end)
  check.eventually(function() return gate:call("waiting") == 1 end)

  eq(coroutine.status(co), "normal")
  local ok, resumed = pcall(coroutine.resume, co)
  assert(not (ok and resumed), "an awaiting coroutine was resumed")
  eq(pcall(coroutine.close, co), false)
  eq(result, nil)

  gate:call("open")
  check.eventually(function() return result end)
  eq(result, { n = 2, true, true })
  eq(coroutine.status(co), "dead")
end)

test("calling a wrapped coroutine that awaits raises", function()
  local gate = check.gate()
  local result
  local wrapped = coroutine.wrap(function() return gate:call("pass") end)
  actor.fork(function() result = wrapped() end)
  check.eventually(function() return gate:call("waiting") == 1 end)
  eq(pcall(wrapped), false)
  gate:call("open")
  check.eventually(function() return result end)
end)

test("a suspended coroutine may be resumed by another task", function()
  local echo = check.echo()
  local co = coroutine.wrap(function()
    local total = 0
    while true do total = coroutine.yield(total) + echo:call("echo", total) end
  end)
  co()
  local results = {}
  for task = 1, 3 do
    actor.fork(function() results[task] = co(1) end)
    check.eventually(function() return results[task] end)
  end
  eq(results, { 1, 2, 3 })
end)

test("pcall, error handlers, metamethods and sort stay what they are around awaits", function()
  local echo = check.echo()
  local ok, value = pcall(function()
    return pcall(function() return echo:call("echo", "inside") end)
  end)
  eq({ ok, value }, { true, true })
  ok, value = xpcall(echo.call, debug.traceback, echo, "echo", "x")
  eq({ ok, value }, { true, "x" })

  local remote = setmetatable({}, {
    __index = function(_, key) return echo:call("echo", key) end,
    __add = function(_, n) return echo:call("echo", n) end,
    __call = function(_, ...) return echo:call("echo", ...) end,
  })
  eq(remote.field, "field")
  eq(remote + 7, 7)
  eq(check.results(remote, 1, 2), { n = 2, 1, 2 })

  local sorted = { 3, 1, 2 }
  table.sort(sorted, function(a, b) return echo:call("echo", a < b) end)
  eq(sorted, { 1, 2, 3 })
  eq((("a b"):gsub("%a", function(c) return echo:call("echo", c .. c) end)), "aa bb")

  -- What tostring calls cannot be suspended: the await in it raises, and the actor goes on.
  local named = setmetatable({}, { __tostring = function() return echo:call("echo", "x") end })
  eq(pcall(tostring, named), false)
  eq(echo:call("echo", "still there"), "still there")
end)

test("running, isyieldable and close are those of Lua", function()
  local _, is_main = coroutine.running()
  eq(is_main, true)
  eq(coroutine.isyieldable(), false)
  local closed
  local co = coroutine.create(function()
    local guard <close> = setmetatable({}, { __close = function() closed = true end })
    actor.sleep(0)
    coroutine.yield()
  end)
  coroutine.resume(co)
  eq(coroutine.close(co), true)
  eq(closed, true)
  eq(coroutine.status(co), "dead")
end)

test("a coroutine left behind while it is suspended is no burden", function()
  local echo = check.echo()
  for i = 1, 2000 do
    local co = coroutine.wrap(function()
      echo:call("echo", i)
      coroutine.yield()
    end)
    co()
  end
  collectgarbage()
  eq(echo:call("echo", "done"), "done")
end)
