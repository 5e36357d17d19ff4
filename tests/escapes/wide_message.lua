-- expect: timeout cpu_limit
local actor = require "actor"
local self, wide = actor.self(), {}
for i = 1, 90000 do wide[i] = i end
while true do pcall(self.send, self, "x", wide) end
