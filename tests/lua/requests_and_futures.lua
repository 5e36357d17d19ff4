-- requests_and_futures.lua: calls, futures, all, any, cancel.
local actor = require "actor"
local check = require "lib.check"
local test, eq, raises = check.test, check.eq, check.raises

-- An actor whose handler `late` answers when the gate opens, and `fail` with an error.
local function slow(gate)
  return check.spawn([[
    local gate = ...
    return {
      late = function(...) gate:call("pass") return ... end,
      fail = function(text) error(text, 0) end,
      now = function(...) return ... end,
    }
  ]], gate)
end

test("a call returns all that the handler returns", function()
  local echo = check.echo()
  eq(check.results(echo.call, echo, "echo"), { n = 0 })
  eq(check.results(echo.call, echo, "echo", nil, 2, nil), { n = 3, nil, 2, nil })
end)

test("many requests are under way at once and awaited in any order", function()
  local echo, futures = check.echo(), {}
  for i = 1, 500 do futures[i] = echo:request("echo", i) end
  for i = #futures, 1, -1 do eq(futures[i]:await(), i) end
end)

test("a future tells when it is done, and keeps its results", function()
  local gate = check.gate()
  local future = slow(gate):request("late", 1, nil, 3)
  assert(not future:done())
  gate:call("open")
  check.eventually(function() return future:done() end)
  for _ = 1, 2 do eq(check.results(future.await, future), { n = 3, 1, nil, 3 }) end
end)

test("handlers of one actor interleave where they await", function()
  local gate = check.gate()
  local server = slow(gate)
  local late = server:request("late", "first in, last out")
  check.eventually(function() return gate:call("waiting") == 1 end)
  eq(server:call("now", "last in, first out"), "last in, first out")
  assert(not late:done())
  gate:call("open")
  eq(late:await(), "first in, last out")
end)

test("an actor can call itself while it handles a message", function()
  local child = check.spawn [[
    local actor = require "actor"
    local handlers = {}
    function handlers.factorial(n)
      if n == 0 then return 1 end
      return n * actor.self():call("factorial", n - 1)
    end
    return handlers
  ]]
  eq(child:call("factorial", 15), 1307674368000)
end)

test("calls go through chains of actors", function()
  local next_one = check.echo()
  for _ = 1, 50 do
    next_one = check.spawn([[
      local next_one = ...
      return { echo = function(n) return next_one:call("echo", n + 1) end }
    ]], next_one)
  end
  eq(next_one:call("echo", 0), 50)
end)

test("all returns the first result of each, in order", function()
  local gate = check.gate()
  local server, echo = slow(gate), check.echo()
  local futures = { server:request("late", "a", "b"), echo:request("echo", "c"),
                    echo:request("echo") }
  gate:send("open")
  eq(actor.all(futures), { "a", "c", nil })
  eq(actor.all(futures), { "a", "c", nil })
  eq(actor.all{}, {})
end)

test("all raises the first error", function()
  local server, echo = slow(check.gate()), check.echo()
  local err = raises("error", actor.all,
    { echo:request("echo"), server:request("fail", "no luck") })
  check.contains(err.message, "no luck")
  -- It does not wait for what can change nothing any more: `late` is never answered here.
  raises("error", actor.all, { server:request("late"), server:request("fail", "no luck") })
end)

test("any returns the results of the first that succeeds", function()
  local server, echo = slow(check.gate()), check.echo()
  eq(check.results(actor.any, { server:request("late"), echo:request("echo", 1, 2) }),
    { n = 2, 1, 2 })
  eq(actor.any{ server:request("fail", "no luck"), echo:request("echo", 3) }, 3)
end)

test("any raises if none succeeds", function()
  local server = slow(check.gate())
  raises("error", actor.any, { server:request("fail", "one"), server:request("fail", "two") })
end)

test("all and any take lists of futures only", function()
  for _, f in ipairs{ actor.all, actor.any } do
    raises("invalid_argument", f)
    raises("invalid_argument", f, { 1 })
    raises("invalid_argument", f, { check.echo() })
  end
end)

test("a cancelled future raises cancelled and the late reply is dropped", function()
  local gate = check.gate()
  local server = slow(gate)
  local future = server:request("late", "too late")
  check.eventually(function() return gate:call("waiting") == 1 end)
  future:cancel()
  assert(future:done())
  raises("cancelled", future.await, future)
  gate:call("open")
  eq(server:call("now", "still there"), "still there")
  raises("cancelled", future.await, future)
  future:cancel()
end)

test("cancelling wakes the task that awaits", function()
  local future = slow(check.gate()):request("late")
  local got
  actor.fork(function() got = select(2, pcall(future.await, future)) end)
  actor.fork(function() future:cancel() end)
  check.eventually(function() return got end)
  check.is_error(got, "cancelled")
end)

test("cancelling what is done changes nothing", function()
  local future = check.echo():request("echo", "kept")
  eq(future:await(), "kept")
  future:cancel()
  eq(future:await(), "kept")
end)

test("futures that nobody awaits are no burden", function()
  local echo = check.echo()
  for _ = 1, 20 do
    for _ = 1, 500 do echo:request("echo") end
    echo:call("echo")
    collectgarbage()
  end
end)

test("a call that nobody answers ends with its deadline", function()
  local server = slow(check.gate())
  raises("timeout", actor.within, 0.02, server.call, server, "late")
end)

test("requests to actors that are not there fail", function()
  local gone = check.spawn ""
  check.watch(gone):call("ending")
  raises("dead", gone.call, gone, "anything")
  raises("dead", actor.all, { gone:request("anything") })
  raises("not_found", actor.call, "nobody of this name", "anything")
end)
