-- spawner.lua: starts actors that end when their chunk has run.
local actor = require "actor"

local spawner = {}

function spawner.start(n)
  for _ = 1, n do actor.spawn("brief.lua", 1) end
end

return spawner
