-- expect: memory_limit
local kept = {}
function onMemoryWarning() while true do kept[#kept + 1] = {} end end
while true do kept[#kept + 1] = {} end
