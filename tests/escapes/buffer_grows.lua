-- expect: timeout
-- A buffer of the library, not a value of the script.
local t = setmetatable({}, { __index = function() return ("x"):rep(1000) end })
while true do pcall(table.concat, t, "", 1, 1 << 40) end
