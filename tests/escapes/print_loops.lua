-- expect: timeout cpu_limit instruction_limit
local object = setmetatable({}, { __tostring = function() while true do end end })
while true do pcall(print, object) end
