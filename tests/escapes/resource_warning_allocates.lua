-- expect: timeout cpu_limit instruction_limit
local kept = {}
function onResourceWarning() while true do kept[#kept + 1] = {} end end
while true do kept[#kept % 100 + 1] = {} end
