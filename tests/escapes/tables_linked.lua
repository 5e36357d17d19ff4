-- expect: memory_limit as: handler chunk
local head
while true do head = { head } end
