-- expect: memory_limit
local actor = require "actor"
while true do pcall(actor.fork, function() actor.sleep(1e6) end) end
