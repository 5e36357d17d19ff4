-- expect: cpu_limit instruction_limit as: chunk
local actor = require "actor"
actor.monitor(actor.spawn{ source = "return 0" })
return { on_down = function() while true do pcall(function() while true do end end) end end }
