-- expect: timeout cpu_limit instruction_limit
local mt = { __lt = function() while true do end end }
local t = {}
for i = 1, 3 do t[i] = setmetatable({}, mt) end
while true do pcall(table.sort, t) end
