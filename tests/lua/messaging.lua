-- messaging.lua: what travels between actors, and in which order.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

test("spawn arguments arrive in the chunk as they were", function()
  local child = check.spawn([[
    local arguments = table.pack(...)
    return { arguments = function() return arguments end }
  ]], 1, "two", { 3 }, false)
  eq(child:call("arguments"), { n = 4, 1, "two", { 3 }, false })

  child = actor.spawn("actors/echo.lua", "args", "that", nil, "it", "ignores")
  eq(child:call("echo", 1), 1)
end)

test("send returns true and the messages arrive in order", function()
  local child = check.spawn [[
    local seen = {}
    return {
      note = function(n) seen[#seen + 1] = n end,
      seen = function() return seen end,
    }
  ]]
  local expected = {}
  for i = 1, 5000 do
    assert(child:send("note", i) == true)
    expected[i] = i
  end
  eq(child:call("seen"), expected)
end)

test("messages of each of several senders stay in order", function()
  local sink = check.spawn [[
    local last, disorder, count = {}, 0, 0
    return {
      note = function(from, n)
        if n ~= (last[from] or 0) + 1 then disorder = disorder + 1 end
        last[from], count = n, count + 1
      end,
      summary = function() return count, disorder end,
    }
  ]]
  for from = 1, 4 do
    check.spawn([[
      local sink, from = ...
      for i = 1, 2000 do assert(sink:send("note", from, i)) end
    ]], sink, from)
  end
  check.eventually(function() return sink:call("summary") == 8000 end)
  local _, disorder = sink:call("summary")
  eq(disorder, 0)
end)

test("values arrive with their types", function()
  local echo = check.echo()
  local values = table.pack(echo:call("echo",
    nil, true, false, 0, -1, math.maxinteger, math.mininteger, 1.5, -0.0, math.huge, -math.huge,
    "", "text", "\0\255\r\n", ("x"):rep(100000), nil, nil))
  eq(values, { n = 17,
    nil, true, false, 0, -1, math.maxinteger, math.mininteger, 1.5, -0.0, math.huge, -math.huge,
    "", "text", "\0\255\r\n", ("x"):rep(100000), nil, nil })
  eq(1 / values[9], -math.huge, "the sign of zero")
  for i, kind in ipairs{ "integer", "float", "integer", "float" } do
    local sent = ({ 3, 3.0, 1 << 53, 2.0 ^ 53 })[i]
    eq(math.type(echo:call("echo", sent)), kind)
  end
  local nan = echo:call("echo", 0 / 0)
  assert(nan ~= nan)
end)

test("integers of every size keep their value", function()
  local echo = check.echo()
  for shift = 0, 62 do
    for _, n in ipairs{ 1 << shift, (1 << shift) - 1, -(1 << shift), -(1 << shift) - 1 } do
      eq(echo:call("echo", n), n)
    end
  end
end)

test("strings of every size keep their bytes", function()
  local echo = check.echo()
  for _, length in ipairs{ 1, 31, 32, 33, 255, 256, 257, 65535, 65536, 1000000 } do
    local text = ("\0\1\254ab"):rep(length // 5 + 1):sub(1, length)
    assert(echo:call("echo", text) == text, length)
  end
end)

test("tables arrive whole, with keys of every kind", function()
  local echo = check.echo()
  local sent = {
    "first", "second", { "nested", { "deeper" } },
    field = 1, ["a key with spaces"] = 2, [""] = 3, [0] = 4, [-7] = 5, [2.5] = 6, [true] = 7,
    [false] = 8, [100] = "sparse", empty = {},
  }
  eq(echo:call("echo", sent), sent)
  local long = {}
  for i = 1, 50000 do long[i] = i * 3 end
  eq(echo:call("echo", long), long)
end)

test("shared tables stay shared and cycles stay cycles", function()
  local echo = check.echo()
  local shared = { "shared" }
  local got = echo:call("echo", { a = shared, b = shared, c = { "shared" } })
  assert(got.a == got.b and got.a ~= got.c)

  local first, second = echo:call("echo", shared, shared)
  assert(first == second, "shared between arguments")

  local ring = { name = "ring" }
  ring.next = { next = ring }
  ring[ring] = ring
  got = echo:call("echo", ring)
  assert(got.next.next == got and got[got] == got and got.name == "ring")
end)

test("a message is a copy", function()
  local keeper = check.spawn [[
    local kept
    return {
      keep = function(value) kept = value end,
      get = function() return kept end,
    }
  ]]
  local value = { list = { 1 } }
  keeper:call("keep", value)
  value.list[2] = 2
  eq(keeper:call("get"), { list = { 1 } })
  keeper:call("get").list[1] = "mine"
  eq(keeper:call("get"), { list = { 1 } })
end)

test("tables travel without their metatables, and no metamethod runs", function()
  local echo = check.echo()
  local trap = setmetatable({ 1 }, {
    __index = function() error "__index ran" end,
    __pairs = function() error "__pairs ran" end,
    __len = function() error "__len ran" end,
  })
  local got = echo:call("echo", trap)
  eq(got, { 1 })
  eq(getmetatable(got), nil)
end)

test("sender() is who sent the message, and nobody in a chunk", function()
  eq(actor.sender(), nil)
  local child = check.spawn [[
    local actor = require "actor"
    local in_chunk = actor.sender()
    return {
      senders = function(middle)
        local before = actor.sender()
        if middle then middle:call("echo") end  -- another message comes in between
        return in_chunk, before, actor.sender()
      end,
    }
  ]]
  local me = actor.self()
  eq(check.results(child.call, child, "senders"), { n = 3, nil, me, me })
  eq(check.results(child.call, child, "senders", check.echo()), { n = 3, nil, me, me })
end)

test("an actor can send to itself", function()
  local child = check.spawn [[
    local actor = require "actor"
    local handlers, seen = {}, 0
    function handlers.count_down(n)
      seen = seen + 1
      if n > 0 then actor.self():send("count_down", n - 1) end
    end
    function handlers.seen() return seen end
    return handlers
  ]]
  child:send("count_down", 100)
  check.eventually(function() return child:call("seen") == 101 end)
end)

test("messages wait until the chunk has returned its behaviour", function()
  local gate = check.gate()
  local child = check.spawn([[
    local gate = ...
    gate:call("pass")
    local seen = {}
    return {
      note = function(n) seen[#seen + 1] = n end,
      seen = function() return seen end,
    }
  ]], gate)
  for i = 1, 3 do child:send("note", i) end
  local future = child:request("seen")
  check.eventually(function() return gate:call("waiting") == 1 end)
  assert(not future:done())
  gate:call("open")
  eq(future:await(), { 1, 2, 3 })
end)

test("the functions of the module do what the methods do", function()
  local echo = check.echo()
  eq(actor.call(echo, "echo", 1), 1)
  eq(actor.request(echo, "echo", 2):await(), 2)
  eq(actor.send(echo, "echo", 3), true)
end)

test("who calls them wrongly is told so", function()
  local echo = check.echo()
  for _, name in ipairs{ "send", "call", "request" } do
    check.raises("invalid_argument", actor[name])
    check.raises("invalid_argument", actor[name], echo)
    check.raises("invalid_argument", actor[name], {}, "echo")
    check.raises("invalid_argument", actor[name], 17, "echo")
    check.raises("invalid_argument", echo[name], echo, {})
    check.raises("invalid_argument", echo[name], "echo")
  end
end)
