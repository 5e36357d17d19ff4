-- expect: memory_limit
local function chain(f) local x = {} return function() return f, x end end
local f
while true do f = chain(f) end
