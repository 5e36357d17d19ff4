-- expect: normal as: chunk limits: cancel_grace=50ms
-- The same without any wait in which it could be told.
local actor = require "actor"
local task = actor.fork(function()
  pcall(actor.sleep, 1e9)
  while true do pcall(function() while true do end end) end
end)
actor.sleep(0.01)
task:cancel()
