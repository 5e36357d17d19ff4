-- expect: timeout
local actor = require "actor"
local function nest(depth)
  while true do
    pcall(actor.within, 1e6, function()
      if depth > 0 then nest(depth - 1) end
      actor.sleep(1e9)
    end)
  end
end
nest(50)
