-- failing.lua: its chunk raises.

local function start()
  error "cannot start"
end
start()
