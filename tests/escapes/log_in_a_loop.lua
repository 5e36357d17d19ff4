-- expect: timeout cpu_limit
local actor = require "actor"
while true do pcall(actor.log, "debug", ("x"):rep(1000)) end
