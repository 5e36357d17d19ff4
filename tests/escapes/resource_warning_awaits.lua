-- expect: timeout
local actor = require "actor"
function onResourceWarning() actor.sleep(1e6) end
while true do pcall(actor.sleep, 0.001) end
