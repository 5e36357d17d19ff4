-- expect: timeout cpu_limit
-- The elements come from a C function, and joining them with nothing allocates nothing.
local endless = setmetatable({}, { __index = table.concat })
while true do pcall(table.concat, endless, "", 1, 1 << 60) end
