-- expect: memory_limit
-- Below level none no pcall sees the refusal.
local text = "x"
while true do pcall(function() text = text .. text end) end
