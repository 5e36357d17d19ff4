-- expect: timeout cpu_limit
local endless = setmetatable({}, { __len = function() return 1 << 60 end })
while true do pcall(table.remove, endless, 1) end
