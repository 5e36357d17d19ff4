-- expect: timeout cpu_limit
local endless = setmetatable({}, { __len = function() return 1 << 60 end })
while true do pcall(table.insert, endless, 1, 1) end
