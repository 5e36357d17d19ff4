-- expect: cpu_limit instruction_limit as: chunk host: stop limits: cpu_time=20ms
local actor = require "actor"
actor.after(0, function() require("host").ready() end)
return { on_stop = function() while true do pcall(function() while true do end end) end end }
