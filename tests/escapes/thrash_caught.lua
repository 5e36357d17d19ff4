-- expect: memory_limit sandbox: restricted none limits: memory=16MiB
local limit = 16 * 1024
local head
while collectgarbage("count") < limit - 64 do head = { head } end
while true do pcall(function() while true do head = { head } end end) end
