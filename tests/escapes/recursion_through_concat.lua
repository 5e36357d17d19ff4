-- expect: timeout cpu_limit instruction_limit
local t = setmetatable({}, {})
getmetatable(t).__index = function() return table.concat(t, "", 1, 1) end
while true do pcall(table.concat, t, "", 1, 1) end
