-- expect: timeout cpu_limit
-- No metatable at all: the length of this table is 2^62.
local t = {}
for k = 62, 0, -1 do t[1 << k] = "" end
while true do pcall(table.remove, t, 1) end
