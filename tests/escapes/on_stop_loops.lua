-- expect: killed limits: cancel_grace=5s as: chunk host: stop
local actor = require "actor"
actor.after(0, function() require("host").ready() end)
return { on_stop = function() while true do pcall(function() while true do end end) end end }
