-- expect: timeout cpu_limit instruction_limit as: chunk
local actor = require "actor"
actor.fork(function()
  local guard <close> = setmetatable({}, { __close = function() while true do end end })
  error("out")
end)
