-- expect: timeout cpu_limit instruction_limit
-- A metamethod that C calls: it cannot yield.
local object = setmetatable({}, { __tostring = function() while true do end end })
while true do pcall(tostring, object) end
