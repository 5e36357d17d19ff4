-- expect: memory_limit
-- What is left to be closed allocates, too.
local kept = {}
local mt = { __close = function() while true do kept[#kept + 1] = {} end end }
local one <close> = setmetatable({}, mt)
local two <close> = setmetatable({}, mt)
while true do kept[#kept + 1] = {} end
