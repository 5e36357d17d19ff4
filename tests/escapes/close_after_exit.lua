-- expect: normal as: chunk
-- Whoever ends its actor leaves variables behind. They go with it.
local actor = require "actor"
local guard <close> = setmetatable({}, { __close = function() while true do end end })
pcall(actor.exit)
while true do end
