-- expect: memory_limit as: chunk
-- Each fork starts two, and each is short.
local actor = require "actor"
local function f()
  pcall(actor.fork, f)
  pcall(actor.fork, f)
end
f()
while true do actor.sleep(0) end
