-- expect: killed limits: cancel_grace=5s host: stop as: handler chunk
require("host").ready()
local actor = require "actor"
while true do pcall(actor.sleep, 1e9) end
