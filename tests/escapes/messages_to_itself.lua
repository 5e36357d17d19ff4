-- expect: timeout cpu_limit instruction_limit
-- The mailbox is bounded, and what finds it full is told so.
local actor = require "actor"
local self, text = actor.self(), ("x"):rep(1000)
while true do self:send("attack", text) end
