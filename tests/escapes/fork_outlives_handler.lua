-- expect: cpu_limit instruction_limit
-- The message is answered; what it has left behind loops.
local actor = require "actor"
actor.fork(function() while true do end end)
kept = actor.defer()
