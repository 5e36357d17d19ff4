-- profiles.lua: a script profiles itself and others, and marks its own moments.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

local function lines(text)
  local all = {}
  for line in text:gmatch("[^\n]+") do all[#all + 1] = line end
  return all
end

test("its processor time, by function, through coroutines", function()
  local profile = actor.profile("cpu")
  local function busy()
    local sum = 0
    for i = 1, 100000 do sum = sum + i % 7 end
    return sum
  end
  local function outer()
    coroutine.wrap(function()
      -- What there is can be looked at meanwhile.
      repeat busy() until profile:svg("so far"):find("busy", 1, true)
    end)()
  end
  outer()
  local folded = profile:stop()
  for _, line in ipairs(lines(folded)) do eq(line:match("[^;] (%d+)$") ~= nil, true, line) end
  assert(folded:find("outer [^;]+;[^;]+;busy "), folded)
  eq(profile:stop(), folded, "it has been stopped")
  check.contains(profile:svg("a < b"), "<title>a &lt; b</title>")
end)

test("its memory, with labels", function()
  eq(actor.mark("nobody looks"), false)
  local profile = actor.profile("memory")
  local kept = ("x"):rep(1 << 20)
  eq(actor.mark("kept, one"), true)
  kept = nil
  local rows = lines(profile:stop())
  eq(rows[1], "time_ms,used_bytes,bytes_per_second,stack_depth,label")
  local used, depth = rows[#rows]:match("^[%d.]+,(%d+),[-%d]+,(%d+),\"kept, one\"$")
  assert(tonumber(used) > 1 << 20 and tonumber(depth) > 0, rows[#rows])
  eq(actor.mark("it has been stopped"), false)
  eq(profile:svg():sub(1, 4), "<svg")
end)

test("another actor, started and stopped by messages", function()
  local worker = actor.spawn{ sandbox = "none", source = [[
    local actor = require "actor"
    local profile
    return {
      start = function() profile = actor.profile("memory") end,
      work = function() return actor.mark("working") end,
      stop = function() return profile:stop() end,
    }
  ]] }
  worker:call("start")
  eq(worker:call("work"), true)
  check.contains(worker:call("stop"), "working")

  local profile = actor.profile("memory", worker)
  check.eventually(function() return worker:call("work") end)
  check.contains(profile:stop(), "working")
  actor.kill(worker)
  check.eventually(function() return not pcall(actor.info, worker) end)
  for _, kind in ipairs{"cpu", "memory"} do check.raises("dead", actor.profile, kind, worker) end
end)

test("only where it is trusted", function()
  local child = actor.spawn{ sandbox = "restricted", source = [[
    local actor = require "actor"
    return { try = function()
      local ok, err = pcall(actor.profile, "cpu")
      return ok, err.code, actor.mark("anything")
    end }
  ]] }
  local ok, code, marked = child:call("try")
  eq(ok, false)
  eq(code, "denied")
  eq(marked, false)
end)

test("and of two kinds", function()
  for _, arguments in ipairs{ {}, {"time"}, {"cpu", 7}, {1} } do
    check.raises("invalid_argument", actor.profile, table.unpack(arguments))
  end
  check.raises("invalid_argument", actor.mark, "")
  check.raises("invalid_argument", actor.mark, 7)
end)
