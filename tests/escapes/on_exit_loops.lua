-- expect: cpu_limit instruction_limit as: chunk
-- The last thing that runs is no exception.
local actor = require "actor"
actor.after(0, function() actor.exit("my own reason") end)
return { on_exit = function() while true do pcall(function() while true do end end) end end }
