-- expect: memory_limit
-- The end is due to memory; what would be closed never ends.
local guard <close> = setmetatable({}, { __close = function() while true do end end })
local kept = {}
while true do kept[#kept + 1] = {} end
