-- expect: normal as: chunk limits: cancel_grace=50ms
-- Cancelled work that goes on waiting is killed when its grace is over.
local actor = require "actor"
local task = actor.fork(function()
  while true do pcall(actor.sleep, 1e9) end
end)
actor.sleep(0.01)
task:cancel()
