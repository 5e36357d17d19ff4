-- expect: memory_limit limits: memory=4MiB
local actor = require "actor"
while true do pcall(actor.after, 1e6, function() end, {}, {}, {}) end
