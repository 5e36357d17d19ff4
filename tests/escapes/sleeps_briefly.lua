-- expect: timeout
-- No single wait is long, and between them there is next to no work.
local actor = require "actor"
while true do pcall(actor.sleep, 0.001) end
