-- worker.lua: does as it is told, however much that takes. Its limits come from whoever starts it.
local actor = require "actor"
local worker = {}

function worker.memory() return actor.info().memory end

-- Fills memory for as long as it may. No pcall in here would notice the limit.
function worker.hoard()
  local hoard = {}
  while true do hoard[#hoard + 1] = { "something small" } end
end

-- Fills a cache: something that a script can do without.
local cache, warnings = {}, {}
function worker.remember(entries)
  for i = 1, entries do cache[#cache + 1] = { i } end
  return #cache, warnings
end

-- The runtime calls this global once too much of the limit is in use: the time to let go of things.
function onMemoryWarning(used, limit)
  warnings[#warnings + 1] = { used = used, limit = limit }
  cache = {}
end

-- Calls itself until the stack is full. That error is an ordinary one: pcall catches it.
function worker.recurse()
  local depth = 0
  local function deeper(a, b, c, d, e, f, g, h)
    depth = depth + 1
    return 1 + deeper(a, b, c, d, e, f, g, h)
  end
  local _, message = pcall(deeper)
  return depth, message
end

function worker.count(to)
  local count = 0
  for i = 1, to do count = i end
  return count
end

function worker.loop() while true do end end

return worker
