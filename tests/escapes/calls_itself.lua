-- expect: timeout
-- The handler waits for another one of itself, and so on.
local actor = require "actor"
local self = actor.self()
while true do pcall(self.call, self, "attack") end
