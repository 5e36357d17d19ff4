-- expect: timeout cpu_limit
local source = setmetatable({}, { __index = rawlen })
local target = setmetatable({}, { __newindex = function() end })
while true do pcall(table.move, source, 1, 1 << 60, 1, target) end
