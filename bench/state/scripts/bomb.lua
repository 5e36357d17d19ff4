-- bomb.lua: has as many children as it may, all of which loop for ever.
local actor = require "actor"

local bomb = {}

function bomb.start()
  local count = 0
  while pcall(actor.spawn, { source = "while true do end" }) do count = count + 1 end
  return count
end

return bomb
