-- expect: timeout as: handler chunk
local actor = require "actor"
while true do pcall(actor.sleep, 1e9) end
