-- expect: cpu_limit instruction_limit as: chunk
local actor = require "actor"
actor.after(0, function() while true do pcall(function() while true do end end) end end)
return {}
