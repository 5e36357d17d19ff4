-- expect: memory_limit
-- One constructor, one allocation.
local parts = {}
for i = 1, 50000 do parts[i] = i end
local kept = {}
while true do kept[#kept + 1] = { table.unpack(parts, 1, 5000) } end
