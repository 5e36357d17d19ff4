-- expect: timeout cpu_limit
-- next has to pass 262,144 empty places.
local t = {}
for i = 1, 200000 do t["k" .. i] = i end
for k in pairs(t) do t[k] = nil end
while true do next(t) end
