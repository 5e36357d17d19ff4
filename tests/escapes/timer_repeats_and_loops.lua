-- expect: cpu_limit instruction_limit as: chunk
local actor = require "actor"
actor.every(0.001, function()
  local guard <close> = setmetatable({}, { __close = function() while true do end end })
  while true do end
end)
return {}
