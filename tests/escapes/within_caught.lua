-- expect: timeout cpu_limit instruction_limit
local actor = require "actor"
while true do pcall(actor.within, 0, actor.sleep, 1e9) end
