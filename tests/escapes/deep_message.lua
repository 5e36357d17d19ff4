-- expect: timeout cpu_limit limits: memory=256MiB
-- A million tables in each other: refused, each time again.
local actor = require "actor"
local self, deep = actor.self(), {}
for _ = 1, 1000000 do deep = { deep } end
while true do pcall(self.send, self, "x", deep) end
