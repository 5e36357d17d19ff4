-- expect: timeout cpu_limit instruction_limit
local object = setmetatable({}, {})
getmetatable(object).__tostring = function() return ("%s"):format(object) end
while true do pcall(tostring, object) end
