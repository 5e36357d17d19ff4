-- expect: timeout as: handler chunk
local actor = require "actor"
local guard <close> = setmetatable({}, { __close = function()
  while true do pcall(actor.sleep, 1e9) end
end })
error("out")
