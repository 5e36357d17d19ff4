-- lifecycle.lua: hooks, events and recycling as scripts see them; and the example of the document.
local actor = require "actor"
local check = require "lib.check"
local test, eq, raises = check.test, check.eq, check.raises

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "tests/lua/"

test("the module is the global, and a table of the script's own", function()
  eq(require "lifecycle" == lifecycle, true)
  eq(lifecycle.onCreate, nil)
end)

test("the example of the document does what it says", function()
  local file = assert(io.open(here .. "../../docs/lifecycle.md"))
  local source = file:read("a"):match("runs this %-%->\n```lua\n(.-)```")
  file:close()
  -- What it prints goes to where this test can see it.
  local ref = actor.spawn{ source = [[
    local said = {}
    local function print(...) said[#said + 1] = table.concat({ ... }, " ") end
    local behaviour = (function() ]] .. source .. [[ end)()
    function behaviour.said() return said end
    return behaviour
  ]], name = "example", wait = true }
  ref:call("keep", "a", 1)
  eq(ref:call("count"), 0)
  raises("error", ref.call, ref, "fail")
  eq(ref:call("said"), { "example begins life 1", "failed: error" })
end)

test("a trusted script hears of others", function()
  local watcher = actor.spawn{ sandbox = "none", wait = true, source = [[
    local seen = {}
    lifecycle.subscribe(function(event)
      if event.name == "watched" then seen[#seen + 1] = event.type end
    end, { "created", "destroyed" })
    return { seen = function() return table.concat(seen, " ") end }
  ]] }
  local watched = actor.spawn{ source = "return {}", name = "watched", wait = true }
  actor.stop(watched)
  check.eventually(function() return watcher:call("seen") == "created destroyed" end)
  raises("invalid_argument", lifecycle.subscribe, print, "births")
end)

test("dead letters are kept, counted, and told", function()
  local watcher = actor.spawn{ sandbox = "none", wait = true, source = [[
    local heard
    lifecycle.subscribe(function(event) heard = event.message end, "dead_letter")
    return { heard = function() return heard end }
  ]] }
  local _, before = actor.dead_letters()
  local ref = actor.spawn{ name = "clumsy", on_error = "crash", source = [[
    return { drop = function() error{ code = "not_found", message = "nowhere" } end }
  ]] }
  ref:send("drop", 1, "two")
  check.eventually(function() return watcher:call("heard") == "drop" end)
  local letters, counts = actor.dead_letters()
  local last = letters[#letters]
  eq(counts.crashed, before.crashed + 1)
  eq({ last.kind, last.name, last.message, last.code },
    { "crashed", "clumsy", "drop", "not_found" })
  eq(last.args, { 1, "two" })
  eq(last.receiver, ref)
  local curious = actor.spawn{ source = [[
    return { look = function() return require("actor").dead_letters() end }
  ]] }
  raises("denied", curious.call, curious, "look")
end)

test("other scripts may not subscribe", function()
  local ref = actor.spawn{ source = [[
    return { try = function() lifecycle.subscribe(print) end }
  ]] }
  raises("denied", ref.call, ref, "try")
end)

test("a supervised actor can be recycled, and others cannot", function()
  local top = actor.supervise{ children = { { id = "counter", name = "counter", source = [[
    local n = 0
    return { add = function() n = n + 1 return n end }
  ]] } } }
  check.eventually(function() return actor.whereis("counter") ~= nil end)
  local counter = actor.whereis("counter")
  eq(counter:call("add"), 1)
  eq(counter:call("add"), 2)
  actor.recycle(counter)
  check.eventually(function() return actor.info(counter).recycles == 1 end)
  eq(counter:call("add"), 1)
  local info = actor.info(counter)
  eq(info.restarts, 0)
  eq(info.incarnation, 2)
  check.eventually(function() return actor.info(counter).uses == 3 end)
  check.eventually(function()
    return top:call("explain", "counter") == "'counter' was recycled: on request"
  end)
  local row = top:call("which")[1]
  eq(row.healthy, true)
  eq(row.score, 100)
  eq(row.reasons, {})
  raises("invalid_argument", actor.recycle, actor.spawn{ source = "return {}" })
  actor.stop(top)
end)

test("an actor knows what it has done", function()
  local ref = actor.spawn{ source = [[
    local actor = require "actor"
    return { look = function() return actor.info() end, fail = function() error "no" end }
  ]] }
  raises("error", ref.call, ref, "fail")
  raises("no_handler", ref.call, ref, "nobody")
  local info = ref:call("look")
  eq(info.uses, 3)
  eq(info.errors, 1)
  eq(info.incarnation, 1)
  eq(info.life.errors, 1)
  eq(math.abs(info.created - os.time()) < 60, true)
  eq(info.last_used >= info.created, true)
end)
