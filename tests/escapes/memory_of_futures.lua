-- expect: memory_limit limits: memory=4MiB
-- Nobody answers: the actor handles no other message while this one runs.
local actor = require "actor"
local self, kept = actor.self(), {}
while true do kept[#kept + 1] = select(2, pcall(self.request, self, "attack")) end
