-- expect: timeout cpu_limit instruction_limit
local endless = setmetatable({}, { __index = function() return "" end })
while true do pcall(table.concat, endless, "", 1, 1 << 60) end
