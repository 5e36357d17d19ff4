-- Pools as scripts see them: one reference, several states.
local actor = require "actor"
local check = require "lib.check"

local worker = [[
local actor, greeting = require "actor", ...
return {
  id = function() return actor.self():id() end,
  greet = function(name) return (greeting or "hello") .. " " .. name end,
  wait = function(s) actor.sleep(s) return actor.self():id() end,
  boom = function() error "boom" end,
  from = function() return actor.sender() == actor.whereis "asker" end,
}]]

local function pool(more)
  local options = { source = worker, chunk_name = "worker", wait = true }
  options.size = { min = 2, max = 4 }
  for key, value in pairs(more or {}) do options[key] = value end
  return actor.pool(options)
end

local function refused(code, f, ...)
  local ok, err = pcall(f, ...)
  assert(not ok, "it was granted")
  check.eq(err.code, code, err.message)
  return err.message
end

local function ended(ref)
  local gone = false
  while not gone do
    gone = not pcall(ref.call, ref, "pool:metrics")
    actor.sleep(0.001)
  end
end

check.test("a pool is one reference", function()
  local p = pool{ args = { "good morning" }, name = "greeters" }
  check.eq(actor.whereis "greeters" == p, true)
  check.eq(p:call("greet", "moon"), "good morning moon")
  check.eq(p:send("greet", "moon"), true)
  check.eq(p:request("greet", "sun"):await(), "good morning sun")
  actor.stop(p)
  ended(p)
  check.eq(actor.whereis "greeters", nil)
end)

check.test("its states work side by side", function()
  local p = pool()
  local a, b = p:request("wait", 0.05), p:request("wait", 0.05)
  local ids = actor.all{ a, b }
  assert(ids[1] ~= ids[2], "both were handled by the same state")
  actor.stop(p)
end)

check.test("an error of a state is the caller's, and the state goes on", function()
  local p = pool{ size = { min = 1, max = 1 } }
  local id = p:call "id"
  assert(refused("error", p.call, p, "boom"):find "boom")
  check.eq(p:call "id", id)
  actor.stop(p)
end)

check.test("states know who has sent what they get", function()
  actor.register "asker"
  local p = pool()
  check.eq(p:call "from", true)
  actor.stop(p)
end)

check.test("routes are round_robin, hash and broadcast, too", function()
  local round = pool{ route = "round_robin" }
  assert(round:call "id" ~= round:call "id")
  local hash = pool{ route = "hash" }
  check.eq(hash:call("wait", 0), hash:call("wait", 0))
  local all = pool{ route = "broadcast" }
  all:send("greet", "everybody")
  while all:call "pool:metrics".executions < 2 do actor.sleep(0.001) end
  refused("invalid_argument", pool, { route = "nonsense" })
  for _, each in ipairs{ round, hash, all } do actor.stop(each) end
end)

check.test("it tells how it is doing", function()
  local p = pool()
  p:call "id"
  local m = p:call "pool:metrics"
  check.eq({ m.size, m.target, m.available, m.in_use, m.waiting, m.executions, m.generation },
    { 2, 2, 2, 0, 0, 1, 1 })
  assert(m.memory_used > 0 and m.memory_max == nil and m.created == 2)
  check.eq(p:call "pool:advance", 2)
  check.eq(p:call "pool:metrics".generation, 2)
  actor.stop(p)
end)

check.test("what it cannot take is refused with figures", function()
  local p = pool{ size = { min = 1, max = 1 }, queue = { max = 1 } }
  local a, b = p:request("wait", 0.05), p:request("wait", 0)
  local message = refused("overload", p.call, p, "id")
  assert(message:find("size 1, in use 1, waiting 1", 1, true), message)
  actor.all{ a, b }
  actor.stop(p)
end)

check.test("a state runs its modules and its warm-up before it is ready", function()
  local p = actor.pool{ wait = true, size = { min = 1 }, preload = { "actor" },
    source = "steps = {} return { steps = function() return #steps end }",
    warm_up = { source = "steps[#steps + 1] = true", times = 3 } }
  check.eq(p:call "steps", 3)
  actor.stop(p)
end)

check.test("what fails there is raised with its phase", function()
  assert(refused("syntax_error", actor.pool, { source = "no Lua" }):find "^script: ")
  assert(refused("invalid_argument", actor.pool, { source = "", size = { min = 0 } })
    :find "^options: ")
  local function broken(more)
    more.wait, more.source = true, more.source or "return {}"
    local _, err = pcall(actor.pool, more)
    return err.message
  end
  assert(broken{ source = "error 'no luck'" }:find "script: .*no luck")
  assert(broken{ preload = { "nowhere" } }:find "preload: .*nowhere")
  assert(broken{ warm_up = { source = "error 'cold'" } }:find "warm_up: .*cold")
end)

check.test("only who controls a pool changes it", function()
  local p = pool()
  local stranger = actor.spawn{ source = [[
    return { try = function(pool, name) return pool:call(name) end }
  ]] }
  for _, name in ipairs{ "pool:advance", "pool:stop" } do
    refused("denied", stranger.call, stranger, "try", p, name)
  end
  check.eq(stranger:call("try", p, "pool:metrics").size, 2)
  refused("no_handler", p.call, p, "pool:nonsense")
  check.eq(p:call("pool:stop", 1), true)
  ended(p)
end)

check.test("a pool stops with whoever made it", function()
  local owner = actor.spawn{ source = [[
    local actor = require "actor"
    local pool = actor.pool{ source = "return {}", name = "owned", wait = true }
    return {}
  ]], wait = true }
  assert(actor.whereis "owned")
  actor.stop(owner)
  while actor.whereis "owned" do actor.sleep(0.001) end
end)

check.test("options that a pool does not have are refused", function()
  refused("invalid_argument", actor.pool, { source = "", detached = true })
  refused("invalid_argument", actor.pool, { source = "", nonsense = 1 })
  refused("invalid_argument", actor.pool, { size = {} })
  refused("invalid_argument", actor.pool, "path.lua")
end)

