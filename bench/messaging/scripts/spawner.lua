-- spawner.lua: starts many actors and keeps them. One counts as started when it has answered.
local actor = require "actor"

local kept = {}
local spawner = {}

function spawner.start(n)
  local before = #kept
  for i = before + 1, before + n do kept[i] = actor.spawn("echo.lua") end
  for i = before + 1, before + n do kept[i]:call("echo", i) end
  return n
end

return spawner
