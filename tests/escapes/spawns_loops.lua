-- expect: timeout cpu_limit
-- Children that loop, each with limits of its own: none that end the loop.
local actor = require "actor"
for _ = 1, 20 do actor.spawn{ source = "while true do end" } end
while true do end
