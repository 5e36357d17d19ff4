-- expect: timeout cpu_limit
local t = {}
for k = 62, 0, -1 do t[1 << k] = "" end
while true do pcall(table.insert, t, 1, "") end
