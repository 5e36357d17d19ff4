-- expect: normal as: chunk limits: cancel_grace=50ms
local actor = require "actor"
local task = actor.fork(function()
  local guard <close> = setmetatable({}, { __close = function() while true do end end })
  actor.sleep(1e9)
end)
actor.sleep(0.01)
task:cancel()
