-- expect: memory_limit
-- What is called is whatever the script has put there; how it is looked up is the script's, too.
setmetatable(_G, { __index = function() while true do end end })
onMemoryWarning = setmetatable({}, { __call = function() while true do end end })
local kept = {}
while true do kept[#kept + 1] = {} end
