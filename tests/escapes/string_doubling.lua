-- expect: memory_limit as: handler chunk
local text = "x"
while true do text = text .. text end
