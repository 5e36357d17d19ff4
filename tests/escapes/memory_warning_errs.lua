-- expect: memory_limit
function onMemoryWarning()
  error(setmetatable({}, { __tostring = function() while true do end end }))
end
local kept = {}
while true do kept[#kept + 1] = {} end
