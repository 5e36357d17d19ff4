-- expect: cpu_limit instruction_limit as: chunk
local actor = require "actor"
actor.after(0, function()
  local guard <close> = setmetatable({}, { __close = function() while true do end end })
  error("out")
end)
return {}
