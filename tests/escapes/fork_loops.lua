-- expect: timeout cpu_limit instruction_limit as: chunk
local actor = require "actor"
actor.fork(function() while true do pcall(function() while true do end end) end end)
