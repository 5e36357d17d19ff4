-- expect: memory_limit
local kept = {}
while true do kept[#kept + 1] = "k" .. #kept end
