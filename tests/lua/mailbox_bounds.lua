-- mailbox_bounds.lua: a full mailbox refuses, counts exactly, and lets replies through.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

-- An actor that takes nothing from its mailbox until the gate opens.
local function blocked(gate, mailbox, limits)
  local child = actor.spawn{ mailbox = mailbox, limits = limits, args = { gate }, source = [[
    local gate = ...
    repeat until pcall(gate.call, gate, "pass") -- however long a test fills the mailbox
    local count = 0
    return {
      note = function() count = count + 1 end,
      wait = function() gate:call("pass") count = count + 1 end,
      count = function() return count end,
    }
  ]] }
  check.eventually(function() return gate:call("waiting") >= 1 end)
  return child
end

test("a mailbox takes as many messages as it is told to", function()
  local gate = check.gate()
  local child = blocked(gate, { max = 10 })
  for _ = 1, 10 do eq(child:send("note"), true) end
  for _ = 1, 3 do check.refused("overload", child:send("note")) end
  gate:call("open")  -- the reply to the chunk's own call gets through the full mailbox
  check.eventually(function() return select(2, pcall(child.call, child, "count")) == 10 end)
  for _ = 1, 10 do eq(child:send("note"), true) end
  check.eventually(function() return select(2, pcall(child.call, child, "count")) == 20 end)
end)

test("a refused message says who is full", function()
  local child = blocked(check.gate(), { max = 1, policy = "reject" })
  eq(child:send("note"), true)
  check.contains(check.refused("overload", child:send("note")).message, "mailbox")
end)

test("a call to a full mailbox fails, at the latest with its deadline", function()
  local child = blocked(check.gate(), { max = 1 })
  eq(child:send("note"), true)
  local ok, err = pcall(actor.within, 0.05, child.call, child, "count")
  eq(ok, false)
  assert(err.code == "overload" or err.code == "timeout", tostring(err))
end)

test("bytes are bounded, too, and given back", function()
  local gate = check.gate()
  local child = blocked(gate, { max_bytes = "64KiB" })
  local block, sent = ("x"):rep(4096), 0
  while child:send("note", block) do sent = sent + 1 end
  assert(sent >= 12 and sent <= 16, sent)
  check.refused("overload", child:send("note", block))
  gate:call("open")
  check.eventually(function() return select(2, pcall(child.call, child, "count")) == sent end)
  eq(child:send("note", block), true)
end)

test("a message that no mailbox of this size can hold is too large", function()
  local gate = check.gate()
  local child = blocked(gate, { max_bytes = "4KiB" })
  check.refused("too_large", child:send("note", ("x"):rep(4096)))
  check.raises("too_large", child.call, child, "note", ("x"):rep(4096))
  eq(child:send("note", ("x"):rep(1024)), true)
  gate:call("open")
end)

test("a mailbox far larger than the usual loses nothing", function()
  local gate = check.gate()
  local child = blocked(gate, { max = 200000, max_bytes = 256 << 20 })
  for i = 1, 200000 do
    if not child:send("note", i) then error("refused at " .. i) end
  end
  check.refused("overload", child:send("note"))
  gate:call("open")
  check.eventually(function() return select(2, pcall(child.call, child, "count")) == 200000 end)
end)

test("handlers that await are bounded: more messages stay in the mailbox", function()
  local gate, inner = check.gate(), check.gate()
  local child = actor.spawn{ max_in_flight = 3, args = { inner }, source = [[
    local gate = ...
    local count = 0
    return { wait = function() gate:call("pass") count = count + 1 return count end }
  ]] }
  local futures = {}
  for i = 1, 10 do futures[i] = child:request("wait") end
  check.eventually(function() return inner:call("waiting") >= 2 end)
  actor.sleep(0.005)
  assert(inner:call("waiting") <= 3)
  inner:call("open")
  eq(#actor.all(futures), 10)
  gate:call("open")
end)

test("wrong bounds are refused", function()
  for _, mailbox in ipairs{
    { max = 0 }, { max = -1 }, { max = 1.5 }, { max = "many" }, { max = 1 << 40 },
    { max_bytes = 0 }, { max_bytes = "lots" }, { max_bytes = {} }, { max_bytes = "1" },
    { policy = "drop_everything" }, { policy = 1 }, { size = 10 }, "10", 10,
  } do
    check.raises("invalid_argument", actor.spawn, { source = "", mailbox = mailbox })
  end
end)
