-- expect: normal as: chunk limits: instructions=100000
local actor = require "actor"
actor.after(0, function() actor.exit() end)
return { on_exit = function() while true do pcall(function() while true do end end) end end }
