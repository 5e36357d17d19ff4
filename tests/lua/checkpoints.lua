-- checkpoints.lua: the data of a script, taken out and put back, as scripts see it.
local actor = require "actor"
local check = require "lib.check"
local test, eq, raises, contains = check.test, check.eq, check.raises, check.contains

-- Counts in a global, and in a local, which is in no checkpoint.
local plain = [[
  local actor = require "actor"
  total = total or 0
  local lost = 0
  return {
    add = function(n) total, lost = total + n, lost + n return total end,
    get = function() return total, lost end,
    save = function() return actor.checkpoint() end,
    wait = function(s) busy = true actor.sleep(s) busy = false end,
    is_busy = function() return busy end,
    spoil = function(what) jobs = { {}, { callback = what == "thread" and
      coroutine.create(function() end) or function() end } } end,
    boom = function() error "boom" end,
  }]]

-- Says itself what matters.
local choosy = [[
  local kept, beginning = 0, "empty"
  total = total or 0
  return {
    add = function(n) kept, total = kept + n, total + n end,
    get = function() return kept, total, beginning end,
    boom = function() error "boom" end,
    on_checkpoint = function()
      if kept == 13 then error "not with 13" end
      return { kept = kept }, "more"
    end,
    on_restore = function(data, more) kept, beginning = data.kept, more end,
  }]]

-- A supervised actor of this source, by its name, and its supervisor.
local function supervise(name, source, more)
  local child = { id = name, name = name, source = source, chunk_name = name }
  for key, value in pairs(more or {}) do child[key] = value end
  local sup = actor.supervise{
    wait = true, intensity = "unlimited", children = { child },
  }
  return actor.whereis(name), sup
end

-- Ends the life that `ref` has, and waits for the next one.
local function crash(ref)
  local before = actor.info(ref).incarnation
  pcall(ref.call, ref, "boom")
  check.eventually(function() return actor.info(ref).incarnation > before end)
end

test("a checkpoint is what a life after a crash begins with", function()
  local ref, sup = supervise("crashing", plain)
  ref:call("add", 3)
  local bytes = actor.checkpoint(ref)
  eq(math.type(bytes), "integer")
  eq(bytes > 0, true)
  ref:call("add", 4)
  crash(ref)
  eq({ ref:call "get" }, { 3, 0 })
  actor.stop(sup)
end)

test("on_checkpoint says what is in it, and on_restore is given that", function()
  local ref, sup = supervise("choosy", choosy)
  ref:call("add", 5)
  eq({ ref:call "get" }, { 5, 5, "empty" })
  actor.checkpoint(ref)
  crash(ref)
  eq({ ref:call "get" }, { 5, 0, "more" })
  actor.stop(sup)
end)

test("an actor that asks for its own is not kept waiting for it", function()
  local ref, sup = supervise("selfish", plain)
  ref:call("add", 7)
  eq(ref:call "save", nil)
  ref:call("add", 1)
  crash(ref)
  eq({ ref:call "get" }, { 7, 0 })
  actor.stop(sup)
end)

test("no checkpoint is taken in the middle of a handler", function()
  local ref, sup = supervise("busy", plain)
  local waiting = ref:request("wait", 0.05)
  check.eventually(function() return ref:call "is_busy" end)
  actor.checkpoint(ref)
  waiting:await()
  crash(ref)
  eq(ref:call "is_busy", false)
  actor.stop(sup)
end)

test("what has no name is refused, with the path to it", function()
  local ref = actor.spawn{ source = plain, wait = true }
  ref:call("spoil", "function")
  local err = raises("unsupported", actor.checkpoint, ref)
  contains(err.message, "function")
  contains(err.message, "jobs[2].callback")
  ref:call("spoil", "thread")
  err = raises("unsupported", actor.checkpoint, ref)
  contains(err.message, "jobs[2].callback")
  -- It goes on as if it had not been asked.
  eq(ref:call("add", 2), 2)
end)

test("what on_checkpoint raises is the error of whoever asked", function()
  local ref = actor.spawn{ source = choosy, wait = true }
  ref:call("add", 13)
  local err = raises("error", actor.checkpoint, ref)
  contains(err.message, "not with 13")
  ref:call("add", 1)
  eq(actor.checkpoint(ref) > 0, true)
end)

test("only who controls an actor may take one", function()
  local ref = actor.spawn{ source = plain, wait = true }
  local stranger = actor.spawn{ source = [[
    local actor = require "actor"
    return { try = function(ref) return actor.checkpoint(ref) end }
  ]] }
  raises("denied", stranger.call, stranger, "try", ref)
  actor.stop(ref)
  check.eventually(function() return not pcall(ref.call, ref, "get") end)
  local ok, err = pcall(actor.checkpoint, ref)
  eq(ok, false)
  eq(err.code == "stopped" or err.code == "dead", true, err.code)
end)

test("checkpoint_every takes one now and then", function()
  local ref, sup = supervise("regular", plain, { checkpoint_every = 0.01 })
  ref:call("add", 3)
  -- When one has been taken is told by a life that begins with it.
  check.eventually(function()
    crash(ref)
    local total = ref:call "get"
    if total == 0 then ref:call("add", 3) actor.sleep(0.02) end
    return total > 0
  end)
  eq(select(2, ref:call "get"), 0)
  actor.stop(sup)
end)

test("checkpoint_every is a time", function()
  local err = raises("invalid_argument", actor.spawn, { source = plain, checkpoint_every = -1 })
  contains(err.message, "checkpoint_every")
end)

test("cycles, shared references and objects come back as they were", function()
  local ref, sup = supervise("graph", [[
    Account = { deposit = function(self, n) self.balance = self.balance + n end }
    Account.__index = Account
    return {
      fill = function()
        ring = {} ring.next = ring
        one = setmetatable({ balance = 1 }, Account)
        two = { one = one, [1.5] = -0.0, [true] = "\0text" }
      end,
      read = function()
        one:deposit(4)
        return ring.next == ring, two.one == one, one.balance, 1 / two[1.5] < 0, two[true]
      end,
      boom = function() error "boom" end,
    }]])
  ref:call "fill"
  actor.checkpoint(ref)
  crash(ref)
  eq({ ref:call "read" }, { true, true, 5, true, "\0text" })
  actor.stop(sup)
end)
