-- actors.lua: awaits inside everything that can be preempted, and the other way round.
local actor = require "actor"
local function sum(n) local s = 0 for i = 1, n do s = s + i end return s end

local echo = actor.spawn{ source = [[
  return {
    echo = function(...) local s = 0 for i = 1, 50 do s = s + i end return ... end,
    fail = function(text) for i = 1, 50 do pcall(error) end error(text, 0) end,
  }
]] }

print(echo:call("echo", 1, nil, "x"))
print(select(2, pcall(echo.call, echo, "fail", "on purpose")).message)
print(xpcall(echo.call, function(e) return e.code .. sum(10) end, echo, "fail", "x"))

-- Inside coroutines, metamethods, iterators, closing.
local co = coroutine.wrap(function()
  for i = 1, 3 do coroutine.yield(echo:call("echo", i)) end
end)
print(co(), co(), co())
local remote = setmetatable({}, {
  __index = function(_, k) return echo:call("echo", k .. "!") end,
  __add = function(_, n) return echo:call("echo", n) + sum(3) end,
})
print(remote.name, remote + 1)
for value in function(_, k) if k < 3 then return echo:call("echo", k + 1) end end, nil, 0 do
  print(value)
end
do
  local guard <close> = setmetatable({}, {
    __close = function() print(echo:call("echo", "bye")) end,
  })
end

-- Many at once.
local futures = {}
for i = 1, 50 do futures[i] = echo:request("echo", i) end
local total = 0
for _, result in ipairs(actor.all(futures)) do total = total + result end
print(total)

local done = 0
for i = 1, 20 do
  actor.fork(function()
    local mine = 0
    for k = 1, 20 do mine = mine + echo:call("echo", k) end
    assert(mine == 210)
    done = done + 1
  end)
end
while done < 20 do actor.sleep(0.001) end
print(done)

local fired = {}
actor.after(0, function() sum(100) fired[#fired + 1] = "after" end)
local timer
timer = actor.every(0.001, function()
  sum(100)
  fired[#fired + 1] = "every"
  if #fired >= 4 then timer:cancel() end
end)
while #fired < 4 do actor.sleep(0.001) end
print(fired[1], #fired)

print(pcall(actor.within, 0.01, function() while true do actor.sleep(1) end end))
print(select(2, pcall(actor.within, 10, error, "inside")))

-- Loops side by side: nobody waits for anybody.
local loops = {}
for i = 1, 4 do
  loops[i] = actor.spawn{ args = { i }, source = [[
    local number = ...
    return { work = function(n) local s = 0 for i = 1, n do s = s + i * number end return s end }
  ]] }
end
local results = {}
for i, loop in ipairs(loops) do results[i] = loop:request("work", 20000) end
print(table.unpack(actor.all(results)))
