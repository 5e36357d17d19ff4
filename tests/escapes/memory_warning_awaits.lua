-- expect: memory_limit
local actor = require "actor"
function onMemoryWarning() while true do pcall(actor.sleep, 1e6) end end
local kept = {}
while true do kept[#kept + 1] = {} end
