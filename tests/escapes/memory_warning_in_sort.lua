-- expect: memory_limit
-- The warning comes due where the VM cannot yield.
function onMemoryWarning() while true do end end
local kept = {}
table.sort({ 3, 2, 1 }, function()
  while true do kept[#kept + 1] = {} end
end)
