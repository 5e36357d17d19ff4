-- expect: normal as: chunk limits: cpu_time=50ms
-- The last thing that runs is cut short like any other; the reason of the end stays what it was.
local actor = require "actor"
actor.after(0, function() actor.exit() end)
return { on_exit = function() while true do pcall(function() while true do end end) end end }
