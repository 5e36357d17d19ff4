-- expect: memory_limit as: chunk
local actor = require "actor"
local kept = {}
actor.every(0.001, function()
  pcall(function() for _ = 1, 10000 do kept[#kept + 1] = {} end end)
end)
return {}
