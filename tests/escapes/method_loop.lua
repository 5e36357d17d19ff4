-- expect: timeout cpu_limit instruction_limit
local object = {}
function object:next() return self end
while true do object = object:next():next() end
